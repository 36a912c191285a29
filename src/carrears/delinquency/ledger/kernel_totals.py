"""What the kernel says of a loan once its entries are replayed: sums, days, payoff."""

from __future__ import annotations

from numba import njit

from carrears.delinquency.ledger.arrays import Int8, Int32, Int64
from carrears.delinquency.ledger.entries import PayoffInterest
from carrears.delinquency.ledger.kernel_steps import FROM_GRACE, INTEREST, PARTS

MILLION = 1_000_000
ELAPSED, ALL = int(PayoffInterest.ELAPSED), int(PayoffInterest.ALL)


@njit(cache=True, error_model="numpy")
def sum_rows(
    rest: Int64,
    row_due: Int32,
    arrears: Int64,
    overdue: Int64,
    outstanding: Int64,
    loan: int,
    count: int,
    day: int,
) -> None:
    """Sum what the loan's rows owe by component: due by the day, before it, at all."""
    for row in range(count):
        due = row_due[row]
        for part in range(PARTS):
            open_part = rest[row, part]
            outstanding[loan, part] += open_part
            if due <= day:
                arrears[loan, part] += open_part
            if due < day:
                overdue[loan, part] += open_part


@njit(cache=True, error_model="numpy")
def oldest_unpaid(
    rest: Int64,
    paid: Int64,
    waived: Int64,
    row_due: Int32,
    components: Int8,
    minor: int,
    millionths: int,
    count: int,
    day: int,
) -> int:
    """The oldest due date whose shortfall exceeds both tolerances of materiality; -1 for none."""
    oldest = -1
    for row in range(count):
        due = row_due[row]
        if due > day or 0 <= oldest <= due:
            continue
        short, whole = 0, 0
        for part in range(PARTS):
            if components[part] == 1:
                short += rest[row, part]
                whole += rest[row, part] + paid[row, part] + waived[row, part]
        if short > minor and short * MILLION > millionths * whole:
            oldest = due
    return oldest


@njit(cache=True, error_model="numpy")
def days_past_due(
    oldest: int, day: int, grace: int, grace_rule: int, pause_stops: int, paused: int
) -> int:
    """Days since the oldest unpaid due date, less grace and pauses as the terms say."""
    age = 0 if oldest < 0 else day - oldest
    if grace_rule == FROM_GRACE:
        age = max(0, age - grace)
    elif age <= grace:
        age = 0
    return max(0, age - paused) if pause_stops == 1 else age


@njit(cache=True, error_model="numpy")
def payoff_of(
    rest: Int64,
    paid: Int64,
    waived: Int64,
    row_due: Int32,
    due_from: Int32,
    begin: int,
    count: int,
    rule: int,
    day: int,
) -> int:
    """What settles the rows: all of each, but interest only as far as it is earned."""
    total = 0
    for row in range(count):
        due = row_due[row]
        for part in range(PARTS):
            if part != INTEREST:
                total += rest[row, part]
        settled = paid[row, INTEREST] + waived[row, INTEREST]
        earned = rest[row, INTEREST] + settled
        if due > day and rule != ALL:
            start = due_from[begin + row] if row < count - 1 else due
            if start >= day:
                earned = 0
            elif rule == ELAPSED:
                earned = (2 * earned * (day - start) + due - start) // (2 * (due - start))
        total += max(0, earned - settled)
    return total
