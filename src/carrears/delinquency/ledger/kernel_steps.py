"""What the kernel does to the rows of one loan: pay, charge, waive, restate, accrue.

A loan's rows are the first ``count`` of the arrays; ``order`` holds their places by due date.
``closed`` is how many at its head are known to owe nothing. The rules are
``waterfall``'s, ``accrual``'s and ``twin``'s; the names are the same.

Arrays are handed over one by one: a tuple of arrays costs a locked count for each of them at
every call. ``rest`` [rows, 5] is what is open by component; ``borne`` [rows, 7] the columns below;
``moved`` [5] sums what a payment paid.
"""

from __future__ import annotations

from numba import njit

from carrears.delinquency.ledger.arrays import ADVANCES, Int8, Int32, Int64
from carrears.delinquency.ledger.entries import RATE_SCALE, GraceRule
from carrears.delinquency.ledger.waterfall import Advance, Component, Timing

FEE, PENALTY, COMPOUND, INTEREST, PRINCIPAL = (int(c) for c in Component)
PARTS = len(Component)
PAST, DUE, FUTURE = (int(t) for t in Timing)
LAST, REAMORTISE = ADVANCES.index(Advance.LAST), ADVANCES.index(Advance.REAMORTISE)
FROM_GRACE = int(GraceRule.FROM_GRACE)

# Columns of ``borne``: lump penalties; whole units and the remainder of each accrual, and what
# of it is owed already.
CHARGED, WHOLE, REST, POSTED, WHOLE_C, REST_C, POSTED_C = range(7)
BORNE = 7


@njit(cache=True, error_model="numpy")
def is_open(rest: Int64, row: int) -> bool:
    """Whether a row owes anything."""
    total = 0
    for part in range(PARTS):
        total += rest[row, part]
    return total > 0


@njit(cache=True, error_model="numpy")
def skip_closed(rest: Int64, order: Int32, count: int, closed: int) -> int:
    """How many rows at the head of the order owe nothing, counting on from ``closed``."""
    while closed < count and not is_open(rest, order[closed]):
        closed += 1
    return closed


@njit(cache=True, error_model="numpy")
def timing_of(due: int, day: int) -> int:
    """Where a due date stands on the day."""
    if due < day:
        return PAST
    return DUE if due == day else FUTURE


@njit(cache=True, error_model="numpy")
def pay_part(
    rest: Int64,
    paid: Int64,
    row_paid_on: Int32,
    moved: Int64,
    row: int,
    part: int,
    amount: int,
    day: int,
) -> int:
    """Pay a component of a row, as far as the money goes; what it took."""
    took = min(amount, rest[row, part])
    rest[row, part] -= took
    paid[row, part] += took
    moved[part] += took
    row_paid_on[row] = day
    return int(took)


@njit(cache=True, error_model="numpy")
def pay_rows(
    rest: Int64,
    paid: Int64,
    row_due: Int32,
    row_paid_on: Int32,
    order: Int32,
    moved: Int64,
    timings: Int8,
    orders: Int8,
    by_row: int,
    advance: int,
    count: int,
    closed: int,
    amount: int,
    day: int,
) -> int:
    """Spread a payment by a waterfall (its bands' timings and orders); what is left."""
    for band in range(timings.shape[0]):
        wanted = timings[band]
        if wanted == 0 or amount == 0:
            break
        rule = advance if wanted == FUTURE else 0
        if rule == REAMORTISE:
            amount = pay_evenly(
                rest, paid, row_due, row_paid_on, order, moved, orders[band],
                count, closed, amount, day,
            )  # fmt: skip
        elif by_row == 1:
            for step in range(count - closed):
                place = count - 1 - step if rule == LAST else closed + step
                row = order[place]
                if wanted & timing_of(row_due[row], day):
                    for index in range(PARTS):
                        part = orders[band, index]
                        if part >= 0 and rest[row, part] > 0:
                            amount -= pay_part(
                                rest, paid, row_paid_on, moved, row, part, amount, day
                            )
                            if amount == 0:
                                break
                if amount == 0:
                    break
        else:
            for index in range(PARTS):
                part = orders[band, index]
                if part < 0 or amount == 0:
                    break
                for step in range(count - closed):
                    place = count - 1 - step if rule == LAST else closed + step
                    row = order[place]
                    if rest[row, part] > 0 and wanted & timing_of(row_due[row], day):
                        amount -= pay_part(rest, paid, row_paid_on, moved, row, part, amount, day)
                        if amount == 0:
                            break
    return amount


@njit(cache=True, error_model="numpy")
def takes(rest: Int64, parts: Int8, row: int) -> bool:
    """Whether a row owes any of the components in the order."""
    found = False
    for index in range(PARTS):
        found |= parts[index] >= 0 and rest[row, parts[index]] > 0
    return found


