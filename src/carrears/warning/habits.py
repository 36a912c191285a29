"""When a borrower pays: how many days from an instalment's due date to its money.

Money fills the oldest instalment first. An instalment is paid on the first day from which on
all that fell due up to it is covered, but for a shortfall that the product's terms leave
immaterial, and stays covered: a debit that was returned later has paid nothing.

No window runs over a whole schedule: sums to date come with the state, so that only the last
year's rows are taken back from them.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from carrears.delinquency.screen import (
    MILLION,
    AsOf,
    date_expression,
    instalment_money,
    live_instalments,
)

MONTHS = 12  # how far back habits are looked at
EARLIEST = -30  # paid a month early or more says no more than paid a month early
SKIPPED = 30  # so many days late: a month was left out
_NEW_MONTHS = 6  # a loan is new while its first instalment is no older
_RECENT = 3


def payment_habits(
    state: ir.Table,
    loans: ir.Table,
    instalments: ir.Table,
    payments: ir.Table,
    terms: ir.Table,
    *,
    as_of: AsOf,
) -> ir.Table:
    """How each loan of ``state`` has paid the instalments of the last 12 months.

    A delay is the days from due to paid (int32, below zero when early, never below -30); an
    instalment that is not paid yet has none. Columns: ``loan_id``; ``last_delay``, of the newest
    paid instalment; ``later_in_a_row``, how many times running each of the newest was paid later
    than the one before it; ``worst_delay``; ``late_12`` and ``late_3``, how many of the last 12
    and 3 were paid after the due date; ``skipped_12``, how many of the last 12 were paid 30 days
    late or more; ``since_skipped``, how many have been paid in better time since the newest of
    those; ``first_delay``, of the first instalment where the loan began within the last 6 months.
    Null where there is no such instalment, counts are 0.
    """
    day = date_expression(as_of)
    began = (day - ibis.interval(months=MONTHS)).cast("date")
    asked = state.select("loan_id", "product", "due_total", "paid_total")
    due = _due_marks(asked, instalments, terms, day, began)
    money = _money_marks(asked, payments, day, began)
    paid = _delays(due, money)
    counts = _counts(paid)
    new = loans.filter(
        loans.originated_on > (day - ibis.interval(months=_NEW_MONTHS)).cast("date")
    ).select("loan_id", is_new=ibis.literal(value=True))
    joined = asked.select("loan_id").left_join(counts, "loan_id", rname="count_{name}")
    joined = joined.left_join(new, "loan_id", rname="new_{name}")
    zero = ("late_12", "late_3", "skipped_12", "later_in_a_row")
    return joined.select(
        "loan_id",
        "last_delay",
        "worst_delay",
        since_skipped=joined.since_skipped.cast("int32"),
        **{name: joined[name].fill_null(0).cast("int32") for name in zero},
        first_delay=ibis.ifelse(joined.is_new, joined.oldest_delay, ibis.null("int32")),
    )


def _due_marks(
    asked: ir.Table, instalments: ir.Table, terms: ir.Table, day: ir.DateValue, began: ir.DateValue
) -> ir.Table:
    """Each recent instalment with ``mark``, the money in millionths that has to have come in."""
    due = live_instalments(instalments, as_of=day)
    due = due.filter(due.due_on > began, due.due_on <= day, due.amount > 0)
    due = due.select("loan_id", "seq", "due_on", "amount").inner_join(asked, "loan_id")
    due = due.left_join(terms, "product", rname="terms_{name}")
    newest_first = ibis.cumulative_window(
        group_by="loan_id", order_by=[due.due_on.desc(), due.seq.desc()]
    )
    later = _whole(due.amount.sum().over(newest_first)) - due.amount
    share = (due.materiality_share.fill_null(0) * MILLION).cast("int64") * due.amount
    tolerance = ibis.greatest(due.materiality_minor.fill_null(0) * MILLION, share)
    return due.select(
        "loan_id",
        "due_on",
        "seq",
        mark=(due.due_total - later) * MILLION - tolerance,
        paid_on=ibis.null("date"),
        is_due=ibis.literal(1, "int8"),
    )


def _money_marks(
    asked: ir.Table, payments: ir.Table, day: ir.DateValue, began: ir.DateValue
) -> ir.Table:
    """Each recent day of money with ``mark``, what was in from then on and never went below.

    A row a loan stands for all that came in before: so long before, that nothing which it paid
    can have been paid less than a month early.
    """
    before = (began + ibis.interval(days=EARLIEST - 1)).cast("date")
    money = instalment_money(payments, as_of=day)
    money = money.filter(money.paid_on > before).select("loan_id", "paid_on", "amount")
    opening = asked.select("loan_id", paid_on=before, amount=ibis.literal(0, "int64"))
    days = _nullable(money).union(_nullable(opening)).semi_join(asked, "loan_id")
    days = days.group_by("loan_id", "paid_on").agg(amount=_whole(days.amount.sum()))
    days = days.inner_join(asked.select("loan_id", "paid_total"), "loan_id")
    newest_first = ibis.cumulative_window(group_by="loan_id", order_by=days.paid_on.desc())
    days = days.mutate(
        total=days.paid_total - _whole(days.amount.sum().over(newest_first)) + days.amount
    )
    kept = days.total.min().over(newest_first)
    return days.select(
        "loan_id",
        due_on=ibis.null("date"),
        seq=ibis.null("int32"),
        mark=kept * MILLION,
        paid_on=days.paid_on,
        is_due=ibis.literal(0, "int8"),
    )


def _delays(due: ir.Table, money: ir.Table) -> ir.Table:
    """Each recent instalment that is paid, with the days from due to paid.

    Both run through one window, from the highest mark down: the earliest of the days at which
    as much or more was in.
    """
    rows = _nullable(due).union(_nullable(money))
    from_most = ibis.cumulative_window(
        group_by="loan_id", order_by=[rows.mark.desc(), rows.is_due, rows.paid_on.desc()]
    )
    rows = rows.mutate(covered_on=rows.paid_on.min().over(from_most))
    rows = rows.filter(rows.is_due == 1)
    # The greatest of null and a number is the number.
    rows = rows.filter(rows.covered_on.notnull())
    delay = ibis.greatest(rows.covered_on.delta(rows.due_on, unit="day"), EARLIEST)
    return rows.select("loan_id", "due_on", "seq", delay=delay.cast("int32"))


def _counts(rows: ir.Table) -> ir.Table:
    newest_first = ibis.window(group_by="loan_id", order_by=[rows.due_on.desc(), rows.seq.desc()])
    ranked = rows.mutate(
        place=ibis.row_number().over(newest_first), before=rows.delay.lead(1).over(newest_first)
    )
    ranked = ranked.mutate(
        not_later=(ranked.delay <= ranked.before).fill_null(True),
        skipped=ranked.delay >= SKIPPED,
    )
    last = ranked.place < MONTHS
    return ranked.group_by("loan_id").agg(
        last_delay=ranked.delay.max(where=ranked.place == 0),
        # The first place that was not later than the one before ends the run.
        later_in_a_row=ranked.place.min(where=ranked.not_later),
        worst_delay=ranked.delay.max(where=last),
        late_12=(ranked.delay > 0).sum(where=last),
        late_3=(ranked.delay > 0).sum(where=ranked.place < _RECENT),
        skipped_12=ranked.skipped.sum(where=last),
        since_skipped=ranked.place.min(where=ranked.skipped & last),
        oldest_delay=ranked.delay.argmin(ranked.due_on),
    )


def _nullable(table: ir.Table) -> ir.Table:
    """The same rows, said to be nullable: a union takes no other."""
    kinds = {name: kind.copy(nullable=True) for name, kind in table.schema().items()}
    return table.select(**{name: table[name].cast(kind) for name, kind in kinds.items()})


def _whole(total: ir.IntegerValue) -> ir.IntegerValue:
    """Back to int64, as in ``delinquency.screen``."""
    return total.cast("decimal(18, 0)").cast("int64")
