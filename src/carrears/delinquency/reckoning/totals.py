"""Totals of what came in and fell due, to the end of some days: ``pattern`` in arrays.

``totals_of`` reads the very columns that the ledger's arrays are made of; a plain count in the
tests holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from carrears.delinquency.ledger.arrays import Int8, Int32, Int64, day_number
from carrears.delinquency.pattern import EVENTS, RECENT_INSTALMENTS, Lateness, looked_at
from carrears.delinquency.reckoning.columns import days as days_of
from carrears.delinquency.reckoning.columns import days_or, integers, texts, with_columns
from carrears.delinquency.reckoning.intake import EVER, NEVER, SKIPPED

MILLION = 1_000_000


class Receipts(NamedTuple):
    """The book's payments as ``intake.Rows`` has them; loan i's from ``start[i]`` to ``end[i]``."""

    start: Int64
    end: Int64
    paid_on: Int32
    amount: Int64
    role: Int8


class Schedule(NamedTuple):
    """The instalments in force, in order of loan and agreed due date; loan i's from ``start[i]``.

    A part of what falls due each.
    """

    start: Int64
    due_on: Int32
    principal: Int64
    interest: Int64
    fee: Int64


class Totals(NamedTuple):
    """Of each loan: money in minor units to the end of a day.

    ``paid_total`` is what came in less what was taken back; ``last_paid_on`` (EVER: never) may be
    of money that was taken back later. The others are told by ``pattern.PATTERN``.
    """

    paid_total: Int64
    last_paid_on: Int32
    due_3m: Int64
    due_6m: Int64
    paid_3m: Int64
    paid_6m: Int64
    late: Int32


def totals_of(
    receipts: Receipts, schedule: Schedule, *, days: Sequence[date], lateness: Lateness
) -> list[Totals]:
    """The totals at the end of each of ``days``."""
    found = []
    for day in days:
        totals = _empty(len(receipts.start))
        columns: list[Any] = [*receipts, *schedule, *totals]
        spans = [day_number(one) for one in (day, *looked_at(day)[:2])]
        count: Any = _count  # its arguments are three tuples and more
        count(*columns, *spans, lateness.after_days, int(lateness.shortfall_share * MILLION))
        found.append(totals)
    return found


def count_events(
    events: pa.Table, loan_ids: Int64, *, as_of: date, known_on: date | None = None
) -> dict[str, Int32]:
    """How many ``EVENTS`` of each kind each loan had in the 12 months to ``as_of``, as known."""
    events = with_columns("events", events)
    happened, since = days_of(events, "happened_on", NEVER), looked_at(as_of)[2]
    counts = (happened <= day_number(as_of)) & (happened > day_number(since))
    if known_on is not None:
        counts &= days_or(events, "known_on", happened) <= day_number(known_on)
    kinds, names = texts(events, "kind")
    loan, found = integers(events, "loan_id"), {}
    for column, kind in EVENTS.items():
        asked = loan[counts & np.array([name == kind for name in names], np.bool_)[kinds]]
        place = np.searchsorted(loan_ids, asked)
        place = place[np.take(loan_ids, place, mode="clip") == asked]
        found[column] = np.bincount(place, minlength=len(loan_ids)).astype(np.int32)
    return found


def _empty(loans: int) -> Totals:
    return Totals(
        paid_total=np.zeros(loans, np.int64),
        last_paid_on=np.full(loans, EVER, np.int32),
        due_3m=np.zeros(loans, np.int64),
        due_6m=np.zeros(loans, np.int64),
        paid_3m=np.zeros(loans, np.int64),
        paid_6m=np.zeros(loans, np.int64),
        late=np.zeros(loans, np.int32),
    )


@njit(cache=True, error_model="numpy", nogil=True)
def _count(
    paid_start: Int64,
    paid_end: Int64,
    paid_on: Int32,
    paid: Int64,
    role: Int8,
    due_start: Int64,
    due_on: Int32,
    principal: Int64,
    interest: Int64,
    fee: Int64,
    paid_total: Int64,
    last_paid_on: Int32,
    due_3m: Int64,
    due_6m: Int64,
    paid_3m: Int64,
    paid_6m: Int64,
    late: Int32,
    day: int,
    day_3m: int,
    day_6m: int,
    after_days: int,
    share: int,
) -> None:
    """Fill the totals of all loans at the end of ``day``."""
    for loan in range(len(paid_start)):
        first, end = paid_start[loan], paid_end[loan]
        is_sorted = _receive(
            paid_on, paid, role, paid_total, last_paid_on, paid_3m, paid_6m,
            loan, first, end, day, day_3m, day_6m,
        )  # fmt: skip
        total = paid_total[loan]
        begin, place, up_to = due_start[loan], due_start[loan], 0
        while place < due_start[loan + 1] and due_on[place] <= day:
            up_to += max(0, principal[place] + interest[place] + fee[place])
            place += 1
        seen, in_time = 0, total
        while place > begin and (seen < RECENT_INSTALMENTS or due_on[place - 1] > day_6m):
            place -= 1
            due, amount = due_on[place], principal[place] + interest[place] + fee[place]
            if amount <= 0:
                continue
            due_3m[loan] += amount if due > day_3m else 0
            due_6m[loan] += amount if due > day_6m else 0
            if seen < RECENT_INSTALMENTS:
                judged_on = min(day, due + after_days)
                if is_sorted:
                    # An instalment is judged no later than the one after it.
                    while end > first and paid_on[end - 1] > judged_on:
                        end -= 1
                        if role[end] != SKIPPED and paid_on[end] <= day:
                            in_time -= paid[end]
                else:
                    in_time = _paid_by(paid_on, paid, role, first, end, judged_on)
                late[loan] += 1 if (up_to - in_time) * MILLION > amount * share else 0
            seen += 1
            up_to -= amount


@njit(cache=True, error_model="numpy")
def _receive(
    paid_on: Int32,
    paid: Int64,
    role: Int8,
    paid_total: Int64,
    last_paid_on: Int32,
    paid_3m: Int64,
    paid_6m: Int64,
    loan: int,
    first: int,
    end: int,
    day: int,
    day_3m: int,
    day_6m: int,
) -> bool:
    """Fill what came in for a loan, in the rows from ``first``; whether these are in order."""
    total, before, is_sorted = 0, EVER, True
    for row in range(first, end):
        on = paid_on[row]
        is_sorted &= on >= before
        before = on
        if role[row] != SKIPPED and on <= day:
            total += paid[row]
            paid_3m[loan] += paid[row] if on > day_3m else 0
            paid_6m[loan] += paid[row] if on > day_6m else 0
            if paid[row] > 0:
                last_paid_on[loan] = max(last_paid_on[loan], on)
    paid_total[loan] = total
    return is_sorted


@njit(cache=True, error_model="numpy")
def _paid_by(paid_on: Int32, paid: Int64, role: Int8, first: int, end: int, day: int) -> int:
    """Money that came in until a day."""
    total = 0
    for row in range(first, end):
        if paid_on[row] <= day and role[row] != SKIPPED:
            total += paid[row]
    return total
