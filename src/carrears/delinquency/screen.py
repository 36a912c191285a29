"""The screen: who is behind, by how much and for how long, for a whole book or one loan.

One Ibis expression answers for both, so that the night and an event cannot disagree. It
takes totals first (what fell due, what was paid) and looks at single instalments only
where the two differ.

Rules, with their sources:

- Days past due count from the due date of the oldest instalment not fully paid; on the due
  date itself they are 0 (逾期天数: https://siliu.net/p/kxj6k6pkd1.html ; 17 CFR 229.1125,
  Schedule AL, likewise leaves the count to the terms of the transaction).
- Payments fill the oldest instalment first, within it fee, then interest, then principal
  (Civil Code of the People's Republic of China, art. 561).
- A shortfall no larger than the product's materiality does not make an instalment unpaid;
  it stays owed. Within the product's grace days a loan is not yet behind; past them the
  days count from the due date itself, or where the grace ends. Both are the lender's terms,
  not law.
- Months on book count calendar months, 0 in the month of origination
  (http://chatgpt.dhexx.cn/article/Ppr180fi.shtml).
"""

from __future__ import annotations

from datetime import date
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from carrears.delinquency.buckets import Buckets, load_buckets

AsOf: TypeAlias = date | ir.DateValue
MILLION = 1_000_000
RECENT_MONTHS = 6  # no rule: how far back is looked first, so that fewer rows are sorted
EVER, NEVER, NO_DATE = ibis.date(1, 1, 1), ibis.date(9999, 12, 31), ibis.null("date")


def delinquency(
    loans: ir.Table,
    instalments: ir.Table,
    payments: ir.Table,
    terms: ir.Table,
    *,
    as_of: AsOf,
    known_on: AsOf | None = None,
    buckets: Buckets | None = None,
) -> ir.Table:
    """The state at the end of ``as_of`` of each loan that is open on that day.

    With ``known_on`` only what was known at the end of that day counts; without, everything.

    The tables have the columns of ``carrears.layout``; ``terms`` gives
    ``product, grace_days, grace_shifts, materiality_minor, materiality_share``, and a product it
    does not name has neither grace nor materiality. Money is in minor units of the loan's currency.

    Columns: ``loan_id, loan_no, product, currency``; ``due_total`` and ``paid_total`` to
    date; ``arrears`` and its parts ``arrears_principal, arrears_interest, arrears_fee``;
    ``oldest_due_on`` (null when every instalment counts as paid), ``dpd``, ``bucket``,
    ``instalments_behind``; ``next_due_on, next_due_amount`` (the next day on which anything
    falls due, and all of it); ``last_paid_on`` (also of a payment taken back later);
    ``paid_ahead`` (money beyond what fell due); ``principal_outstanding``; ``months_on_book``.

    Recoveries (``kind = 'recovery'``) are no instalment money. Negative amounts take back;
    where more was taken back than paid, ``paid_total`` is negative and arrears stop at what
    fell due. A loan without a schedule owes nothing here.
    """
    day = date_expression(as_of)
    schedule = live_instalments(instalments, as_of=day, known_on=known_on)
    money = instalment_money(payments, as_of=day, known_on=known_on)
    totals = _totals(open_loans(loans, as_of=day, known_on=known_on), schedule, money, terms, day)
    rows = _uneven(totals, schedule, day)
    state = totals.left_join(rows, "loan_id", rname="row_{name}")
    return _columns(state, day, buckets or load_buckets())


def date_expression(as_of: AsOf) -> ir.DateValue:
    """``as_of`` as an Ibis value."""
    return ibis.date(as_of) if isinstance(as_of, date) else as_of


def open_loans(loans: ir.Table, *, as_of: AsOf, known_on: AsOf | None = None) -> ir.Table:
    """Loans that are open at the end of ``as_of``, as far as known on ``known_on``."""
    day = date_expression(as_of)
    closing_counts = day if known_on is None else ibis.least(day, date_expression(known_on))
    return loans.filter(
        loans.originated_on <= day, (loans.closed_on > closing_counts).fill_null(True)
    )


def live_instalments(
    instalments: ir.Table, *, as_of: AsOf, known_on: AsOf | None = None
) -> ir.Table:
    """The schedule as it stood on ``as_of``, with ``amount``, the sum of its parts."""
    day, rows = date_expression(as_of), instalments
    is_in_force = (rows.effective_on <= day).fill_null(True)
    is_ended = (rows.superseded_on <= day).fill_null(False)
    if known_on is not None:
        known = date_expression(known_on)
        is_in_force &= (rows.known_on.coalesce(rows.effective_on) <= known).fill_null(True)
        is_ended &= rows.superseded_known_on.coalesce(rows.superseded_on) <= known
    live = rows.filter(is_in_force, ~is_ended)
    return live.mutate(amount=live.principal + live.interest + live.fee)


