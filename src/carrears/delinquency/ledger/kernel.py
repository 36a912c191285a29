"""The ledger kernel: the twin's rules over a whole book in flat arrays, loans in parallel.

Covers every ``entries.Kind``; ``twin`` defines what each does, and a differential test holds the
two together. Compiled once by Numba and kept on disk. Interest is exact: whole minor units and
the remainder over (hundred-millionths × days of the year), both int64, so amounts up to
9·10¹⁰ minor units are safe at any rate up to 100 %.
"""

from __future__ import annotations

from datetime import date

import numpy as np
from numba import njit, prange

from carrears.delinquency.ledger.arrays import (
    BookArrays,
    Standing,
    TermsArrays,
    day_number,
    empty_standing,
)
from carrears.delinquency.ledger.entries import Kind
from carrears.delinquency.ledger.kernel_rows import (
    FEE,
    INTEREST,
    PENALTY,
    PRINCIPAL,
    Scratch,
    accrue_rows,
    charge_row,
    pay_rows,
    restate_row,
    skip_closed,
    sort_rows,
    waive_rows,
)
from carrears.delinquency.ledger.kernel_sums import sum_loan

EVER, NEVER = -(2**31) + 1, 2**31 - 1  # days that no date reaches
KIND_FEE, KIND_PENALTY, KIND_CHARGEBACK = (
    int(Kind.FEE),
    int(Kind.PENALTY_CHARGE),
    int(Kind.CHARGEBACK),
)
PAYMENT, REVERSAL, WAIVER, REFUND = (
    int(Kind.PAYMENT),
    int(Kind.REVERSAL),
    int(Kind.WAIVER),
    int(Kind.REFUND),
)
PAUSE, RESUME, MOVE_DUE, RESTATE = (
    int(Kind.PAUSE),
    int(Kind.RESUME),
    int(Kind.MOVE_DUE),
    int(Kind.RESTATE),
)
PENALTY_RATE, CHARGE_OFF = int(Kind.PENALTY_RATE), int(Kind.CHARGE_OFF)


def replay_book(
    book: BookArrays, terms: TermsArrays, *, as_of: date, known_on: date | None = None
) -> Standing:
    """How every loan stands at the end of ``as_of``, by what was known on ``known_on``."""
    out = empty_standing(book)
    rows = len(book.due_on) + len(book.terms_no)
    scratch = Scratch(
        order=np.zeros(rows, np.int32),
        charged=np.zeros(rows, np.int64),
        whole=np.zeros((rows, 2), np.int64),
        rest=np.zeros((rows, 2), np.int64),
        void=np.zeros(len(book.event_day), np.int8),
    )
    known = NEVER if known_on is None else day_number(known_on)
    _replay_all(book, terms, out, scratch, day_number(as_of), known)
    return out


@njit(cache=True, parallel=True)
def _replay_all(
    book: BookArrays,
    terms: TermsArrays,
    out: Standing,
    scratch: Scratch,
    as_of: int,
    known: int,
) -> None:
    for loan in prange(len(book.terms_no)):
        _replay_loan(book, terms, out, scratch, loan, as_of, known)


@njit(cache=True)
def _start(book: BookArrays, out: Standing, scratch: Scratch, loan: int) -> None:
    begin, end = book.due_start[loan], book.due_start[loan + 1]
    first = begin + loan
    for place in range(end - begin):
        out.row_due[first + place] = book.due_on[begin + place]
        out.owed[first + place, FEE] = book.due_fee[begin + place]
        out.owed[first + place, INTEREST] = book.due_interest[begin + place]
        out.owed[first + place, PRINCIPAL] = book.due_principal[begin + place]
        scratch.order[first + place] = place
    tail = end + loan
    out.row_due[tail] = book.due_on[end - 1] if end > begin else EVER
    scratch.order[tail] = end - begin


