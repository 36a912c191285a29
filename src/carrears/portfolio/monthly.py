"""The schedule behind monthly reports, for tapes that bring none.

A servicer's monthly report (SEC Schedule AL, 17 CFR 229.1125, item 3: automobile loans)
says what was scheduled, what was paid and what is due next, but not the instalments. They
follow from it:

- One instalment a month of the scheduled payment, until the reported balance is repaid at
  the loan's rate. The split into interest and principal is that of an annuity on the
  reported balance; the sum is the reported payment, to the minor unit.
- What is overdue at the end of the first report is ``next_due`` less the scheduled payment.
  It is laid back over the latest due dates, as payments fill the oldest instalment first. A
  bill below the scheduled payment is money paid ahead. Where a loan is reported behind but
  its bill tells no arrears, every instalment since the oldest due date counts as overdue.
- The due day is in no such tape. It is the day most often found by counting the reported
  days past due back from the period's end; for a loan never reported behind, the day on
  which interest was most often paid through; else the 1st. Where a month lacks the day, its
  last one is meant. The due day is a term of the contract and holds for all its months,
  from whichever report it was learnt.
- A report of an extension, of a modification, of another scheduled payment or of a balance
  that rose (a booking that the tape does not show was taken back) agrees the debt anew: what
  it says is overdue is laid back again, and the instalments to come begin with the next
  month (after an extension that leaves nothing to pay in it, with the first unpaid month
  moved by the months granted). The new rows count from the period's end
  (``effective_on``) and end the older ones of the same ``seq`` (``superseded_on``), so that
  no past day is judged by what was agreed later.

Between such reports nothing of the servicer's own count is taken over: arrears and days
past due follow from these instalments and the payments.
"""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

from carrears import layout

_MOST_ROWS = 600  # of one schedule: a guard where rate and payment never meet
_PER_LOAN = {"group_by": "loan_id", "order_by": "period_end"}


def derive_instalments(reports: ir.Table, loans: ir.Table) -> ir.Table:
    """Instalments of every loan that has reports, in the columns of ``layout.INSTALMENTS``.

    ``reports`` and ``loans`` have the columns of the layout. ``reports.paid`` must be the
    money that the book's payments hold for the period: a new agreement starts from what was
    paid until then. A loan whose reports name no scheduled payment takes the instalment of
    ``loans``; without any it gets no rows.
    """
    versions = _placed(_measured(_agreements(_months(reports, loans))))
    rows = _unpaid_rows(versions).union(_stub_rows(versions), _opening_rows(versions))
    return _columns(rows)


def due_days(reports: ir.Table) -> ir.Table:
    """The inferred due day of each loan: ``loan_id, due_day`` (1 to 31)."""
    behind = reports.filter(reports.reported_dpd > 0)
    oldest = _date(behind.period_end - behind.reported_dpd.as_interval("D"))
    from_status = behind.select(
        "loan_id", due_day=oldest.day().cast("int64"), weight=ibis.literal(1)
    )
    through = reports.filter(reports.interest_paid_through.notnull())
    from_interest = through.select(
        "loan_id",
        due_day=through.interest_paid_through.day().cast("int64"),
        weight=ibis.literal(0),
    )
    votes = from_status.union(from_interest)
    counted = votes.group_by("loan_id", "due_day", "weight").agg(votes=votes.count())
    place = ibis.row_number().over(
        group_by="loan_id",
        order_by=[counted.weight.desc(), counted.votes.desc(), counted.due_day],
    )
    return counted.mutate(place=place).filter(lambda t: t.place == 0).select("loan_id", "due_day")


