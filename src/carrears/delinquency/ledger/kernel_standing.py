"""How the kernel writes down where a loan stands at the end of a day."""

from __future__ import annotations

from numba import njit

from carrears.delinquency.ledger.arrays import Int8, Int32, Int64
from carrears.delinquency.ledger.kernel_habits import count_habits
from carrears.delinquency.ledger.kernel_totals import (
    any_open,
    days_past_due,
    oldest_unpaid,
    payoff_of,
    sum_dues,
    sum_rows,
)


@njit(cache=True, error_model="numpy")
def note_standing(
    arrears: Int64,
    overdue: Int64,
    outstanding: Int64,
    oldest_due: Int32,
    dpd: Int32,
    paused_days: Int32,
    credits_: Int64,
    payoff: Int64,
    due_total: Int64,
    paid_ahead: Int64,
    behind: Int32,
    next_due: Int32,
    next_amount: Int64,
    habits: Int32,
    at: int,
    rest: Int64,
    paid: Int64,
    waived: Int64,
    row_due: Int32,
    order: Int32,
    paid_from: Int32,
    components: Int8,
    minor: int,
    share: int,
    count: int,
    closed: int,
    as_of: int,
    began: int,
    is_new: bool,
    credit: int,
    paused: int,
    grace_days: int,
    grace_rule: int,
    pause_stops_days: int,
    due_from: Int32,
    begin: int,
    payoff_interest: int,
    gives_back: int,
) -> None:
    """Write how a loan stands at the end of ``as_of`` at the place ``at``."""
    sum_rows(rest, row_due, order, arrears, overdue, outstanding, at, count, closed, as_of)
    sum_dues(
        rest, paid, row_due, due_total, paid_ahead, next_due, next_amount, waived,
        at, count, as_of,
    )  # fmt: skip
    paid_ahead[at] += credit
    note_delay(
        rest, paid, waived, row_due, order, arrears, oldest_due, dpd, behind, components, at,
        minor, share, count, closed, as_of, paused, grace_days, grace_rule, pause_stops_days,
    )  # fmt: skip
    paused_days[at], credits_[at] = paused, credit
    count_habits(
        habits, rest, paid, waived, row_due, order, paid_from, components,
        at, count, as_of, began, is_new,
    )  # fmt: skip
    payoff[at] = -credit + payoff_of(
        outstanding, paid, waived, rest, row_due, order, due_from, begin, count, closed,
        payoff_interest, gives_back, as_of, at,
    )  # fmt: skip


@njit(cache=True, error_model="numpy")
def note_delay(
    rest: Int64,
    paid: Int64,
    waived: Int64,
    row_due: Int32,
    order: Int32,
    arrears: Int64,
    oldest_due: Int32,
    dpd: Int32,
    behind: Int32,
    components: Int8,
    at: int,
    minor: int,
    share: int,
    count: int,
    closed: int,
    as_of: int,
    paused: int,
    grace_days: int,
    grace_rule: int,
    pause_stops_days: int,
) -> None:
    """Write since when a loan is behind, for how many days and with how many instalments."""
    oldest = -1
    if any_open(arrears, at):
        oldest, behind[at] = oldest_unpaid(
            rest, paid, waived, row_due, order, components, minor, share, count, closed, as_of
        )
    oldest_due[at] = oldest
    dpd[at] = days_past_due(oldest, as_of, grace_days, grace_rule, pause_stops_days, paused)
