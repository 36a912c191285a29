"""What the kernel does to the rows of one loan: pay, charge, waive, restate, accrue.

Rows of a loan are ``first`` … ``first + count - 1`` in the arrays; ``scratch.order`` holds their
places by due date. ``closed`` is how many at its head are known to owe nothing. The rules are
``waterfall``'s, ``accrual``'s and ``twin``'s; the names are the same.
"""

from __future__ import annotations

from typing import NamedTuple

from numba import njit

from carrears.delinquency.ledger.arrays import ADVANCES, Int8, Int32, Int64, Standing, TermsArrays
from carrears.delinquency.ledger.entries import RATE_SCALE, GraceRule
from carrears.delinquency.ledger.waterfall import Advance, Component, Timing

FEE, PENALTY, COMPOUND, INTEREST, PRINCIPAL = (int(c) for c in Component)
PARTS = len(Component)
PAST, DUE, FUTURE = (int(t) for t in Timing)
LAST, REAMORTISE = ADVANCES.index(Advance.LAST), ADVANCES.index(Advance.REAMORTISE)
FROM_GRACE = int(GraceRule.FROM_GRACE)


class Scratch(NamedTuple):
    """Working arrays: by row the order, lump penalties, accruals; by entry whether it is void."""

    order: Int32
    charged: Int64
    whole: Int64  # [rows, 2]: penalty, compound
    rest: Int64  # [rows, 2]: over RATE_SCALE × days of the year
    void: Int8


@njit(cache=True)
def open_part(out: Standing, row: int, part: int) -> int:
    """What is still owed of one component of a row."""
    return int(out.owed[row, part] - out.paid[row, part] - out.waived[row, part])


@njit(cache=True)
def is_open(out: Standing, row: int) -> bool:
    """Whether a row owes anything."""
    total = 0
    for part in range(PARTS):
        total += open_part(out, row, part)
    return total > 0


@njit(cache=True)
def skip_closed(out: Standing, scratch: Scratch, first: int, count: int, closed: int) -> int:
    """How many rows at the head of the order owe nothing, counting on from ``closed``."""
    while closed < count and not is_open(out, first + scratch.order[first + closed]):
        closed += 1
    return closed


@njit(cache=True)
def pay_part(out: Standing, row: int, part: int, amount: int, day: int, event: int) -> int:
    """Pay one component of one row; what it took."""
    took = min(amount, open_part(out, row, part))
    if took <= 0:
        return 0
    out.paid[row, part] += took
    out.row_paid_on[row] = day
    out.moved[event, part] += took
    return took


@njit(cache=True)
def pay_rows(
    out: Standing,
    scratch: Scratch,
    terms: TermsArrays,
    no: int,
    first: int,
    count: int,
    closed: int,
    amount: int,
    day: int,
    event: int,
) -> int:
    """Spread a payment by the waterfall of terms row ``no``; what is left."""
    for band in range(terms.band_timings.shape[1]):
        timings = terms.band_timings[no, band]
        if timings == 0 or amount == 0:
            break
        low, high = closed, count
        while low < high and not timings & timing_of(out, scratch, first, low, day):
            low += 1
        while high > low and not timings & timing_of(out, scratch, first, high - 1, day):
            high -= 1
        order = terms.band_order[no, band]
        advance = terms.advance[no] if timings == FUTURE else 0
        if advance == REAMORTISE:
            amount = pay_evenly(out, scratch, order, first, low, high, amount, day, event)
        else:
            amount = pay_range(
                out, scratch, order, terms.by_row[no] == 1, advance == LAST,
                first, low, high, timings, amount, day, event,
            )  # fmt: skip
    return amount


@njit(cache=True)
def timing_of(out: Standing, scratch: Scratch, first: int, place: int, day: int) -> int:
    """Where the row at a place of the order stands on the day."""
    due = out.row_due[first + scratch.order[first + place]]
    if due < day:
        return PAST
    return DUE if due == day else FUTURE


@njit(cache=True)
def pay_range(
    out: Standing,
    scratch: Scratch,
    order: Int8,
    by_row: bool,
    is_backwards: bool,
    first: int,
    low: int,
    high: int,
    timings: int,
    amount: int,
    day: int,
    event: int,
) -> int:
    """Pay the rows at places ``low`` … ``high - 1`` that have one of the timings."""
    outer, inner = (high - low, PARTS) if by_row else (PARTS, high - low)
    for a in range(outer):
        for b in range(inner):
            step, part = (a, order[b]) if by_row else (b, order[a])
            place = high - 1 - step if is_backwards else low + step
            if part >= 0 and timings & timing_of(out, scratch, first, place, day):
                row = first + scratch.order[first + place]
                amount -= pay_part(out, row, part, amount, day, event)
        if amount == 0:
            break
    return amount


@njit(cache=True)
def takes(out: Standing, order: Int8, row: int) -> bool:
    """Whether a row owes any of the components in the order."""
    for index in range(PARTS):
        if order[index] >= 0 and open_part(out, row, order[index]) > 0:
            return True
    return False