@njit(cache=True, error_model="numpy")
def pay_evenly(
    rest: Int64,
    paid: Int64,
    row_due: Int32,
    row_paid_on: Int32,
    order: Int32,
    moved: Int64,
    parts: Int8,
    count: int,
    closed: int,
    amount: int,
    day: int,
) -> int:
    """The same share to every later row, again among those still open, until it is spent."""
    while amount > 0:
        takers, last = 0, -1
        for place in range(closed, count):
            row = order[place]
            if row_due[row] > day and takes(rest, parts, row):
                takers += 1
                last = place
        if takers == 0:
            break
        share = (2 * amount + takers) // (2 * takers)
        left = amount
        for place in range(closed, count):
            row = order[place]
            if row_due[row] <= day or not takes(rest, parts, row):
                continue
            mine = left if place == last else min(share, left)
            for index in range(PARTS):
                part = parts[index]
                if part >= 0 and rest[row, part] > 0 and mine > 0:
                    took = pay_part(rest, paid, row_paid_on, moved, row, part, mine, day)
                    mine -= took
                    left -= took
        if left == amount:
            break
        amount = left
    return amount


@njit(cache=True, error_model="numpy")
def sort_rows(row_due: Int32, order: Int32, count: int) -> None:
    """Order by due date, then place: an insertion sort, for the order is nearly right."""
    for place in range(1, count):
        moving = order[place]
        due = row_due[moving]
        at = place - 1
        while at >= 0 and (
            row_due[order[at]] > due or (row_due[order[at]] == due and order[at] > moving)
        ):
            order[at + 1] = order[at]
            at -= 1
        order[at + 1] = moving


@njit(cache=True, error_model="numpy")
def charge_row(
    rest: Int64,
    paid: Int64,
    waived: Int64,
    borne: Int64,
    row_due: Int32,
    order: Int32,
    count: int,
    part: int,
    amount: int,
    day: int,
) -> None:
    """Charge the first row due on the day or later, else the last row, due on the day."""
    last = count - 1
    chosen = last
    for place in range(count):
        row = order[place]
        if row != last and row_due[row] >= day:
            chosen = row
            break
    if chosen == last:
        total = 0
        for each in range(PARTS):
            total += rest[last, each] + paid[last, each] + waived[last, each]
        if total == 0:
            row_due[last] = day
            sort_rows(row_due, order, count)
    rest[chosen, part] += amount
    if part == PENALTY:
        borne[chosen, CHARGED] += amount


@njit(cache=True, error_model="numpy")
def waive_rows(
    rest: Int64, waived: Int64, order: Int32, count: int, part: int, amount: int
) -> None:
    """Waive one component, oldest row first."""
    for place in range(count):
        row = order[place]
        share = min(amount, max(0, rest[row, part]))
        rest[row, part] -= share
        waived[row, part] += share
        amount -= share


@njit(cache=True, error_model="numpy")
def restate_row(rest: Int64, paid: Int64, waived: Int64, row: int, part: int, amount: int) -> int:
    """Give a row a new figure; the money paid beyond it."""
    open_now = amount - paid[row, part] - waived[row, part]
    back = min(paid[row, part], max(0, -open_now))
    paid[row, part] -= back
    waived[row, part] -= max(0, -(open_now + back))
    rest[row, part] = max(0, open_now)
    return int(back)


@njit(cache=True, error_model="numpy")
def bear(borne: Int64, row: int, whole: int, base: int, rate: int, days: int, over: int) -> None:
    """Accrue ``base × rate × days / over`` in two columns from ``whole``, the remainder kept."""
    daily = max(0, base) * rate
    remainder = (daily % over) * days + borne[row, whole + 1]
    borne[row, whole] += (daily // over) * days + remainder // over
    borne[row, whole + 1] = remainder % over


@njit(cache=True, error_model="numpy")
def post(rest: Int64, borne: Int64, row: int, part: int, whole: int, over: int) -> None:
    """Let what was borne be owed, rounded half up."""
    up = 1 if 2 * borne[row, whole + 1] >= over else 0
    amount = borne[row, whole] + up
    rest[row, part] += amount - borne[row, whole + 2]
    borne[row, whole + 2] = amount


@njit(cache=True, error_model="numpy")
def accrue_rows(
    rest: Int64,
    borne: Int64,
    row_due: Int32,
    order: Int32,
    count: int,
    closed: int,
    since: int,
    until: int,
    rate: int,
    year_days: int,
    grace: int,
    grace_rule: int,
    compound: int,
    pause_start: int,
    pause_end: int,
) -> None:
    """Let the overdue rows bear penalty and compound interest from ``since`` to ``until``.

    ``pause_end`` before ``pause_start`` stands for no pause that stops penalties.
    """
    over = RATE_SCALE * year_days
    shift = grace if grace_rule == FROM_GRACE else 0
    for place in range(closed, count):
        row = order[place]
        due = row_due[row]
        if due >= until:
            break
        if not is_open(rest, row):
            continue
        start = max(since, due + shift)
        days = until - start
        if days > 0:
            days -= max(0, min(until, pause_end) - max(start, pause_start))
        if days > 0:
            bear(borne, row, WHOLE, rest[row, PRINCIPAL], rate, days, over)
            if compound == 1:
                bear(borne, row, WHOLE_C, rest[row, INTEREST], rate, days, over)
        if until - due > grace:
            post(rest, borne, row, PENALTY, WHOLE, over)
            post(rest, borne, row, COMPOUND, WHOLE_C, over)
