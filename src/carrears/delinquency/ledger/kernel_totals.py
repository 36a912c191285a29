"""What the kernel says of a loan once its entries are replayed: sums, days, payoff."""

from __future__ import annotations

from numba import njit

from carrears.delinquency.ledger.arrays import Int8, Int32, Int64
from carrears.delinquency.ledger.entries import PayoffInterest
from carrears.delinquency.ledger.kernel_steps import FROM_GRACE, INTEREST, PARTS

MILLION = 1_000_000
EVER = -(2**31) + 1  # a day before every date
ELAPSED, ALL = int(PayoffInterest.ELAPSED), int(PayoffInterest.ALL)


@njit(cache=True, error_model="numpy")
def sum_rows(
    rest: Int64,
    row_due: Int32,
    order: Int32,
    arrears: Int64,
    overdue: Int64,
    outstanding: Int64,
    at: int,
    count: int,
    closed: int,
    day: int,
) -> None:
    """Sum what the loan's rows owe by component: due by the day, before it, at all."""
    for place in range(closed, count):
        row = order[place]
        due = row_due[row]
        for part in range(PARTS):
            open_part = rest[row, part]
            outstanding[at, part] += open_part
            arrears[at, part] += open_part if due <= day else 0
            overdue[at, part] += open_part if due < day else 0


@njit(cache=True, error_model="numpy")
def any_open(arrears: Int64, loan: int) -> bool:
    """Whether anything is due."""
    total = 0
    for part in range(PARTS):
        total += arrears[loan, part]
    return total > 0


@njit(cache=True, error_model="numpy")
def sum_dues(
    rest: Int64,
    paid: Int64,
    row_due: Int32,
    due_total: Int64,
    paid_ahead: Int64,
    next_due: Int32,
    next_amount: Int64,
    waived: Int64,
    loan: int,
    count: int,
    day: int,
) -> None:
    """Sum what fell due, what was paid before it did, and what falls due next."""
    coming, amount, fell, ahead = -1, 0, 0, 0
    for row in range(count):
        due, open_or_paid, given = row_due[row], 0, 0
        for part in range(PARTS):
            open_or_paid += rest[row, part] + paid[row, part]
            given += waived[row, part]
        if due <= day:
            fell += open_or_paid
            continue
        for part in range(PARTS):
            ahead += paid[row, part]
        if open_or_paid + given == 0 or 0 <= coming < due:
            continue
        amount = open_or_paid + given + (amount if due == coming else 0)
        coming = due
    due_total[loan], paid_ahead[loan] = fell, ahead
    next_due[loan], next_amount[loan] = coming, amount


@njit(cache=True, error_model="numpy")
def open_of(rest: Int64, components: Int8, row: int) -> int:
    """What a row owes of the components that make a loan behind."""
    total = 0
    for part in range(PARTS):
        if components[part] == 1:
            total += rest[row, part]
    return total


@njit(cache=True, error_model="numpy")
def whole_of(rest: Int64, paid: Int64, waived: Int64, components: Int8, row: int) -> int:
    """All that a row ever owed of the components that make a loan behind."""
    whole = 0
    for part in range(PARTS):
        if components[part] == 1:
            whole += rest[row, part] + paid[row, part] + waived[row, part]
    return whole


@njit(cache=True, error_model="numpy")
def is_material(short: int, whole: int, minor: int, millionths: int) -> bool:
    """Whether the shortfall up to a row exceeds both tolerances, of a row that owed anything."""
    return whole > 0 and short > minor and short * MILLION > millionths * whole


@njit(cache=True, error_model="numpy")
def oldest_unpaid(
    rest: Int64,
    paid: Int64,
    waived: Int64,
    row_due: Int32,
    order: Int32,
    components: Int8,
    minor: int,
    millionths: int,
    count: int,
    closed: int,
    day: int,
) -> tuple[int, int]:
    """The oldest due date by which the shortfall exceeds both tolerances, and how many rows do.

    The shortfall sums up from row to row, as in ``twin.unpaid_rows``; -1 for no date.
    """
    oldest, behind, short = -1, 0, 0
    for place in range(closed, count):
        row = order[place]
        if row_due[row] > day:
            break
        short += open_of(rest, components, row)
        if is_material(short, whole_of(rest, paid, waived, components, row), minor, millionths):
            behind += 1
            if oldest < 0:
                oldest = row_due[row]
    return oldest, behind


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
    outstanding: Int64,
    paid: Int64,
    waived: Int64,
    rest: Int64,
    row_due: Int32,
    order: Int32,
    due_from: Int32,
    begin: int,
    count: int,
    closed: int,
    rule: int,
    gives_back: int,
    day: int,
    loan: int,
) -> int:
    """What settles the loan: all that is open, less the interest that is not earned.

    With ``gives_back`` also less what was paid of it, of instalments paid in advance as well.
    """
    total, first = 0, closed
    for part in range(PARTS):
        total += outstanding[loan, part]
    if rule == ALL:
        return total
    while gives_back == 1 and first > 0 and row_due[order[first - 1]] > day:
        first -= 1
    before = EVER if first == 0 else row_due[order[first - 1]]
    for place in range(first, count):
        row = order[place]
        due = row_due[row]
        if due > day and rest[row, INTEREST] + paid[row, INTEREST] > 0:
            settled = paid[row, INTEREST] + waived[row, INTEREST]
            earned = rest[row, INTEREST] + settled
            start = max(before, due_from[begin + row]) if row < count - 1 else due
            if start >= day:
                earned = 0
            elif rule == ELAPSED:
                earned = (2 * earned * (day - start) + due - start) // (2 * (due - start))
            total -= rest[row, INTEREST] - max(0, earned - settled)
            if gives_back == 1:
                total -= min(paid[row, INTEREST], max(0, settled - earned))
        before = due
    return total
