"""From the book's rows, sorted by loan, to the arrays of the ledger's kernel, in one pass.

- The schedule is the one in force on the day, as far as it was known.
- Money taken back (冲正, returned debits) was never paid. A row that names its payment takes
  that one back, or, where payments have no numbers, the money of that payment's day; what exceeds
  it, and a row that names none, takes back the latest money before it, the newest first. What no
  earlier money covers is taken off the next that comes in. All money less all taken back remains.
- On one day charges, moves and pauses come first, then money, then refunds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from carrears.delinquency.ledger.arrays import Int8, Int32, Int64
from carrears.delinquency.ledger.entries import Kind

EVER, NEVER = -(2**31) + 1, 2**31 - 1  # days that no date reaches
PAYMENT, REFUND, MOVE_DUE = int(Kind.PAYMENT), int(Kind.REFUND), int(Kind.MOVE_DUE)
SKIPPED, COUNTS, NAMES_DAY = 0, 1, 2  # of a payment's row
UNNAMED = -1


class Rows(NamedTuple):
    """The book's rows, each table sorted by loan; days since 1970-01-01, money in minor units.

    ``due_live`` is 1 for the rows of the schedule in force; empty where all are. ``paid_role``
    is SKIPPED, COUNTS, or NAMES_DAY for a row that takes back money of its own day first;
    ``paid_target`` the row that a row names, else UNNAMED; empty where none does. ``event_ref`` of
    a moved due date is the instalment's ``seq``, of a waiver the component.
    """

    loan_id: Int64
    originated: Int32
    due_loan: Int64
    due_seq: Int32
    due_on: Int32
    due_principal: Int64
    due_interest: Int64
    due_fee: Int64
    due_live: Int8
    paid_loan: Int64
    paid_on: Int32
    paid_amount: Int64
    paid_role: Int8
    paid_target: Int64
    event_loan: Int64
    event_day: Int32
    event_kind: Int8
    event_amount: Int64
    event_ref: Int32
    event_until: Int32


class Dues(NamedTuple):
    """The instalments to fill, in order of loan and due date."""

    starts_on: Int32
    due_on: Int32
    principal: Int64
    interest: Int64
    fee: Int64
    seq: Int32


class Entries(NamedTuple):
    """The entries to fill; ``source`` is the payment's row, or -1 less the event's."""

    day: Int32
    kind: Int8
    amount: Int64
    ref: Int32
    until: Int32
    source: Int64


class Starts(NamedTuple):
    """To fill: where each loan's instalments and entries begin, with one more at the end."""

    due: Int64
    entry: Int64


@njit(cache=True, error_model="numpy", nogil=True)
def fill(rows: Rows, dues: Dues, entries: Entries, starts: Starts) -> None:
    """Fill ``dues``, ``entries`` and ``starts``."""
    backs = np.empty(len(rows.paid_loan), np.int64)  # rows that take back
    due_at, paid_at, event_at, count, made = 0, 0, 0, 0, 0
    due_loan, paid_loan, event_loan = rows.due_loan, rows.paid_loan, rows.event_loan
    due_start, entry_start = starts
    for loan in range(len(rows.loan_id)):
        number = rows.loan_id[loan]
        due_start[loan], entry_start[loan] = count, made
        while due_at < len(due_loan) and due_loan[due_at] < number:
            due_at += 1
        first = due_at
        while due_at < len(due_loan) and due_loan[due_at] == number:
            due_at += 1
        count = _instalments(rows, dues, rows.originated[loan], first, due_at, count)
        while event_at < len(event_loan) and event_loan[event_at] < number:
            event_at += 1
        first_event = event_at
        while event_at < len(event_loan) and event_loan[event_at] == number:
            event_at += 1
        if event_at > first_event:
            seq = dues.seq[due_start[loan] : count]
            made = _events(rows, entries, seq, first_event, event_at, made)
        while paid_at < len(paid_loan) and paid_loan[paid_at] < number:
            paid_at += 1
        first = paid_at
        while paid_at < len(paid_loan) and paid_loan[paid_at] == number:
            paid_at += 1
        made = _payments(rows, entries, backs, first, paid_at, made)
        if event_at > first_event:
            made = _refunds(rows, entries, first_event, event_at, made)
            _sort(entries, entry_start[loan], made)
    due_start[-1], entry_start[-1] = count, made


