"""Reminders before the due date (T-7, T-3, T-1, T0): which of a watched loan's is due today.

Days count back from the due date as the product's calendar moves it. Of the days that a level
asks for, the nearest that has come is due: a night that was missed is made up for by the next,
and no day of an instalment twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

LONGEST = 60  # days before the due date; a reminder that comes earlier reminds of nothing


class RemindersError(ValueError):
    """A table's ``reminders`` that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What is to be said today: of which due date, which of its days, and how much is asked."""

    loan_no: str
    due_on: date
    offset: int
    amount: int

    @property
    def key(self) -> str:
        """One for each instalment and day, whatever happens to the level meanwhile."""
        return f"{self.loan_no}:due:{self.due_on}:T-{self.offset}"


def due_date_of(key: str) -> date:
    """The due date of a reminder that has this key."""
    return date.fromisoformat(key.rsplit(":", 2)[1])


@lru_cache(maxsize=1024)  # a night asks for the few of its table a hundred thousand times
def read_offsets(text: str | None) -> tuple[int, ...]:
    """Days before the due date out of ``"7,3,1,0"``, the farthest first; none where it is empty.

    Raises:
        RemindersError: a part is no whole number from 0 to 60.
    """
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    wrong = [p for p in parts if not (p.isascii() and p.isdigit() and int(p) <= LONGEST)]
    if wrong:
        raise RemindersError(
            f"reminders {text!r}: {wrong[0]!r} is no number of days from 0 to {LONGEST}"
        )
    return tuple(sorted({int(part) for part in parts}, reverse=True))


def due_reminder(
    loan_no: str,
    *,
    due_on: date,
    amount: int,
    offsets: tuple[int, ...],
    as_of: date,
    said_on: Callable[[int], date | None] | None = None,
) -> Reminder | None:
    """The reminder of this due date that is due on ``as_of``; None where none is, or no money.

    ``due_on`` is where the calendar moved it to. ``said_on`` tells where a cadence moves the
    reminder of so many days before it, None where it skips it; without one nothing is moved.
    """
    days = {offset: due_on - timedelta(days=offset) for offset in offsets}
    if said_on is not None:
        days = {offset: on for offset in offsets if (on := said_on(offset)) is not None}
    come = [offset for offset, on in days.items() if on <= as_of]
    if as_of > due_on or amount <= 0 or not come:
        return None
    return Reminder(loan_no, due_on, min(come), amount)