def _months(reports: ir.Table, loans: ir.Table) -> ir.Table:
    """Each report of an open loan, with what holds at its end."""
    terms = loans.select("loan_id", "instalment", "annual_rate")
    rows = reports.left_join(due_days(reports), "loan_id", rname="day_{name}")
    rows = rows.left_join(terms, "loan_id", rname="loan_{name}")
    rows = rows.mutate(
        due_day=rows.due_day.fill_null(1),
        monthly_rate=rows.annual_rate.cast("float64").fill_null(0.0) / 12,
        named=rows.scheduled.nullif(0),
        money=rows.paid.fill_null(0),
    )
    so_far = ibis.cumulative_window(**_PER_LOAN)
    rows = rows.mutate(named_so_far=rows.named.count().over(so_far))
    last_named = rows.named.max().over(ibis.window(group_by=["loan_id", "named_so_far"]))
    rows = rows.mutate(
        payment=ibis.coalesce(last_named, rows.instalment.nullif(0)),
        paid_to_date=_narrow(rows.money.sum().over(so_far)),
    )
    before = ibis.window(**_PER_LOAN)
    rows = rows.mutate(
        earlier_payment=rows.payment.lag().over(before),
        earlier_bill=rows.next_due.lag().over(before),
        number=ibis.row_number().over(before),
    )
    return rows.filter(rows.balance > 0, rows.payment > 0)


def _agreements(months: ir.Table) -> ir.Table:
    """The reports from which a schedule runs: a loan's first, and those that agree it anew."""
    first = months.number == months.number.min().over(ibis.window(group_by="loan_id"))
    anew = (
        months.modified.fill_null(False)
        | (months.extended_months.fill_null(0) > 0)
        | (months.payment != months.earlier_payment).fill_null(False)
        | (months.balance > months.opening_balance).fill_null(False)
    ) & months.next_due.notnull()
    kept = months.mutate(is_first=first).filter(first | anew)
    last_due = _last_due_month(kept.period_end, kept.due_day)
    return kept.select(
        *("loan_id", "period_end", "due_day", "monthly_rate", "payment", "balance", "is_first"),
        *("money", "paid_to_date", "next_due", "earlier_bill"),
        extended=kept.extended_months.fill_null(0).cast("int64"),
        last_due=last_due,
        overdue=_overdue(kept, last_due),
        ahead=ibis.ifelse(
            first, ibis.greatest(kept.payment - kept.next_due.fill_null(kept.payment), 0), 0
        ),
    )


def _overdue(months: ir.Table, last_due: ir.IntegerValue) -> ir.IntegerValue:
    billed = ibis.greatest(months.next_due.fill_null(0) - months.payment, 0)
    days = months.reported_dpd.fill_null(0)
    oldest = _month_number(_date(months.period_end - days.as_interval("D")))
    by_status = ibis.greatest(last_due - oldest + 1, 1) * months.payment
    return ibis.ifelse((billed == 0) & (days > 0), by_status, billed)


def _measured(versions: ir.Table) -> ir.Table:
    """How many rows each agreement has, and how much of the money went into earlier ones.

    ``settled_to_date`` is what of the money paid so far belongs to instalments before this
    agreement. It leaves the part already paid of the oldest overdue instalment with that
    instalment, so that the row keeps its full amount.
    """
    behind = _ceil_div(versions.overdue, versions.payment)
    part_paid = behind * versions.payment - versions.overdue
    versions = versions.mutate(
        behind=behind,
        balance=versions.balance + part_paid,  # as if no row were paid in part
        settled=ibis.greatest(versions.paid_to_date - versions.ahead - part_paid, 0),
    )
    versions = versions.mutate(
        settled_to_date=versions.settled.max().over(ibis.cumulative_window(**_PER_LOAN))
    )
    credit = versions.paid_to_date - versions.settled_to_date - versions.ahead
    oldest = versions.overdue + credit - (versions.behind - 1) * versions.payment
    needed = _rows_to_repay(versions)
    versions = versions.mutate(
        oldest=ibis.ifelse(versions.behind > 0, oldest, versions.payment),
        rows=ibis.greatest(needed, versions.behind, 1),
        begins=_first_month_to_come(versions),
    )
    last = _balance_after(versions, versions.rows - 1) * (1 + versions.monthly_rate)
    return versions.mutate(
        last_amount=ibis.least(ibis.greatest(last.round().cast("int64"), 1), versions.payment)
    )


