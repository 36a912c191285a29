"""The ledger kernel: the twin's rules over a whole book in flat arrays, loans in parallel.

Covers every ``entries.Kind``; ``twin`` defines what each does, and a differential test holds the
two together. Compiled once by Numba and kept on disk. Interest is exact: whole minor units and
the remainder over (hundred-millionths × days of the year), both int64, so amounts up to
9·10¹⁰ minor units are safe at any rate up to 100 %.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
from numba import njit, prange

from carrears.delinquency.ledger.arrays import (
    BookArrays,
    Int8,
    Int32,
    Int64,
    Standing,
    TermsArrays,
    day_number,
    empty_standing,
)
from carrears.delinquency.ledger.entries import Kind
from carrears.delinquency.ledger.kernel_steps import (
    FEE,
    INTEREST,
    PENALTY,
    PRINCIPAL,
    accrue_rows,
    charge_row,
    pay_rows,
    restate_row,
    skip_closed,
    sort_rows,
    waive_rows,
)
from carrears.delinquency.ledger.kernel_totals import (
    days_past_due,
    oldest_unpaid,
    payoff_of,
    sum_rows,
)

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
BORNE = 7


def replay_book(
    book: BookArrays, terms: TermsArrays, *, as_of: date, known_on: date | None = None
) -> Standing:
    """How every loan stands at the end of ``as_of``, by what was known on ``known_on``."""
    out = empty_standing(book)
    rows = len(book.due_on) + len(book.terms_no)
    rest = np.zeros_like(out.owed)
    columns: list[Any] = [*book, *terms]
    replay: Any = _replay_loans  # its arguments are two tuples and more
    replay(
        *columns,
        out.arrears,
        out.overdue,
        out.outstanding,
        out.oldest_due,
        out.dpd,
        out.paused_days,
        out.credit,
        out.payoff,
        rest,
        out.paid,
        out.waived,
        out.row_due,
        out.row_paid_on,
        out.moved,
        np.zeros(rows, np.int32),
        np.zeros((rows, BORNE), np.int64),
        np.zeros(len(book.event_day), np.int8),
        day_number(as_of),
        NEVER if known_on is None else day_number(known_on),
    )
    np.add(rest, out.paid, out=out.owed)
    np.add(out.owed, out.waived, out=out.owed)
    return out


@njit(cache=True, parallel=True, error_model="numpy")
def _replay_loans(
    terms_no: Int32,
    due_start: Int64,
    due_from: Int32,
    due_on: Int32,
    due_principal: Int64,
    due_interest: Int64,
    due_fee: Int64,
    event_start: Int64,
    event_day: Int32,
    event_known: Int32,
    event_kind: Int8,
    event_amount: Int64,
    event_interest: Int64,
    event_ref: Int32,
    event_until: Int32,
    band_timings: Int8,
    band_order: Int8,
    by_row: Int8,
    advance: Int8,
    penalty_rate: Int64,
    penalty_year_days: Int64,
    penalty_grace_days: Int32,
    penalty_grace_rule: Int8,
    grace_days: Int32,
    grace_rule: Int8,
    materiality_minor: Int64,
    materiality_millionths: Int64,
    compound: Int8,
    pause_stops_penalty: Int8,
    pause_stops_days: Int8,
    charge_off_stops_penalty: Int8,
    payoff_interest: Int8,
    dpd_components: Int8,
    arrears: Int64,
    overdue: Int64,
    outstanding: Int64,
    oldest_due: Int32,
    dpd: Int32,
    paused_days: Int32,
    credits_: Int64,
    payoff: Int64,
    rest: Int64,
    paid: Int64,
    waived: Int64,
    row_due: Int32,
    row_paid_on: Int32,
    moved: Int64,
    order: Int32,
    borne: Int64,
    void: Int8,
    as_of: int,
    known: int,
) -> None:
    for loan in prange(len(terms_no)):
        no = terms_no[loan]
        begin, end = due_start[loan], due_start[loan + 1]
        first, count = begin + loan, end - begin + 1
        _start(
            due_on, due_principal, due_interest, due_fee, rest, row_due, order, begin, end, first
        )
        events, stop = event_start[loan], event_start[loan + 1]
        _mark_void(event_known, event_kind, event_ref, void, events, stop, known)
        timings, orders = band_timings[no], band_order[no]
        rate, year_days, grace = penalty_rate[no], penalty_year_days[no], penalty_grace_days[no]
        since, closed, credit, is_accruing = EVER, 0, 0, True
        pause_start, pause_end, paused = EVER, EVER, 0
        for event in range(events, stop + 1):
            # One turn more than there are entries brings the interest up to the day.
            is_end = event == stop or event_day[event] > as_of
            if not is_end and (event_known[event] > known or void[event] == 1):
                continue
            day = as_of if is_end else event_day[event]
            closed = skip_closed(rest, order, first, count, closed)
            if is_accruing and closed < count:
                accrue_rows(
                    rest, borne, row_due, order, first, count, closed, since, day, rate,
                    year_days, grace, penalty_grace_rule[no], compound[no],
                    pause_start, pause_end if pause_stops_penalty[no] == 1 else pause_start,
                )  # fmt: skip
            since = day
            if is_end:
                break
            kind, amount = event_kind[event], event_amount[event]
            if kind == PAUSE:
                if day > pause_end:
                    paused += pause_end - pause_start
                    pause_start, pause_end = day, day
                pause_end = max(pause_end, event_until[event])
            elif kind == RESUME:
                pause_end = min(pause_end, day)
            elif kind == PENALTY_RATE:
                rate = amount
            elif kind == CHARGE_OFF:
                is_accruing = charge_off_stops_penalty[no] == 0
            elif kind == REFUND:
                credit -= min(amount, credit)
            elif kind == WAIVER:
                waive_rows(rest, waived, order, first, count, event_ref[event], amount)
            elif kind != REVERSAL:
                money = amount
                if kind != PAYMENT:
                    closed = 0
                    money = credit + _change(
                        rest, paid, waived, borne, row_due, order, first, count, kind, amount,
                        event_interest[event], event_ref[event], event_until[event], day,
                    )  # fmt: skip
                    credit = 0
                credit += pay_rows(
                    rest, paid, row_due, row_paid_on, order, moved, timings, orders,
                    by_row[no], advance[no], first, count, closed, money, day, event,
                )  # fmt: skip
        paused += max(0, min(as_of, pause_end) - pause_start)
        sum_rows(rest, row_due, arrears, overdue, outstanding, loan, first, count, as_of)
        oldest = oldest_unpaid(
            rest, paid, waived, row_due, dpd_components[no], materiality_minor[no],
            materiality_millionths[no], first, count, as_of,
        )  # fmt: skip
        oldest_due[loan], paused_days[loan], credits_[loan] = oldest, paused, credit
        dpd[loan] = days_past_due(
            oldest, as_of, grace_days[no], grace_rule[no], pause_stops_days[no], paused
        )
        payoff[loan] = (
            payoff_of(
                rest, paid, waived, row_due, due_from, begin, first, count,
                payoff_interest[no], as_of,
            )
            - credit
        )  # fmt: skip


@njit(cache=True, error_model="numpy")
def _start(
    due_on: Int32,
    due_principal: Int64,
    due_interest: Int64,
    due_fee: Int64,
    rest: Int64,
    row_due: Int32,
    order: Int32,
    begin: int,
    end: int,
    first: int,
) -> None:
    """Set the rows of a loan to its contract, with the last row after them."""
    for place in range(end - begin):
        row_due[first + place] = due_on[begin + place]
        rest[first + place, FEE] = due_fee[begin + place]
        rest[first + place, INTEREST] = due_interest[begin + place]
        rest[first + place, PRINCIPAL] = due_principal[begin + place]
        order[first + place] = place
    tail = first + end - begin
    row_due[tail] = due_on[end - 1] if end > begin else EVER
    order[tail] = end - begin


@njit(cache=True, error_model="numpy")
def _mark_void(
    event_known: Int32,
    event_kind: Int8,
    event_ref: Int32,
    void: Int8,
    events: int,
    stop: int,
    known: int,
) -> None:
    """Mark the entries taken back; a reversal that was itself reversed takes back nothing."""
    for event in range(stop - 1, events - 1, -1):
        is_live = event_known[event] <= known and void[event] == 0
        if event_kind[event] == REVERSAL and is_live:
            void[events + event_ref[event]] = 1


@njit(cache=True, error_model="numpy")
def _change(
    rest: Int64,
    paid: Int64,
    waived: Int64,
    borne: Int64,
    row_due: Int32,
    order: Int32,
    first: int,
    count: int,
    kind: int,
    amount: int,
    interest: int,
    ref: int,
    until: int,
    day: int,
) -> int:
    """Charge or restate; the money that comes free."""
    back = 0
    if kind in (MOVE_DUE, RESTATE):
        row = first + ref
        if until >= 0:
            row_due[row] = until
        if kind == RESTATE:
            back += restate_row(rest, paid, waived, row, PRINCIPAL, amount)
            back += restate_row(rest, paid, waived, row, INTEREST, interest)
        sort_rows(row_due, order, first, count)
    else:
        part = FEE if kind == KIND_FEE else PENALTY if kind == KIND_PENALTY else PRINCIPAL
        charge_row(rest, paid, waived, borne, row_due, order, first, count, part, amount, day)
    return back
