"""From the book's rows, sorted by loan, to the arrays of the kernel, in one pass.

What a row becomes:

- The first version of an instalment is the contract. A version that takes its place later
  restates it from its ``effective_on`` on; an instalment that ends without one is restated to
  nothing, and one that comes later owes nothing until then. What was overdue before a deferral
  therefore bore its penalty until the deferral.
- Money taken back was never paid: a negative payment that names another takes that day's money,
  what exceeds it and one that names none the latest money up to its day, the newest first; what
  no money covers is taken off what comes in next. All money less all taken back remains.
- Payments known later than ``known_on`` or of a later day than ``as_of`` are left out here, for
  what was taken back depends on it; the kernel leaves out the other entries.
- Entries of one day count in this order: restated instalments, events, payments, refunds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from carrears.delinquency.ledger.arrays import Int8, Int32, Int64
from carrears.delinquency.ledger.entries import Kind

EVER, NEVER = -(2**31) + 1, 2**31 - 1  # days that no date reaches
PAYMENT, REFUND = int(Kind.PAYMENT), int(Kind.REFUND)
RESTATE, RESTATE_FEE, MOVE_DUE = int(Kind.RESTATE), int(Kind.RESTATE_FEE), int(Kind.MOVE_DUE)
IGNORED, MONEY, NAMED = 0, 1, 2  # of a payment: no instalment money; counts; names another


class Rows(NamedTuple):
    """The book's rows, each table sorted by loan; days since 1970-01-01, money in minor units.

    ``row_from`` is EVER and ``row_until`` NEVER where null; ``event_kind`` an ``entries.Kind``;
    ``event_ref`` of a waiver is the component, of a moved due date the instalment's ``seq``.
    """

    loan_id: Int64
    originated: Int32
    row_loan: Int64
    row_seq: Int32
    row_due: Int32
    row_principal: Int64
    row_interest: Int64
    row_fee: Int64
    row_from: Int32
    row_from_known: Int32
    row_until: Int32
    row_until_known: Int32
    paid_loan: Int64
    paid_day: Int32
    paid_known: Int32
    paid_amount: Int64
    paid_role: Int8
    event_loan: Int64
    event_day: Int32
    event_known: Int32
    event_kind: Int8
    event_amount: Int64
    event_ref: Int32
    event_until: Int32


class Entries(NamedTuple):
    """The columns of the entries to fill."""

    day: Int32
    known: Int32
    kind: Int8
    amount: Int64
    interest: Int64
    ref: Int32
    until: Int32


class Contract(NamedTuple):
    """The columns of the instalments to fill; ``seq`` is each one's number."""

    starts: Int32
    due: Int32
    principal: Int64
    interest: Int64
    fee: Int64
    seq: Int32