@njit(cache=True, error_model="numpy")
def _instalments(rows: Rows, dues: Dues, originated: int, first: int, end: int, begin: int) -> int:
    """Put a loan's schedule by due date, then number; how many instalments there are."""
    row_live, row_due, row_seq = rows.due_live, rows.due_on, rows.due_seq
    starts, due, seq = dues.starts_on, dues.due_on, dues.seq
    principal, interest, fee = dues.principal, dues.interest, dues.fee
    count = begin
    for row in range(first, end):
        if len(row_live) and row_live[row] == 0:
            continue
        at, on, no = count, row_due[row], row_seq[row]
        while at > begin and (due[at - 1] > on or (due[at - 1] == on and seq[at - 1] > no)):
            due[at], seq[at], principal[at] = due[at - 1], seq[at - 1], principal[at - 1]
            interest[at], fee[at] = interest[at - 1], fee[at - 1]
            at -= 1
        due[at], seq[at], principal[at] = on, no, rows.due_principal[row]
        interest[at], fee[at] = rows.due_interest[row], rows.due_fee[row]
        count += 1
    since = originated
    for at in range(begin, count):
        starts[at] = since
        since = due[at]
    return count


@njit(cache=True, error_model="numpy")
def _events(rows: Rows, entries: Entries, seq: Int32, first: int, end: int, made: int) -> int:
    """Put a loan's events, but refunds; how many entries there are.

    A move that names no instalment of the schedule only tells of rows issued anew.
    """
    for event in range(first, end):
        kind, ref = rows.event_kind[event], rows.event_ref[event]
        if kind == REFUND:
            continue
        if kind == MOVE_DUE:
            ref = _place(seq, ref)
            if ref < 0 or rows.event_until[event] < 0:
                continue
        _put(
            entries, made, rows.event_day[event], kind, rows.event_amount[event], ref,
            rows.event_until[event], -1 - event,
        )  # fmt: skip
        made += 1
    return made


@njit(cache=True, error_model="numpy")
def _place(seq: Int32, wanted: int) -> int:
    """Where an instalment lies; -1 where there is none of that number."""
    for place in range(len(seq)):
        if seq[place] == wanted:
            return place
    return -1


@njit(cache=True, error_model="numpy")
def _refunds(rows: Rows, entries: Entries, first: int, end: int, made: int) -> int:
    """Put a loan's refunds; how many entries there are."""
    for event in range(first, end):
        if rows.event_kind[event] == REFUND:
            day, amount = rows.event_day[event], rows.event_amount[event]
            _put(entries, made, day, REFUND, amount, -1, -1, -1 - event)
            made += 1
    return made


@njit(cache=True, error_model="numpy")
def _payments(rows: Rows, entries: Entries, backs: Int64, first: int, end: int, begin: int) -> int:
    """Put a loan's payments by their days, less what was taken back; how many entries there are."""
    role, paid_on, paid = rows.paid_role, rows.paid_on, rows.paid_amount
    day, kind, amount, source = entries.day, entries.kind, entries.amount, entries.source
    made, taken = begin, 0
    for row in range(first, end):
        if role[row] == SKIPPED:
            continue
        money, on = paid[row], paid_on[row]
        if money < 0:
            at = taken
            while at > 0 and paid_on[backs[at - 1]] > on:
                backs[at] = backs[at - 1]
                at -= 1
            backs[at] = row
            taken += 1
        elif money > 0:
            at = made
            while at > begin and day[at - 1] > on:
                day[at], amount[at], source[at] = day[at - 1], amount[at - 1], source[at - 1]
                at -= 1
            day[at], kind[made], amount[at], source[at] = on, PAYMENT, money, row
            made += 1
    if taken:
        _take_back(rows, entries, begin, made, backs[:taken])
        made = _without_zeros(entries, begin, made)
    return made


