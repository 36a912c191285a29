"""The ledger kernel: the twin's rules over a book of loans in flat arrays.

Covers every ``entries.Kind``; ``twin`` defines what each does, and a differential test holds the
two together. Compiled once by Numba and kept on disk. Interest is exact: whole minor units and
the remainder over (hundred-millionths × days of the year), both int64, so amounts up to
9·10¹⁰ minor units are safe at any rate up to 100 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
from numba import njit

from carrears.delinquency.ledger.arrays import (
    BookArrays,
    Int8,
    Int32,
    Int64,
    Standing,
    TermsArrays,
    day_number,
    empty_standing,
    split_standing,
)
from carrears.delinquency.ledger.entries import Kind
from carrears.delinquency.ledger.habits import looked_back
from carrears.delinquency.ledger.kernel_habits import UNPAID, note_paid
from carrears.delinquency.ledger.kernel_standing import note_standing
from carrears.delinquency.ledger.kernel_steps import (
    BORNE,
    COMPOUND,
    FEE,
    INTEREST,
    PARTS,
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
from carrears.delinquency.ledger.kernel_totals import EVER

NEVER = 2**31 - 1  # a day after every date
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
PENALTY_RATE, CHARGE_OFF, RESTATE_FEE = (
    int(Kind.PENALTY_RATE),
    int(Kind.CHARGE_OFF),
    int(Kind.RESTATE_FEE),
)


def replay_book(
    book: BookArrays,
    terms: TermsArrays,
    *,
    as_of: date,
    known_on: date | None = None,
    detail: bool = False,
) -> Standing:
    """How every loan stands at the end of ``as_of``, by what was known on ``known_on``.

    ``detail`` adds what each instalment owes and what each entry paid. Runs on the calling
    thread without Python's lock, so that threads can take a part of a book each.
    """
    out = empty_standing(book, detail=detail)
    _replay(book, terms, out, days=[as_of], known_on=known_on, detail=detail)
    return out


def replay_days(book: BookArrays, terms: TermsArrays, *, days: Sequence[date]) -> list[Standing]:
    """How every loan stands at the end of each of ``days``, which are in order, in one replay.

    What was known when plays no part. Runs as ``replay_book`` does.

    Raises:
        ValueError: an entry takes another back, which would be so on the days before it, too.
    """
    if len(days) > 1 and np.any(book.event_kind == REVERSAL):
        raise ValueError("a book with reversals is replayed day by day")
    out = empty_standing(book, days=len(days))
    _replay(book, terms, out, days=days, known_on=None, detail=False)
    return split_standing(out, days=len(days))


def _replay(
    book: BookArrays,
    terms: TermsArrays,
    out: Standing,
    *,
    days: Sequence[date],
    known_on: date | None,
    detail: bool,
) -> None:
    columns: list[Any] = [*book, *terms, *out]
    known = NEVER if known_on is None else day_number(known_on)
    asked = [[day_number(one) for one in (day, *looked_back(day))] for day in days]
    replay: Any = _replay_loans  # its arguments are three tuples and more
    replay(*columns, *np.array(asked, np.int32).T.copy(), known, detail)


@njit(cache=True, error_model="numpy", nogil=True)
def _replay_loans(
    terms_no: Int32,
    penalty_rate: Int64,
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
    gives_back_unearned: Int8,
    dpd_components: Int8,
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
    out_owed: Int64,
    out_paid: Int64,
    out_waived: Int64,
    out_due: Int32,
    out_paid_on: Int32,
    out_moved: Int64,
    days: Int32,
    began: Int32,
    new_from: Int32,
    known: int,
    detail: bool,
) -> None:
    """Replay all loans to the end of each of ``days``, which are in order."""
    # One function on purpose: each entry reads and moves a dozen plain numbers (what is closed, the
    # credit, the pause, the rate), which a function of their own could only take and give back.
    rows, most, loans = 1, 1, len(terms_no)
    for loan in range(loans):
        rows = max(rows, due_start[loan + 1] - due_start[loan] + 1)
        most = max(most, event_start[loan + 1] - event_start[loan])
    # One set of working arrays for all loans: they stay near the processor.
    rest, paid = np.empty((rows, PARTS), np.int64), np.empty((rows, PARTS), np.int64)
    waived, borne = np.empty((rows, PARTS), np.int64), np.empty((rows, BORNE), np.int64)
    row_due, row_paid_on = np.empty(rows, np.int32), np.empty(rows, np.int32)
    paid_from = np.empty(rows, np.int32)
    order, void, moved = (
        np.empty(rows, np.int32),
        np.empty(most, np.int8),
        np.zeros(PARTS, np.int64),
    )
    for loan in range(loans):
        no = terms_no[loan]
        begin, count = due_start[loan], due_start[loan + 1] - due_start[loan] + 1
        _start(due_on, due_principal, due_interest, due_fee, rest, row_due, order, begin, count)
        paid[:count] = 0
        waived[:count] = 0
        borne[:count] = 0
        row_paid_on[:count] = -1
        paid_from[:count] = UNPAID
        events, end = event_start[loan], event_start[loan + 1]
        _mark_void(event_known, event_kind, event_ref, void, events, end, known)
        timings, orders = band_timings[no], band_order[no]
        rate = penalty_rate[loan]
        since, closed, credit, is_accruing = EVER, 0, 0, True
        pause_start, pause_end, paused = EVER, EVER, 0
        components, minor = dpd_components[no], materiality_minor[no]
        share = materiality_millionths[no]
        paid_rows = note_paid(
            rest, paid, waived, order, paid_from, components, minor, share, count, 0, 0, EVER
        )
        event = events
        for turn in range(len(days)):
            as_of = days[turn]
            while True:
                # One turn after the entries until the day brings the interest up to it.
                is_end = event == end or event_day[event] > as_of
                day = as_of if is_end else event_day[event]
                is_left_out = not is_end and (
                    event_known[event] > known or void[event - events] == 1
                )
                if is_left_out:
                    event += 1
                    continue
                closed = skip_closed(rest, order, count, closed)
                if is_accruing and closed < count:
                    accrue_rows(
                        rest, borne, row_due, order, count, closed, since, day, rate,
                        penalty_year_days[no], penalty_grace_days[no], penalty_grace_rule[no],
                        compound[no], pause_start,
                        pause_end if pause_stops_penalty[no] == 1 else pause_start,
                    )  # fmt: skip
                if closed < paid_rows:
                    # What was left of them as immaterial may have grown.
                    paid_rows = note_paid(
                        rest, paid, waived, order, paid_from, components, minor, share,
                        count, closed, paid_rows, day,
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
                    waive_rows(rest, waived, order, count, event_ref[event], amount)
                    paid_rows = note_paid(
                        rest, paid, waived, order, paid_from, components, minor, share,
                        count, closed, paid_rows, day,
                    )  # fmt: skip
                elif kind != REVERSAL:
                    money, known_rows = amount, paid_rows
                    if kind != PAYMENT:
                        closed, known_rows = 0, count
                        money = credit + _change(
                            rest, paid, waived, borne, row_due, order, count, kind, amount,
                            event_interest[event], event_ref[event], event_until[event], day,
                        )  # fmt: skip
                        credit = 0
                    credit += pay_rows(
                        rest, paid, row_due, row_paid_on, order, moved, timings, orders,
                        by_row[no], advance[no], count, closed, money, day,
                    )  # fmt: skip
                    paid_rows = note_paid(
                        rest, paid, waived, order, paid_from, components, minor, share,
                        count, closed, known_rows, day,
                    )  # fmt: skip
                    if detail:
                        out_moved[event] = moved
                        moved[:] = 0
                event += 1
            is_new = count > 1 and due_from[begin] > new_from[turn]
            paused_by_now = paused + max(0, min(as_of, pause_end) - pause_start)
            note_standing(
                arrears, overdue, outstanding, oldest_due, dpd, paused_days, credits_, payoff,
                due_total, paid_ahead, behind, next_due, next_amount, habits,
                turn * loans + loan, rest, paid, waived, row_due, order, paid_from, components,
                minor, share, count, closed, as_of, began[turn], is_new, credit, paused_by_now,
                grace_days[no], grace_rule[no], pause_stops_days[no], due_from, begin,
                payoff_interest[no], gives_back_unearned[no],
            )  # fmt: skip
        if detail:
            first = begin + loan
            out_paid[first : first + count] = paid[:count]
            out_waived[first : first + count] = waived[:count]
            out_owed[first : first + count] = rest[:count] + paid[:count] + waived[:count]
            out_due[first : first + count] = row_due[:count]
            out_paid_on[first : first + count] = row_paid_on[:count]


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
    count: int,
) -> None:
    """Set the rows of a loan to its contract, with the last row after them."""
    for row in range(count - 1):
        row_due[row] = due_on[begin + row]
        rest[row, PENALTY] = 0
        rest[row, COMPOUND] = 0
        rest[row, FEE] = due_fee[begin + row]
        rest[row, INTEREST] = due_interest[begin + row]
        rest[row, PRINCIPAL] = due_principal[begin + row]
        order[row] = row
    tail = count - 1
    rest[tail] = 0
    row_due[tail] = EVER
    for row in range(tail):
        row_due[tail] = max(row_due[tail], row_due[row])
    order[tail] = tail
    sort_rows(row_due, order, count)


@njit(cache=True, error_model="numpy")
def _mark_void(
    event_known: Int32,
    event_kind: Int8,
    event_ref: Int32,
    void: Int8,
    events: int,
    end: int,
    known: int,
) -> None:
    """Mark the entries taken back; a reversal that was itself reversed takes back nothing."""
    for place in range(end - events):
        void[place] = 0
    for place in range(end - events - 1, -1, -1):
        event = events + place
        if event_kind[event] == REVERSAL and event_known[event] <= known and void[place] == 0:
            void[event_ref[event]] = 1


@njit(cache=True, error_model="numpy")
def _change(
    rest: Int64,
    paid: Int64,
    waived: Int64,
    borne: Int64,
    row_due: Int32,
    order: Int32,
    count: int,
    kind: int,
    amount: int,
    interest: int,
    row: int,
    until: int,
    day: int,
) -> int:
    """Charge or restate; the money that comes free."""
    back = 0
    if kind in (MOVE_DUE, RESTATE):
        if until >= 0:
            row_due[row] = until
        if kind == RESTATE:
            back += restate_row(rest, paid, waived, row, PRINCIPAL, amount)
            back += restate_row(rest, paid, waived, row, INTEREST, interest)
        sort_rows(row_due, order, count)
    elif kind == RESTATE_FEE:
        back += restate_row(rest, paid, waived, row, FEE, amount)
    else:
        part = FEE if kind == KIND_FEE else PENALTY if kind == KIND_PENALTY else PRINCIPAL
        charge_row(rest, paid, waived, borne, row_due, order, count, part, amount, day)
    return back
