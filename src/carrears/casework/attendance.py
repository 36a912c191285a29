"""When somebody is at work: his days of the week, his shift, and when he is absent.

Days and hours are those of the house's clock; within a day an hour is counted in minutes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Away:
    """An absence from a day until a day, both included; without ``until_on`` for good.

    With ``from_at`` the first day is his until then, with ``until_at`` the last is from then on.
    """

    from_on: date
    until_on: date | None = None
    from_at: time | None = None
    until_at: time | None = None

    def of_day(self, day: date) -> tuple[int, int] | None:
        """From which minute until which (outside) of a day he is away; None: not on that day."""
        if day < self.from_on or (self.until_on is not None and day > self.until_on):
            return None
        begins = _minute(self.from_at) if self.from_at and day == self.from_on else 0
        ends = _minute(self.until_at) if self.until_at and day == self.until_on else _DAY
        return begins, ends


@dataclass(frozen=True, slots=True)
class Attendance:
    """Somebody's working days (Monday is 1, ISO 8601; none are all), shift and absences.

    Without a shift the whole day is his.
    """

    weekdays: Collection[int] = ()
    shift: tuple[time, time] | None = None
    away: tuple[Away, ...] = ()

    def next_day(
        self, today: date, *, within_days: int, clock: time = time.min, after_shift: bool = False
    ) -> date | None:
        """The first day from today on at which he works, no later than so many days from today.

        Today counts while after ``clock`` some of his day is left that he is not away; with
        ``after_shift`` also where he worked until the shift was over.
        """
        last = self._hours()[1] - 1
        for ahead in range(within_days + 1):
            day = today + timedelta(days=ahead)
            since = _minute(clock) if ahead == 0 else 0
            if self.minutes(day, since=min(since, last) if after_shift else since):
                return day
        return None

    def minutes(self, day: date, *, since: int = 0) -> int:
        """How many minutes of a day are his shift's and not an absence's, from a minute on."""
        if self.weekdays and day.isoweekday() not in self.weekdays:
            return 0
        begins, ends = self._hours()
        begins = max(begins, since)
        return max(0, ends - begins) - sum(
            last - first for first, last in self._absent(day, begins, ends)
        )

    def away_until(self, day: date, clock: time) -> time | None:
        """Until when of that day an absence lasts that holds at ``clock``; None: none does.

        One that holds until the day is over says the day's last minute.
        """
        at = _minute(clock)
        for first, last in self._absent(day, 0, _DAY):
            if first <= at < last:
                return time(*divmod(last, 60)) if last < _DAY else time.max.replace(microsecond=0)
        return None

    def _hours(self) -> tuple[int, int]:
        if self.shift is None:
            return 0, _DAY
        ends = self.shift[1]
        return _minute(self.shift[0]), _minute(ends) + bool(ends.second or ends.microsecond)

    def _absent(self, day: date, begins: int, ends: int) -> Iterator[tuple[int, int]]:
        """The minutes of absences between two, none of them twice."""
        known = begins
        for first, last in sorted(filter(None, (one.of_day(day) for one in self.away))):
            first, last = max(first, known), min(last, ends)  # noqa: PLW2901  the part within
            if first < last:
                yield first, last
                known = last


def _minute(clock: time) -> int:
    return clock.hour * 60 + clock.minute
