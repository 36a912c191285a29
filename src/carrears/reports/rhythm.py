"""When a report is due: every day, week or month, at a time of a place's own clock."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from carrears.clock import at_local, local_day, zone

Every = Literal["day", "week", "month"]
_WEEKDAYS, _MONTHDAYS = range(1, 8), range(1, 32)


class RhythmError(ValueError):
    """A rhythm that names no moment; says why."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """``on`` is the day of the week (1 Monday … 7 Sunday) or of the month; 0 for every day.

    A month that has no such day takes its last. A time that a clock change skips is moved past the
    gap, and one that occurs twice is the first of both.
    """

    every: Every
    clock: time
    zone_name: str
    on: int = 0

    def __post_init__(self) -> None:
        """Refuse what names no moment.

        Raises:
            RhythmError: a day that there is not, or an unknown time zone.
        """
        known = {"day": range(1), "week": _WEEKDAYS, "month": _MONTHDAYS}
        if self.every not in known:
            raise RhythmError("a report goes every day, week or month")
        if self.on not in known[self.every]:
            raise RhythmError("a report needs a day of the week (1 to 7) or of the month (1 to 31)")
        try:
            zone(self.zone_name)
        except ValueError as error:
            raise RhythmError("this time zone is not known") from error

    def next_after(self, moment: datetime) -> datetime:
        """The first moment after ``moment`` (aware) at which it is due, in UTC."""
        day = local_day(moment, self.zone_name)
        while True:
            if self._is_on(day):
                due = self._on(day)
                if due > moment:
                    return due
            day += timedelta(days=1)

    def last_until(self, moment: datetime) -> datetime:
        """The last moment up to ``moment``, which counts, at which it was due; in UTC."""
        day = local_day(moment, self.zone_name)
        while True:
            if self._is_on(day):
                due = self._on(day)
                if due <= moment:
                    return due
            day -= timedelta(days=1)

    def _on(self, day: date) -> datetime:
        # In UTC: a moment that a clock shows twice equals none of another zone (PEP 495).
        return at_local(day, self.clock, self.zone_name).astimezone(UTC)

    def _is_on(self, day: date) -> bool:
        if self.every == "week":
            return day.isoweekday() == self.on
        if self.every == "month":
            return day.day == min(self.on, monthrange(day.year, day.month)[1])
        return True
