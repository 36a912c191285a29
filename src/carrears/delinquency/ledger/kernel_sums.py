"""What the kernel says of a loan once its entries are replayed: sums, days, payoff."""

from __future__ import annotations

from numba import njit

from carrears.delinquency.ledger.arrays import BookArrays, Standing, TermsArrays
from carrears.delinquency.ledger.entries import PayoffInterest
from carrears.delinquency.ledger.kernel_rows import FROM_GRACE, INTEREST, PARTS, open_part

MILLION = 1_000_000
ELAPSED, ALL = int(PayoffInterest.ELAPSED), int(PayoffInterest.ALL)


@njit(cache=True)
def sum_loan(
    book: BookArrays,
    terms: TermsArrays,
    out: Standing,
    loan: int,
    first: int,
    count: int,
    day: int,
) -> None:
    """Fill the loan's sums, oldest unpaid due date, days past due and payoff."""
    no = book.terms_no[loan]
    oldest = -1
    for place in range(count):
        row = first + place
        due = out.row_due[row]
        for part in range(PARTS):
            rest = open_part(out, row, part)
            out.outstanding[loan, part] += rest
            if due <= day:
                out.arrears[loan, part] += rest
            if due < day:
                out.overdue[loan, part] += rest
        if due <= day and (oldest < 0 or due < oldest) and is_unpaid(out, terms, no, row):
            oldest = due
        start = book.due_from[book.due_start[loan] + place] if place < count - 1 else due
        out.payoff[loan] += payoff_part(out, terms, no, row, start, due, day)
    out.payoff[loan] -= out.credit[loan]
    out.oldest_due[loan] = oldest
    out.dpd[loan] = days_past_due(terms, no, oldest, day, out.paused_days[loan])


@njit(cache=True)
def is_unpaid(out: Standing, terms: TermsArrays, no: int, row: int) -> bool:
    """Whether the shortfall exceeds both tolerances of materiality."""
    short, whole = 0, 0
    for part in range(PARTS):
        if terms.dpd_components[no, part] == 1:
            short += open_part(out, row, part)
            whole += out.owed[row, part]
    return bool(
        short > terms.materiality_minor[no]
        and short * MILLION > terms.materiality_millionths[no] * whole
    )


@njit(cache=True)
def days_past_due(terms: TermsArrays, no: int, oldest: int, day: int, paused: int) -> int:
    """Days since the oldest unpaid due date, less grace and pauses as the terms say."""
    age = 0 if oldest < 0 else day - oldest
    if terms.grace_rule[no] == FROM_GRACE:
        age = max(0, age - terms.grace_days[no])
    elif age <= terms.grace_days[no]:
        age = 0
    return max(0, age - paused) if terms.pause_stops_days[no] == 1 else age


@njit(cache=True)
def payoff_part(
    out: Standing, terms: TermsArrays, no: int, row: int, start: int, due: int, day: int
) -> int:
    """What one row adds to a payoff: all of it, but interest only as far as it is earned."""
    rest = 0
    for part in range(PARTS):
        if part != INTEREST:
            rest += open_part(out, row, part)
    earned = out.owed[row, INTEREST]
    rule = terms.payoff_interest[no]
    if due > day and rule != ALL:
        if start >= day:
            earned = 0
        elif rule == ELAPSED:
            period = due - start
            earned = (2 * earned * (day - start) + period) // (2 * period)
    return int(rest + max(0, earned - out.paid[row, INTEREST] - out.waived[row, INTEREST]))