@njit(cache=True, error_model="numpy", nogil=True)
def fill_arrays(
    rows: Rows,
    contract: Contract,
    entries: Entries,
    due_start: Int64,
    event_start: Int64,
    as_of: int,
    known_on: int,
) -> int:
    """Fill the arrays; the place of an event that moves an instalment its loan lacks, else -1."""
    # Taken out of their tuples once: each use of a tuple counts its arrays anew.
    row_loan, row_seq, row_due = rows.row_loan, rows.row_seq, rows.row_due
    row_principal, row_interest, row_fee = rows.row_principal, rows.row_interest, rows.row_fee
    row_from, row_until = rows.row_from, rows.row_until
    paid_loan, paid_day, paid_known = rows.paid_loan, rows.paid_day, rows.paid_known
    paid_amount, paid_role = rows.paid_amount, rows.paid_role
    event_loan, loan_id, originated = rows.event_loan, rows.loan_id, rows.originated
    due_starts, due, seq = contract.starts, contract.due, contract.seq
    principal, interest, fee = contract.principal, contract.interest, contract.fee
    day, known, kind, money = entries.day, entries.known, entries.kind, entries.amount
    taken = np.empty(len(paid_loan), np.int64)  # rows that take back
    at, paid, event, count, made = 0, 0, 0, 0, 0
    row_end, paid_end, event_end = len(row_loan), len(paid_loan), len(event_loan)
    for loan in range(len(loan_id)):
        number = loan_id[loan]
        due_start[loan], event_start[loan] = count, made
        while at < row_end and row_loan[at] < number:
            at += 1
        starts = originated[loan]
        while at < row_end and row_loan[at] == number:
            end = at + 1
            while end < row_end and row_loan[end] == number and row_seq[end] == row_seq[at]:
                end += 1
            due_starts[count], seq[count] = starts, row_seq[at]
            if end == at + 1 and row_from[at] == EVER and row_until[at] == NEVER:
                due[count], principal[count] = row_due[at], row_principal[at]
                interest[count], fee[count] = row_interest[at], row_fee[at]
            else:
                made = _restated(
                    rows, contract, entries, at, end, count, count - due_start[loan], made
                )
            starts = due[count]
            count += 1
            at = end
        while event < event_end and event_loan[event] < number:
            event += 1
        first = event
        while event < event_end and event_loan[event] == number:
            event += 1
        if event > first:
            begin = made
            made = _events(rows, entries, seq[due_start[loan] : count], first, event, made)
            if made < begin:
                return -1 - made
        while paid < paid_end and paid_loan[paid] < number:
            paid += 1
        begin, backs = made, 0
        while paid < paid_end and paid_loan[paid] == number:
            counts = paid_role[paid] != IGNORED and paid_known[paid] <= known_on
            if counts and paid_day[paid] <= as_of:
                if paid_amount[paid] < 0:
                    taken[backs] = paid
                    backs += 1
                else:
                    day[made], known[made] = paid_day[paid], paid_known[paid]
                    kind[made], money[made] = PAYMENT, paid_amount[paid]
                    made += 1
            paid += 1
        if backs:
            _take_back(rows, entries, begin, made, taken[:backs])
        if event > first:
            made = _refunds(rows, entries, first, event, made)
        for place in range(event_start[loan] + 1, made):
            if day[place] < day[place - 1]:
                _sort(entries, event_start[loan], made)
                break
    due_start[-1], event_start[-1] = count, made
    return -1


@njit(cache=True, error_model="numpy")
def _events(rows: Rows, entries: Entries, seq: Int32, first: int, end: int, made: int) -> int:
    """Put a loan's events, but refunds; how many entries there are (-1 - place: a bad one)."""
    for event in range(first, end):
        kind, ref = rows.event_kind[event], rows.event_ref[event]
        if kind == REFUND:
            continue
        if kind == MOVE_DUE:
            ref = -1
            for place in range(len(seq)):
                if seq[place] == rows.event_ref[event]:
                    ref = place
            if ref < 0:
                return -1 - event
        _put(
            entries, made, rows.event_day[event], rows.event_known[event], kind,
            rows.event_amount[event], ref, rows.event_until[event],
        )  # fmt: skip
        made += 1
    return made


@njit(cache=True, error_model="numpy")
def _refunds(rows: Rows, entries: Entries, first: int, end: int, made: int) -> int:
    """Put a loan's refunds; how many entries there are."""
    for event in range(first, end):
        if rows.event_kind[event] == REFUND:
            day, known = rows.event_day[event], rows.event_known[event]
            _put(entries, made, day, known, REFUND, rows.event_amount[event], -1, -1)
            made += 1
    return made


@njit(cache=True, error_model="numpy")
def _take_back(rows: Rows, entries: Entries, begin: int, end: int, taken: Int64) -> None:
    """Take money back from the payments ``begin`` to before ``end``, in order of their days."""
    rest = np.empty(len(taken), np.int64)
    for back in range(len(taken)):
        row = taken[back]
        rest[back] = -rows.paid_amount[row]
        if rows.paid_role[row] == NAMED:
            for place in range(end - 1, begin - 1, -1):
                if entries.day[place] == rows.paid_day[row]:
                    part = min(rest[back], entries.amount[place])
                    entries.amount[place] -= part
                    rest[back] -= part
    for back in range(len(taken)):
        after = end
        while after > begin and entries.day[after - 1] > rows.paid_day[taken[back]]:
            after -= 1
        for step in range(end - begin):
            # The newest up to its day first, then what comes in next.
            place = after - 1 - step if step < after - begin else begin + step
            part = min(rest[back], entries.amount[place])
            entries.amount[place] -= part
            rest[back] -= part