@njit(cache=True, error_model="numpy")
def _take_back(rows: Rows, entries: Entries, begin: int, end: int, backs: Int64) -> None:
    """Take money back from the payments ``begin`` to before ``end``, in order of their days."""
    day, left = entries.day, entries.amount
    rest = np.empty(len(backs), np.int64)
    for back in range(len(backs)):
        row = backs[back]
        rest[back] = -rows.paid_amount[row]
        for place in range(end - 1, begin - 1, -1):
            if _is_named(rows, row, entries.source[place], day[place]):
                part = min(rest[back], left[place])
                left[place] -= part
                rest[back] -= part
    owing, place = 0, begin
    for back in range(len(backs)):
        while place < end and day[place] <= rows.paid_on[backs[back]]:
            owing = _take_off(left, place, owing)
            place += 1
        open_ = rest[back]
        for earlier in range(place - 1, begin - 1, -1):
            open_ = _take_off(left, earlier, open_)
        owing += open_
    while place < end:
        owing = _take_off(left, place, owing)
        place += 1


@njit(cache=True, error_model="numpy")
def _is_named(rows: Rows, row: int, payment: int, day: int) -> bool:
    """Whether the row takes back this payment, or one of its day where payments have no number."""
    if len(rows.paid_target) and rows.paid_target[row] != UNNAMED:
        return bool(rows.paid_target[row] == payment)
    return bool(rows.paid_role[row] == NAMES_DAY and rows.paid_on[row] == day)


@njit(cache=True, error_model="numpy")
def _take_off(left: Int64, place: int, amount: int) -> int:
    """Take up to ``amount`` off one payment; what is still to take."""
    part: int = min(amount, left[place])
    left[place] -= part
    return amount - part


@njit(cache=True, error_model="numpy")
def _without_zeros(entries: Entries, begin: int, end: int) -> int:
    """Drop payments of which nothing is left; how many entries there are."""
    made = begin
    for place in range(begin, end):
        if entries.amount[place] != 0:
            entries.day[made], entries.amount[made] = entries.day[place], entries.amount[place]
            entries.source[made] = entries.source[place]
            made += 1
    return made


@njit(cache=True, error_model="numpy")
def _put(
    entries: Entries, at: int, day: int, kind: int, amount: int, ref: int, until: int, source: int
) -> None:
    entries.day[at], entries.kind[at], entries.amount[at] = day, kind, amount
    entries.ref[at], entries.until[at], entries.source[at] = ref, until, source


@njit(cache=True, error_model="numpy")
def _sort(entries: Entries, begin: int, end: int) -> None:
    """Order a loan's entries by day, else as they are: an insertion, for few are out of place."""
    for place in range(begin + 1, end):
        day = entries.day[place]
        if entries.day[place - 1] <= day:
            continue
        kind, amount = entries.kind[place], entries.amount[place]
        ref, until, source = entries.ref[place], entries.until[place], entries.source[place]
        at = place
        while at > begin and entries.day[at - 1] > day:
            _put(
                entries, at, entries.day[at - 1], entries.kind[at - 1], entries.amount[at - 1],
                entries.ref[at - 1], entries.until[at - 1], entries.source[at - 1],
            )  # fmt: skip
            at -= 1
        _put(entries, at, day, kind, amount, ref, until, source)


def empty_dues(rows: int) -> Dues:
    """Room for so many instalments; pages that stay unused cost nothing."""
    return Dues(
        starts_on=np.empty(rows, np.int32),
        due_on=np.empty(rows, np.int32),
        principal=np.empty(rows, np.int64),
        interest=np.empty(rows, np.int64),
        fee=np.empty(rows, np.int64),
        seq=np.empty(rows, np.int32),
    )


def empty_entries(rows: int) -> Entries:
    """Room for so many entries, zeroed."""
    return Entries(
        day=np.zeros(rows, np.int32),
        kind=np.zeros(rows, np.int8),
        amount=np.zeros(rows, np.int64),
        ref=np.zeros(rows, np.int32),
        until=np.zeros(rows, np.int32),
        source=np.zeros(rows, np.int64),
    )


def empty_starts(loans: int) -> Starts:
    """Room for so many loans."""
    return Starts(np.zeros(loans + 1, np.int64), np.zeros(loans + 1, np.int64))