@njit(cache=True)
def pay_evenly(
    out: Standing,
    scratch: Scratch,
    order: Int8,
    first: int,
    low: int,
    high: int,
    amount: int,
    day: int,
    event: int,
) -> int:
    """The same share to every later row, again among those still open, until it is spent."""
    while amount > 0:
        takers, last = 0, -1
        for place in range(low, high):
            if takes(out, order, first + scratch.order[first + place]):
                takers += 1
                last = place
        if takers == 0:
            break
        share = (2 * amount + takers) // (2 * takers)
        left = amount
        for place in range(low, high):
            row = first + scratch.order[first + place]
            if not takes(out, order, row):
                continue
            part = left if place == last else min(share, left)
            for index in range(PARTS):
                if order[index] >= 0:
                    took = pay_part(out, row, order[index], part, day, event)
                    part -= took
                    left -= took
        if left == amount:
            break
        amount = left
    return amount


@njit(cache=True)
def sort_rows(out: Standing, scratch: Scratch, first: int, count: int) -> None:
    """Order by due date, then place: an insertion sort, for the order is nearly right."""
    order = scratch.order
    for place in range(first + 1, first + count):
        moving = order[place]
        due = out.row_due[first + moving]
        at = place - 1
        while at >= first and (
            out.row_due[first + order[at]] > due
            or (out.row_due[first + order[at]] == due and order[at] > moving)
        ):
            order[at + 1] = order[at]
            at -= 1
        order[at + 1] = moving


@njit(cache=True)
def charge_row(
    out: Standing, scratch: Scratch, first: int, count: int, part: int, amount: int, day: int
) -> None:
    """Charge the first row due on the day or later, else the last row, due on the day."""
    last = count - 1
    chosen = last
    for place in range(count):
        row = scratch.order[first + place]
        if row != last and out.row_due[first + row] >= day:
            chosen = row
            break
    if chosen == last:
        total = 0
        for each in range(PARTS):
            total += out.owed[first + last, each]
        if total == 0:
            out.row_due[first + last] = day
            sort_rows(out, scratch, first, count)
    out.owed[first + chosen, part] += amount
    if part == PENALTY:
        scratch.charged[first + chosen] += amount


@njit(cache=True)
def waive_rows(
    out: Standing, scratch: Scratch, first: int, count: int, part: int, amount: int
) -> None:
    """Waive one component, oldest row first."""
    for place in range(count):
        row = first + scratch.order[first + place]
        share = min(amount, max(0, open_part(out, row, part)))
        out.waived[row, part] += share
        amount -= share


@njit(cache=True)
def restate_row(out: Standing, row: int, part: int, amount: int) -> int:
    """Give a row a new figure; the money paid beyond it."""
    out.owed[row, part] = amount
    back = min(out.paid[row, part], max(0, -open_part(out, row, part)))
    out.paid[row, part] -= back
    out.waived[row, part] -= max(0, -open_part(out, row, part))
    return int(back)


@njit(cache=True)
def bear(
    scratch: Scratch, row: int, which: int, base: int, rate: int, days: int, over: int
) -> None:
    """Accrue ``base × rate × days / over``, the remainder kept."""
    daily = max(0, base) * rate
    rest = (daily % over) * days + scratch.rest[row, which]
    scratch.whole[row, which] += (daily // over) * days + rest // over
    scratch.rest[row, which] = rest % over


@njit(cache=True)
def accrue_rows(
    out: Standing,
    scratch: Scratch,
    terms: TermsArrays,
    no: int,
    first: int,
    count: int,
    closed: int,
    since: int,
    until: int,
    rate: int,
    pause_start: int,
    pause_end: int,
) -> None:
    """Let the overdue rows bear penalty and compound interest from ``since`` to ``until``."""
    over = RATE_SCALE * terms.penalty_year_days[no]
    grace = terms.penalty_grace_days[no]
    shift = grace if terms.penalty_grace_rule[no] == FROM_GRACE else 0
    for place in range(closed, count):
        row = first + scratch.order[first + place]
        due = out.row_due[row]
        if due >= until:
            break
        if not is_open(out, row):
            continue
        start = max(since, due + shift)
        days = until - start
        if days > 0 and terms.pause_stops_penalty[no] == 1:
            days -= max(0, min(until, pause_end) - max(start, pause_start))
        if days > 0:
            bear(scratch, row, 0, open_part(out, row, PRINCIPAL), rate, days, over)
            if terms.compound[no] == 1:
                bear(scratch, row, 1, open_part(out, row, INTEREST), rate, days, over)
        if until - due > grace:
            up = 1 if 2 * scratch.rest[row, 0] >= over else 0
            out.owed[row, PENALTY] = scratch.charged[row] + scratch.whole[row, 0] + up
            up = 1 if 2 * scratch.rest[row, 1] >= over else 0
            out.owed[row, COMPOUND] = scratch.whole[row, 1] + up