@njit(cache=True, error_model="numpy")
def _put(
    entries: Entries, at: int, day: int, known: int, kind: int, amount: int, ref: int, until: int
) -> None:
    entries.day[at], entries.known[at], entries.kind[at] = day, known, kind
    entries.amount[at], entries.ref[at], entries.until[at] = amount, ref, until


@njit(cache=True, error_model="numpy")
def _restated(
    rows: Rows,
    contract: Contract,
    entries: Entries,
    at: int,
    end: int,
    count: int,
    place: int,
    made: int,
) -> int:
    """One instalment out of its versions ``at`` to before ``end``; how many entries there are."""
    first = at
    for version in range(at + 1, end):
        if rows.row_from[version] < rows.row_from[first]:
            first = version
    contract.due[count] = rows.row_due[first]
    is_later = rows.row_from[first] != EVER
    contract.principal[count] = 0 if is_later else rows.row_principal[first]
    contract.interest[count] = 0 if is_later else rows.row_interest[first]
    contract.fee[count] = 0 if is_later else rows.row_fee[first]
    fee = contract.fee[count]
    day = EVER
    while True:
        version = _next_version(rows, at, end, day)
        if version < 0:
            break
        day = rows.row_from[version]
        known = rows.row_from_known[version]
        if rows.row_fee[version] != fee:
            _put(entries, made, day, known, RESTATE_FEE, rows.row_fee[version], place, -1)
            fee = rows.row_fee[version]
            made += 1
        _put(
            entries, made, day, known, RESTATE, rows.row_principal[version], place,
            rows.row_due[version],
        )  # fmt: skip
        entries.interest[made] = rows.row_interest[version]
        made += 1
    for version in range(at, end):
        if rows.row_until[version] != NEVER and not _begins(rows, at, end, rows.row_until[version]):
            until, known = rows.row_until[version], rows.row_until_known[version]
            _put(entries, made, until, known, RESTATE, 0, place, -1)
            _put(entries, made + 1, until, known, RESTATE_FEE, 0, place, -1)
            made += 2
    return made


@njit(cache=True, error_model="numpy")
def _next_version(rows: Rows, at: int, end: int, day: int) -> int:
    """The version that takes effect next after ``day``; -1 for none."""
    found = -1
    for version in range(at, end):
        begins = rows.row_from[version]
        if begins > day and (found < 0 or begins < rows.row_from[found]):
            found = version
    return found


@njit(cache=True, error_model="numpy")
def _begins(rows: Rows, at: int, end: int, day: int) -> bool:
    """Whether a version takes effect on the day."""
    found = False
    for version in range(at, end):
        found |= rows.row_from[version] == day
    return found


@njit(cache=True, error_model="numpy")
def _sort(entries: Entries, begin: int, end: int) -> None:
    """Order a loan's entries by day, else as they are: an insertion, for few are out of place."""
    for place in range(begin + 1, end):
        day = entries.day[place]
        if entries.day[place - 1] <= day:
            continue
        known, kind, amount = entries.known[place], entries.kind[place], entries.amount[place]
        interest, ref, until = entries.interest[place], entries.ref[place], entries.until[place]
        at = place
        while at > begin and entries.day[at - 1] > day:
            _put(
                entries, at, entries.day[at - 1], entries.known[at - 1], entries.kind[at - 1],
                entries.amount[at - 1], entries.ref[at - 1], entries.until[at - 1],
            )  # fmt: skip
            entries.interest[at] = entries.interest[at - 1]
            at -= 1
        _put(entries, at, day, known, kind, amount, ref, until)
        entries.interest[at] = interest


def empty_contract(rows: int) -> Contract:
    """Room for so many instalments; pages that stay unused cost nothing."""
    return Contract(
        starts=np.empty(rows, np.int32),
        due=np.empty(rows, np.int32),
        principal=np.empty(rows, np.int64),
        interest=np.empty(rows, np.int64),
        fee=np.empty(rows, np.int64),
        seq=np.empty(rows, np.int32),
    )


def empty_entries(rows: int) -> Entries:
    """Room for so many entries, zeroed."""
    return Entries(
        day=np.empty(rows, np.int32),
        known=np.empty(rows, np.int32),
        kind=np.empty(rows, np.int8),
        amount=np.empty(rows, np.int64),
        interest=np.zeros(rows, np.int64),
        ref=np.zeros(rows, np.int32),
        until=np.zeros(rows, np.int32),
    )
