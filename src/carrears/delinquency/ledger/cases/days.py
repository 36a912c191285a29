"""Days past due of a case by its conventions: grace, pauses, ranges, chargebacks.

Days past due count from the oldest instalment with anything outstanding that fell due before the
day; delinquent days are less the grace and the paused days. A chargeback's part is overdue from
the day of the chargeback.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from carrears.delinquency.ledger.cases.reading import Case, parse_whole
from carrears.delinquency.ledger.cases.state import Instalment, Loan

RANGES = (
    ("RANGE_1", 1), ("RANGE_3", 4), ("RANGE_30", 31), ("RANGE_60", 61), ("RANGE_90", 91),
    ("RANGE_120", 121), ("RANGE_150", 151), ("RANGE_180", 181), ("RANGE_240", 241),
)  # fmt: skip


@dataclass(slots=True)
class Pause:
    """A pause; both ends belong to it."""

    start: date
    end: date

    def days(self, day: date) -> int:
        """Days it takes off until a day."""
        return max(0, (min(self.end, day) - self.start).days) if self.start < day else 0


def read_pauses(case: Case) -> tuple[list[Pause], str | None]:
    """The effective pauses, and the id of the first event that has to be refused."""
    pauses: list[Pause] = []
    paid_out = min((e.day for e in case.events if e.type == "disburse"), default=None)
    for event in case.events:
        if event.type == "pause":
            start, end = event.day_of("start"), event.day_of("end")
            overlaps = any(p.start <= end and start <= p.end for p in pauses)
            if end < start or overlaps or (paid_out is not None and start < paid_out):
                return pauses, event.id
            pauses.append(Pause(start, end))
        elif event.type == "resume":
            day = event.day_of("start")
            running = [pause for pause in pauses if pause.start <= day <= pause.end]
            if event.fields.get("end") or not running:
                return pauses, event.id
            running[-1].end = day
    return pauses, None


def range_of(days: int) -> str:
    """The name of the range that holds a number of delinquent days."""
    names = [name for name, first in RANGES if days >= first]
    return names[-1] if names else "NO_DELINQUENCY"


def overdue_parts(row: Instalment, day: date) -> list[tuple[date, int]]:
    """What of a row is overdue on a day, each part with the day it counts from."""
    parts = []
    credit = 0
    if row.credit_day is not None and not row.is_additional:
        credit = max(0, min(row.credited - row.paid_since_credit, row.open_amount))
        if credit and row.credit_day < day:
            parts.append((row.credit_day, credit))
    if row.open_amount > credit and row.due_on < day:
        parts.append((row.due_on, row.open_amount - credit))
    return parts


def delinquency(case: Case, loan: Loan, day: date) -> dict[str, Any]:
    """The figures of a day: amount, days, since when, range."""
    parts = [part for row in loan.rows for part in overdue_parts(row, day)]
    grace = parse_whole(case.terms.get("grace_on_arrears_days"), "terms: grace_on_arrears_days")
    pauses, _ = read_pauses(case)
    oldest = min((since for since, _ in parts), default=None)
    past = 0 if oldest is None else (day - oldest).days
    late = max(0, past - grace)
    late = max(0, late - sum(pause.days(day) for pause in pauses))
    return {
        "on": day.isoformat(),
        "amount": case.text(sum(amount for _, amount in parts)),
        "past_due_days": past,
        "delinquent_days": late,
        "delinquent_since": None
        if oldest is None
        else (oldest + timedelta(days=grace)).isoformat(),
        "range": range_of(late),
    }


def by_range(case: Case, loan: Loan, day: date) -> list[dict[str, Any]]:
    """Overdue amount by range of each instalment's own age.

    Grace does not count; the paused days come off as they do for the loan.
    """
    own = _own_ranges(case.notes)
    pauses, _ = read_pauses(case)
    sums: dict[int, int] = {}
    starts = [first for first, _ in own] if own else [first for _, first in RANGES]
    for row in loan.rows:
        for since, amount in overdue_parts(row, day):
            age = (day - since).days - sum(pause.days(day) for pause in pauses)
            index = sum(age >= first for first in starts) - 1
            if index >= 0:
                sums[index] = sums.get(index, 0) + amount
    if own:
        return [
            {"from_days": own[i][0], "to_days": own[i][1], "amount": case.text(sums[i])}
            for i in sorted(sums)
        ]
    return [{"range": RANGES[i][0], "amount": case.text(sums[i])} for i in sorted(sums)]


def _own_ranges(notes: str) -> list[tuple[int, int | None]]:
    """Ranges a case states itself (``Ranges 1-60, 61+.``)."""
    said = re.search(r"Ranges ([0-9+, -]+)", notes)
    if said is None:
        return []
    found = re.findall(r"(\d+)(?:-(\d+)|\+)", said.group(1))
    return [(int(first), int(last) if last else None) for first, last in found]