def instalment_money(payments: ir.Table, *, as_of: AsOf, known_on: AsOf | None = None) -> ir.Table:
    """Payments to date that count towards instalments."""
    day = date_expression(as_of)
    money = payments.filter(payments.paid_on <= day, payments.kind != "recovery")
    if known_on is None:
        return money
    return money.filter(money.known_on.coalesce(money.paid_on) <= date_expression(known_on))


def _totals(
    loans: ir.Table, schedule: ir.Table, money: ir.Table, terms: ir.Table, day: ir.DateValue
) -> ir.Table:
    """One row a loan: sums to date, what comes next, and the loan's terms."""
    joined = (
        loans.select("loan_id", "loan_no", "product", "currency", "originated_on")
        .left_join(_scheduled(schedule, day), "loan_id", rname="due_{name}")
        .left_join(_paid(money), "loan_id", rname="paid_{name}")
        .left_join(terms, "product", rname="terms_{name}")
        .drop("due_loan_id", "paid_loan_id", "terms_product")
    )
    state = _fill_zero(
        joined,
        *("due_total", "old_total", "future_principal", "near_amount", "near_rows", "paid_total"),
    )
    # A loan cannot owe more than fell due, whatever was taken back.
    state = state.mutate(covered=ibis.greatest(state.paid_total, 0))
    state = state.mutate(
        arrears=ibis.greatest(state.due_total - state.covered, 0),
        paid_ahead=ibis.greatest(state.paid_total - state.due_total, 0),
    )
    return state.mutate(
        look_from=_look_from(state, day),
        look_until=_look_until(state, day),
        # What is left of the money where the look begins.
        money=ibis.cases(
            (state.arrears == 0, state.paid_ahead),
            (state.covered >= state.old_total, state.covered - state.old_total),
            else_=state.covered,
        ),
    )


def _scheduled(schedule: ir.Table, day: ir.DateValue) -> ir.Table:
    # Other columns than the rows below need: Ibis would else share one subquery between both,
    # and DuckDB would keep the whole schedule in memory for it.
    schedule = schedule.select("loan_id", "due_on", "principal", "amount")
    is_due, falls_due = schedule.due_on <= day, schedule.amount > 0
    is_old = schedule.due_on <= (day - ibis.interval(months=RECENT_MONTHS)).cast("date")
    is_near = ~is_due & (schedule.due_on <= (day + ibis.interval(months=1)).cast("date"))
    return schedule.group_by("loan_id").agg(
        due_total=_total(schedule.amount, where=is_due),
        old_total=_total(schedule.amount, where=is_old),
        future_principal=_total(schedule.principal, where=~is_due),
        next_due_on=schedule.due_on.min(where=~is_due & falls_due),
        near_amount=_total(schedule.amount, where=is_near),
        near_rows=(is_near & falls_due).sum(),
    )


def _paid(money: ir.Table) -> ir.Table:
    return money.group_by("loan_id").agg(
        paid_total=_total(money.amount),
        last_paid_on=money.paid_on.max(where=money.amount > 0),
    )


def _look_from(state: ir.Table, day: ir.DateValue) -> ir.DateValue:
    """After which due date single instalments must be looked at.

    Most loans behind have paid all that is older than some months: those rows can be left.
    """
    recent = (day - ibis.interval(months=RECENT_MONTHS)).cast("date")
    return ibis.cases(
        (state.arrears == 0, day), (state.covered >= state.old_total, recent), else_=EVER
    )


def _look_until(state: ir.Table, day: ir.DateValue) -> ir.DateValue:
    """Up to which due date single instalments must be looked at; null where totals say all.

    Of a loan behind these are its due ones. One instalment in the coming month is the next
    one; where it is not just one, and where the loan is paid ahead, the next date's tell;
    where more than one may be paid already, all do.
    """
    is_ahead, is_single = state.paid_ahead > 0, state.near_rows == 1
    is_far_ahead = is_ahead & ~(is_single & (state.paid_ahead <= state.near_amount))
    coming = ibis.cases(
        (is_far_ahead, NEVER), (is_ahead | ~is_single, state.next_due_on), else_=NO_DATE
    )
    return coming.fill_null(ibis.ifelse(state.arrears > 0, day, NO_DATE))