def _placed(versions: ir.Table) -> ir.Table:
    """Number the rows: those of an agreement that money has settled keep their place."""
    order = ibis.window(**_PER_LOAN)
    versions = versions.mutate(
        **{f"was_{n}": versions[n].lag().over(order) for n in _OF_THE_EARLIER},
        later_end=versions.period_end.lead().over(order),
    )
    money = versions.settled_to_date - versions.was_settled_to_date
    full = ibis.ifelse(
        money < versions.was_oldest, 0, 1 + (money - versions.was_oldest) // versions.was_payment
    )
    full = ibis.least(full, versions.was_rows)
    full_amount = ibis.ifelse(full > 0, versions.was_oldest + (full - 1) * versions.was_payment, 0)
    full_amount = full_amount - ibis.ifelse(
        full == versions.was_rows, versions.was_payment - versions.was_last_amount, 0
    )
    versions = versions.mutate(full=full, stub=ibis.greatest(money - full_amount, 0).fill_null(0))
    opening = ibis.ifelse(
        versions.settled_to_date > 0,
        ibis.greatest(versions.settled_to_date // versions.payment, 1),
        0,
    )
    versions = versions.mutate(
        opening=opening,
        gained=ibis.ifelse(
            versions.is_first, opening, versions.full + (versions.stub > 0).cast("int64")
        ),
    )
    so_far = ibis.cumulative_window(**_PER_LOAN)
    versions = versions.mutate(before=_narrow(versions.gained.sum().over(so_far)))
    return versions.mutate(
        last_seq=(versions.before + versions.rows).max().over(so_far),
        effective_on=ibis.ifelse(versions.is_first, ibis.null("date"), versions.period_end),
    )


_OF_THE_EARLIER = (
    "settled_to_date", "oldest", "payment", "rows", "last_amount", "behind", "begins", "last_due",
)  # fmt: skip


def _unpaid_rows(versions: ir.Table) -> ir.Table:
    """The overdue instalments of an agreement, and those to come.

    An agreement shorter than an earlier one ends the surplus by rows of nothing.
    """
    rows = versions.mutate(
        place=ibis.range(1, versions.last_seq - versions.before + 1).unnest().cast("int64")
    )
    month = _month_of(rows.place - 1, rows.behind, rows.last_due, rows.begins)
    amount = ibis.cases(
        (rows.place > rows.rows, 0),
        ((rows.place == 1) & (rows.behind > 0), rows.oldest),
        (rows.place == rows.rows, rows.last_amount),
        else_=rows.payment,
    )
    interest = (_balance_after(rows, rows.place - 1) * rows.monthly_rate).round().cast("int64")
    return rows.select(
        "loan_id",
        "due_day",
        "effective_on",
        seq=rows.before + rows.place,
        month=month,
        amount=amount,
        interest=ibis.greatest(ibis.least(interest, amount), 0),
    )


def _stub_rows(versions: ir.Table) -> ir.Table:
    """What was paid of an instalment that a new agreement replaced."""
    rows = versions.filter(versions.stub > 0, ~versions.is_first)
    return rows.select(
        "loan_id",
        "due_day",
        "effective_on",
        seq=rows.before,
        month=_month_of(rows.full, rows.was_behind, rows.was_last_due, rows.was_begins),
        amount=rows.stub,
        interest=_narrow(ibis.literal(0)),
    )


def _opening_rows(versions: ir.Table) -> ir.Table:
    """The instalments that the first report's own payment settled."""
    rows = versions.filter(versions.is_first, versions.opening > 0)
    rows = rows.mutate(place=ibis.range(1, rows.opening + 1).unnest().cast("int64"))
    amount = ibis.ifelse(
        rows.place == 1,
        rows.settled_to_date - (rows.opening - 1) * rows.payment,
        rows.payment,
    )
    interest = (rows.balance * rows.monthly_rate).round().cast("int64")
    return rows.select(
        "loan_id",
        "due_day",
        "effective_on",
        seq=rows.place,
        month=rows.last_due - rows.behind - rows.opening + rows.place,
        amount=amount,
        interest=ibis.least(interest, amount),
    )


def _columns(rows: ir.Table) -> ir.Table:
    later = ibis.window(
        group_by=["loan_id", "seq"], order_by=rows.effective_on.asc(nulls_first=True)
    )
    rows = rows.mutate(
        due_on=_due_on(rows.month, rows.due_day),
        principal=rows.amount - rows.interest,
        fee=_narrow(ibis.literal(0)),
        superseded_on=rows.effective_on.lead().over(later),
        known_on=ibis.null("date"),  # a report is known at its end, the day its rows count from
        superseded_known_on=ibis.null("date"),
        seq=rows.seq.cast("int32"),
    )
    return rows.select(layout.INSTALMENTS.names)


def _first_month_to_come(versions: ir.Table) -> ir.IntegerValue:
    bill = ibis.coalesce(versions.earlier_bill, versions.payment)
    unpaid = ibis.greatest(((bill - versions.money) / versions.payment).round().cast("int64"), 0)
    moved = versions.last_due - unpaid + 1 + versions.extended
    nothing_next = ~versions.is_first & (versions.next_due == 0).fill_null(False)
    return ibis.ifelse(
        nothing_next, ibis.greatest(moved, versions.last_due + 2), versions.last_due + 1
    )


def _month_of(
    place: ir.IntegerValue,
    behind: ir.IntegerValue,
    last_due: ir.IntegerValue,
    begins: ir.IntegerValue,
) -> ir.IntegerValue:
    """The month in which the row at ``place`` (from 0) of an agreement is due."""
    return ibis.ifelse(place < behind, last_due - behind + 1 + place, begins + place - behind)


def _balance_after(versions: ir.Table, rows: ir.IntegerValue) -> ir.FloatingValue:
    """What is left of the balance after ``rows`` payments of an annuity, in minor units."""
    growth = (1 + versions.monthly_rate) ** rows
    annuity = ibis.ifelse(
        versions.monthly_rate > 0,
        (growth - 1) / versions.monthly_rate.nullif(0.0),
        rows.cast("float64"),
    )
    return ibis.greatest(versions.balance * growth - versions.payment * annuity, 0.0)


def _rows_to_repay(versions: ir.Table) -> ir.IntegerValue:
    """Payments until the balance is repaid; none are counted where they never suffice."""
    repaid = versions.payment - versions.balance * versions.monthly_rate
    compound = (versions.payment / repaid).ln() / (1 + versions.monthly_rate).ln().nullif(0.0)
    plain = (versions.balance / versions.payment).cast("float64")
    payments = ibis.ifelse(versions.monthly_rate > 0, compound, plain)
    # A payment that misses the end by less than a millionth is the last one.
    whole = (payments - 1e-6).ceil().cast("int64")
    return ibis.ifelse(repaid > 0, ibis.least(ibis.greatest(whole, 1), _MOST_ROWS), 0)


def _last_due_month(day: ir.DateValue, due_day: ir.IntegerValue) -> ir.IntegerValue:
    """The number of the month of the latest due date until ``day``."""
    month = _month_number(day)
    return ibis.ifelse(_due_on(month, due_day) <= day, month, month - 1)


def _month_number(day: ir.DateValue) -> ir.IntegerValue:
    """Year × 12 + month − 1."""
    return day.year().cast("int64") * 12 + day.month() - 1


def _due_on(month: ir.IntegerValue, due_day: ir.IntegerValue) -> ir.DateValue:
    first = ibis.date((month // 12).cast("int32"), (month % 12 + 1).cast("int32"), 1)
    days = _date(first + ibis.interval(months=1)).delta(first, unit="day")
    return _date(first + (ibis.least(due_day, days) - 1).as_interval("D"))


def _narrow(total: ir.IntegerValue) -> ir.IntegerValue:
    """Back to int64: DuckDB sums into 128 bits, and Ibis, not knowing, drops a plain cast."""
    return total.cast("decimal(38, 0)").cast("int64")


def _date(moment: ir.DateValue) -> ir.DateValue:
    """Back to a date: DuckDB makes a timestamp of date and interval, Ibis calls it a date."""
    return moment.cast("timestamp").cast("date")


def _ceil_div(amount: ir.IntegerValue, by: ir.IntegerValue) -> ir.IntegerValue:
    return (amount + by - 1) // by