@njit(cache=True)
def _mark_void(book: BookArrays, scratch: Scratch, loan: int, known: int) -> None:
    begin = book.event_start[loan]
    for event in range(book.event_start[loan + 1] - 1, begin - 1, -1):
        is_live = book.event_known[event] <= known and scratch.void[event] == 0
        if book.event_kind[event] == REVERSAL and is_live:
            scratch.void[begin + book.event_ref[event]] = 1


@njit(cache=True)
def _replay_loan(
    book: BookArrays,
    terms: TermsArrays,
    out: Standing,
    scratch: Scratch,
    loan: int,
    as_of: int,
    known: int,
) -> None:
    no = book.terms_no[loan]
    first = book.due_start[loan] + loan
    count = book.due_start[loan + 1] - book.due_start[loan] + 1
    _start(book, out, scratch, loan)
    _mark_void(book, scratch, loan, known)
    rate = terms.penalty_rate[no]
    since, closed, credit, is_accruing = EVER, 0, 0, True
    pause_start, pause_end, paused = EVER, EVER, 0
    for event in range(book.event_start[loan], book.event_start[loan + 1]):
        day = book.event_day[event]
        if day > as_of:
            break
        if book.event_known[event] > known or scratch.void[event] == 1:
            continue
        closed = skip_closed(out, scratch, first, count, closed)
        if is_accruing:
            accrue_rows(
                out, scratch, terms, no, first, count, closed, since, day, rate,
                pause_start, pause_end,
            )  # fmt: skip
        since = day
        kind, amount = book.event_kind[event], book.event_amount[event]
        if kind == PAYMENT:
            credit += pay_rows(out, scratch, terms, no, first, count, closed, amount, day, event)
        elif kind == PAUSE:
            if day > pause_end:
                paused += pause_end - pause_start
                pause_start, pause_end = day, day
            pause_end = max(pause_end, book.event_until[event])
        elif kind == RESUME:
            pause_end = min(pause_end, day)
        elif kind == PENALTY_RATE:
            rate = amount
        elif kind == CHARGE_OFF:
            is_accruing = terms.charge_off_stops_penalty[no] == 0
        elif kind == REFUND:
            credit -= min(amount, credit)
        else:
            credit += _change_rows(book, out, scratch, first, count, event)
            closed = 0
            if kind != WAIVER:
                credit = pay_rows(out, scratch, terms, no, first, count, closed, credit, day, event)
    if is_accruing:
        closed = skip_closed(out, scratch, first, count, closed)
        accrue_rows(
            out, scratch, terms, no, first, count, closed, since, as_of, rate,
            pause_start, pause_end,
        )  # fmt: skip
    out.credit[loan] = credit
    out.paused_days[loan] = paused + max(0, min(as_of, pause_end) - pause_start)
    sum_loan(book, terms, out, loan, first, count, as_of)


@njit(cache=True)
def _change_rows(
    book: BookArrays, out: Standing, scratch: Scratch, first: int, count: int, event: int
) -> int:
    """Charge, waive or restate; the money that comes free."""
    kind, day = book.event_kind[event], book.event_day[event]
    amount, ref = book.event_amount[event], book.event_ref[event]
    back = 0
    if kind == WAIVER:
        waive_rows(out, scratch, first, count, ref, amount)
    elif kind == KIND_FEE:
        charge_row(out, scratch, first, count, FEE, amount, day)
    elif kind == KIND_PENALTY:
        charge_row(out, scratch, first, count, PENALTY, amount, day)
    elif kind == KIND_CHARGEBACK:
        charge_row(out, scratch, first, count, PRINCIPAL, amount, day)
    elif kind in (MOVE_DUE, RESTATE):
        row = first + ref
        if book.event_until[event] >= 0:
            out.row_due[row] = book.event_until[event]
        if kind == RESTATE:
            back += restate_row(out, row, PRINCIPAL, amount)
            back += restate_row(out, row, INTEREST, book.event_interest[event])
        sort_rows(out, scratch, first, count)
    return back
