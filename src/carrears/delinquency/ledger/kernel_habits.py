"""What the kernel notes of when instalments are paid, and counts of it: ``habits`` in arrays.

``paid_from`` [rows] is the day from which on a row, and every row before it, is paid; UNPAID where
it is not.
"""

from __future__ import annotations

from numba import njit

from carrears.delinquency.ledger.arrays import NO_DELAY, Int8, Int32, Int64
from carrears.delinquency.ledger.habits import EARLIEST, HABITS, MONTHS, RECENT, SKIPPED
from carrears.delinquency.ledger.kernel_totals import is_material, open_of, whole_of

UNPAID = 2**31 - 1
LAST, IN_A_ROW, WORST, LATE_12, LATE_3, SKIPPED_12, SINCE_SKIPPED, FIRST = range(len(HABITS))


@njit(cache=True, error_model="numpy")
def note_paid(
    rest: Int64,
    paid: Int64,
    waived: Int64,
    order: Int32,
    paid_from: Int32,
    components: Int8,
    minor: int,
    millionths: int,
    count: int,
    closed: int,
    known: int,
    day: int,
) -> int:
    """Note ``day`` for the rows at the head of the order that are paid only now; how many are.

    The first row that is not ends them; those after it, before the place ``known``, are paid no
    more.
    """
    short, paid_rows = 0, count
    for place in range(closed, count):
        row = order[place]
        short += open_of(rest, components, row)
        # Most rows owe nothing: the rest is looked at where it can matter.
        if short > minor and is_material(
            short, whole_of(rest, paid, waived, components, row), minor, millionths
        ):
            paid_rows = place
            break
        if paid_from[row] == UNPAID:
            paid_from[row] = day
    for place in range(paid_rows, known):
        paid_from[order[place]] = UNPAID
    return paid_rows


@njit(cache=True, error_model="numpy")
def count_habits(
    habits: Int32,
    rest: Int64,
    paid: Int64,
    waived: Int64,
    row_due: Int32,
    order: Int32,
    paid_from: Int32,
    components: Int8,
    loan: int,
    count: int,
    day: int,
    began: int,
    is_new: bool,
) -> None:
    """Put a loan's habits, as ``habits.payment_habits`` has them, in ``habits`` [loans, 8]."""
    seen, later, is_running = 0, 0, True
    habits[loan] = 0
    for name in (LAST, WORST, SINCE_SKIPPED, FIRST):
        habits[loan, name] = NO_DELAY
    for place in range(count - 1, -1, -1):
        row = order[place]
        due = row_due[row]
        if due <= began:
            break
        # The last row is for charges after the schedule, no instalment.
        if due > day or row == count - 1 or paid_from[row] == UNPAID:
            continue
        if whole_of(rest, paid, waived, components, row) == 0:
            continue
        delay = max(paid_from[row] - due, EARLIEST)
        if seen == 0:
            habits[loan, LAST] = delay
        elif is_running and later > delay:
            habits[loan, IN_A_ROW] += 1
        else:
            is_running = False
        later = delay
        if seen < MONTHS:
            habits[loan, WORST] = max(habits[loan, WORST], delay)
            habits[loan, LATE_12] += 1 if delay > 0 else 0
            habits[loan, LATE_3] += 1 if delay > 0 and seen < RECENT else 0
            if delay >= SKIPPED:
                habits[loan, SKIPPED_12] += 1
                if habits[loan, SINCE_SKIPPED] == NO_DELAY:
                    habits[loan, SINCE_SKIPPED] = seen
        seen += 1
    if is_new and seen > 0:
        habits[loan, FIRST] = later
