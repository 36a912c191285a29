"""How a borrower has been paying: features for the scorecard, by the same tables.

They look at single instalments, so they are meant for the loans that are to be scored, which
``state`` says, not for the whole book.
"""

from __future__ import annotations

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from carrears.delinquency.screen import (
    MILLION,
    AsOf,
    date_expression,
    instalment_money,
    live_instalments,
)

RECENT_INSTALMENTS = 12


def payment_pattern(
    state: ir.Table,
    instalments: ir.Table,
    payments: ir.Table,
    events: ir.Table,
    *,
    as_of: AsOf,
    late_after_days: int = 0,
    late_shortfall_share: Decimal = Decimal(0),
) -> ir.Table:
    """The payment pattern of each loan of ``state`` at the end of ``as_of``.

    Columns: ``loan_id``; ``paid_share_3m, paid_share_6m``, money that came in during the last
    3 and 6 months over what fell due in them (float64, null when nothing fell due, more than
    1 when old arrears were paid, never below 0); ``months_since_payment``, whole months since
    the last payment (int32, null when there was none); ``late_of_last_12`` (int32), of how
    many of the last 12 instalments due more than ``late_shortfall_share`` was still missing
    ``late_after_days`` days after the due date (or today, if that is still to come);
    ``returned_debits_12m`` and ``deferrals_12m`` (int32).
    """
    day = date_expression(as_of)
    asked = state.select("loan_id")
    due = live_instalments(instalments, as_of=day).semi_join(asked, "loan_id")
    due = due.filter(due.due_on <= day, due.amount > 0).select("loan_id", "seq", "due_on", "amount")
    money = instalment_money(payments, as_of=day).semi_join(asked, "loan_id")
    money = money.select("loan_id", "paid_on", "amount")
    joined = (
        asked.left_join(_due_sums(due, day), "loan_id", rname="due_{name}")
        .left_join(_paid_sums(money, day), "loan_id", rname="paid_{name}")
        .left_join(
            _late_counts(due, money, late_after_days, late_shortfall_share),
            "loan_id",
            rname="late_{name}",
        )
        .left_join(_event_counts(events, day), "loan_id", rname="event_{name}")
    )
    return joined.select(
        "loan_id",
        paid_share_3m=_share(joined.paid_3m, joined.due_3m),
        paid_share_6m=_share(joined.paid_6m, joined.due_6m),
        months_since_payment=_whole_months(joined.last_paid_on, day),
        **{
            name: joined[name].fill_null(0).cast("int32")
            for name in ("late_of_last_12", "returned_debits_12m", "deferrals_12m")
        },
    )


def _months_before(day: ir.DateValue, months: int) -> ir.DateValue:
    return (day - ibis.interval(months=months)).cast("date")


def _due_sums(due: ir.Table, day: ir.DateValue) -> ir.Table:
    return due.group_by("loan_id").agg(
        due_3m=due.amount.sum(where=due.due_on > _months_before(day, 3)),
        due_6m=due.amount.sum(where=due.due_on > _months_before(day, 6)),
    )


def _paid_sums(money: ir.Table, day: ir.DateValue) -> ir.Table:
    return money.group_by("loan_id").agg(
        paid_3m=money.amount.sum(where=money.paid_on > _months_before(day, 3)),
        paid_6m=money.amount.sum(where=money.paid_on > _months_before(day, 6)),
        last_paid_on=money.paid_on.max(where=money.amount > 0),
    )


def _share(paid: ir.IntegerValue, due: ir.IntegerValue) -> ir.FloatingValue:
    """Null when nothing fell due: a share of nothing says nothing."""
    return ibis.greatest(paid.fill_null(0), 0).cast("float64") / due.nullif(0).cast("float64")


def _whole_months(since: ir.DateValue, day: ir.DateValue) -> ir.IntegerValue:
    months = (day.year() - since.year()) * 12 + (day.month() - since.month())
    return (months - (day.day() < since.day()).cast("int32")).cast("int32")


def _late_counts(due: ir.Table, money: ir.Table, after_days: int, share: Decimal) -> ir.Table:
    """Late instalments among each loan's last ones.

    Both sides run through one window in the order of days: at the day an instalment stops
    being on time, the money so far is held against all that was due up to it. Money of that
    same day is in time, so it sorts first.
    """
    by_due = ibis.cumulative_window(group_by="loan_id", order_by=["due_on", "seq"])
    from_last = ibis.window(group_by="loan_id", order_by=[due.due_on.desc(), due.seq.desc()])
    ranked = due.mutate(
        up_to=due.amount.sum().over(by_due), place=ibis.row_number().over(from_last)
    )
    checks = ranked.select(
        "loan_id",
        "amount",
        "up_to",
        "place",
        judged_on=(ranked.due_on + ibis.interval(days=after_days)).cast("date"),
        came_in=ibis.literal(0, "int64"),
        is_check=ibis.literal(1, "int8"),
    )
    receipts = money.select(
        "loan_id",
        amount=ibis.null("int64"),
        up_to=ibis.null("int64"),
        place=ibis.null("int64"),
        judged_on=money.paid_on,
        came_in=money.amount,
        is_check=ibis.literal(0, "int8"),
    )
    days = checks.union(receipts)
    by_day = ibis.cumulative_window(group_by="loan_id", order_by=["judged_on", "is_check", "place"])
    days = days.mutate(paid_by_then=days.came_in.sum().over(by_day))
    missing_millionths = (days.up_to - days.paid_by_then) * MILLION
    is_late = (days.place < RECENT_INSTALMENTS) & (
        missing_millionths > days.amount * int(share * MILLION)
    )
    return days.group_by("loan_id").agg(late_of_last_12=is_late.sum())


def _event_counts(events: ir.Table, day: ir.DateValue) -> ir.Table:
    recent = events.filter(events.happened_on <= day, events.happened_on > _months_before(day, 12))
    return recent.group_by("loan_id").agg(
        returned_debits_12m=(recent.kind == "returned_debit").sum(),
        deferrals_12m=(recent.kind == "deferral").sum(),
    )