def _uneven(totals: ir.Table, schedule: ir.Table, day: ir.DateValue) -> ir.Table:
    """What single instalments say of the loans whose totals do not say everything.

    Of a loan behind the rows are filled by what was paid, of one ahead the rows to come by
    what is left over. Both run through one window.
    """
    uneven = totals.filter(totals.look_until.notnull()).select(
        *("loan_id", "look_from", "look_until", "next_due_on"),
        *("materiality_minor", "materiality_share", "money"),
    )
    rows = schedule.inner_join(uneven, "loan_id", rname="loan_{name}")
    rows = rows.filter(rows.due_on > rows.look_from, rows.due_on <= rows.look_until)
    in_order = ibis.cumulative_window(group_by="loan_id", order_by=["due_on", "seq"])
    rows = rows.mutate(up_to=_narrow(rows.amount.sum().over(in_order)))
    shortfall = ibis.greatest(rows.up_to - rows.money, 0)
    counts = (rows.amount > 0) & is_material(rows, shortfall)
    rows = rows.mutate(
        open_amount=ibis.least(shortfall, rows.amount),
        is_unpaid=(rows.due_on <= day) & counts,
    )
    return _parts(rows, day)


def is_material(rows: ir.Table, shortfall: ir.IntegerValue) -> ir.BooleanValue:
    """Whether the shortfall exceeds both tolerances; in millionths, so that nothing rounds."""
    share_millionths = (rows.materiality_share.fill_null(0) * MILLION).cast("int64")
    return (shortfall > rows.materiality_minor.fill_null(0)) & (
        shortfall * MILLION > share_millionths * rows.amount
    )


def _parts(rows: ir.Table, day: ir.DateValue) -> ir.Table:
    """Sum the open parts by loan: a payment fills fee, then interest, then principal."""
    principal = ibis.least(rows.open_amount, rows.principal)
    interest = ibis.least(rows.open_amount - principal, rows.interest)
    is_due = rows.due_on <= day
    return rows.group_by("loan_id").agg(
        arrears_principal=_total(principal, where=is_due),
        arrears_interest=_total(interest, where=is_due),
        arrears_fee=_total(rows.open_amount - principal - interest, where=is_due),
        ahead_principal=_total(rows.principal - principal, where=~is_due),
        oldest_due_on=rows.due_on.min(where=rows.is_unpaid),
        instalments_behind=rows.is_unpaid.sum(),
        next_due_amount=_total(rows.amount, where=rows.due_on == rows.next_due_on),
    )


def _columns(state: ir.Table, day: ir.DateValue, buckets: Buckets) -> ir.Table:
    state = _fill_zero(
        state,
        "arrears_principal",
        "arrears_interest",
        "arrears_fee",
        "ahead_principal",
        "instalments_behind",
    )
    age = day.delta(state.oldest_due_on, unit="day").fill_null(0)
    grace = state.grace_days.fill_null(0)
    counted = age - ibis.ifelse(state.grace_shifts.fill_null(ibis.literal(value=False)), grace, 0)
    dpd = ibis.ifelse(age > grace, counted, 0).cast("int32")
    near_amount = ibis.ifelse(state.next_due_on.notnull(), state.near_amount, ibis.null("int64"))
    return state.select(
        *("loan_id", "loan_no", "product", "currency", "due_total", "paid_total", "arrears"),
        *("arrears_principal", "arrears_interest", "arrears_fee", "oldest_due_on"),
        dpd=dpd,
        bucket=buckets.number_expression(dpd),
        instalments_behind=state.instalments_behind.cast("int32"),
        next_due_on=state.next_due_on,
        next_due_amount=state.next_due_amount.fill_null(near_amount),
        last_paid_on=state.last_paid_on,
        paid_ahead=state.paid_ahead,
        principal_outstanding=state.future_principal
        + state.arrears_principal
        - state.ahead_principal,
        months_on_book=months_on_book(state.originated_on, day),
    )


def months_on_book(originated_on: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """Calendar months since the month of origination."""
    years = (day.year() - originated_on.year()) * 12
    return (years + day.month() - originated_on.month()).cast("int32")


def whole_months(since: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    """How many whole months lie between two days (int32)."""
    months = (day.year() - since.year()) * 12 + (day.month() - since.month())
    return (months - (day.day() < since.day()).cast("int32")).cast("int32")


def _fill_zero(table: ir.Table, *names: str) -> ir.Table:
    return table.mutate(**{name: table[name].fill_null(0) for name in names})


def _total(amount: ir.IntegerValue, *, where: ir.BooleanValue | None = None) -> ir.IntegerScalar:
    """The sum as int64."""
    return _narrow(amount.sum(where=where))


def _narrow(total: ir.IntegerValue) -> ir.IntegerValue:
    """Back to int64: DuckDB sums int64 into 128 bits, and Ibis, not knowing, drops a plain cast."""
    return total.cast("decimal(18, 0)").cast("int64")
