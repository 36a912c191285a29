"""Daily windows of the wall clock, also across midnight."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from carrears.clock import at_local
from carrears.conduct.once import once
from carrears.conduct.vocabulary import WEEKDAYS, Weekday

_Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
_End = Annotated[str, Field(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
_MIDNIGHT = "24:00"
_DAY = 24 * 60


class Window(BaseModel):
    """Open from ``start`` (inside) until ``end`` (outside), by the wall clock.

    An ``end`` that is not after ``start`` lies on the next day; ``days`` name the days on
    which the window starts, none means every day.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, ignored_types=(once,)
    )

    start: _Clock = Field(alias="from")
    end: _End = Field(alias="to")
    days: tuple[Weekday, ...] = ()

    @model_validator(mode="after")
    def _days_once(self) -> Self:
        if len(set(self.days)) != len(self.days):
            raise ValueError(f"a day is named twice in {self.days}")
        return self

    def holds(self, local: datetime) -> bool:
        """Whether the wall-clock moment ``local`` lies inside."""
        clock = local.hour * 60 + local.minute
        start, end = self._minutes
        if start < end:
            return start <= clock < end and self._starts_on(local)
        if clock >= start:
            return self._starts_on(local)
        return clock < end and self._starts_on(local - timedelta(days=1))

    def _starts_on(self, local: datetime) -> bool:
        return not self.days or WEEKDAYS[local.weekday()] in self.days

    @once
    def _minutes(self) -> tuple[int, int]:
        """Start and end in minutes after midnight."""
        return _minutes_of(self.start), _minutes_of(self.end)

    @once
    def edges(self) -> tuple[time, time]:
        """The two times of day at which the answer may change."""
        end = "00:00" if self.end == _MIDNIGHT else self.end
        return time.fromisoformat(self.start), time.fromisoformat(end)


def minutes_until(clock: str, locals_: Iterable[datetime]) -> int:
    """Whole minutes, begun ones too, until a wall clock next shows ``clock``; the fewest."""
    end = _minutes_of(clock)
    return min((end - local.hour * 60 - local.minute) % _DAY for local in locals_)


@cache
def _minutes_of(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


def next_edge(windows: Iterable[Window], local: datetime, zone: str) -> datetime | None:
    """The first moment after ``local`` at which one of ``windows`` may open or close."""
    clocks = {clock for window in windows for clock in window.edges}
    moments = [
        at_local(local.date() + timedelta(days=ahead), clock, zone)
        for clock in clocks
        for ahead in (0, 1)
    ]
    return min((moment for moment in moments if moment > local), default=None)


def next_day(day: date, zone: str, *, days: int = 1) -> datetime:
    """When the day ``days`` after ``day`` begins in ``zone``; at most the last that there is."""
    most = date.max.toordinal() - day.toordinal() - 1  # a day that every zone can tell
    return at_local(day + timedelta(days=min(days, most)), time(), zone)
