"""Working days, and where a due date goes that falls on none.

Public holidays come from the library ``holidays``, for China with the make-up workdays (调休上班)
of the State Council's yearly notices. A year whose notice is not known yet is *provisional*: the
statutory days alone count, and whoever asks is warned (``ProvisionalYear``), never left to guess.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Literal

import holidays
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from carrears.homefiles import HomeFileError, read_yaml, told

ONE_DAY = timedelta(days=1)
SATURDAY = 6
LONGEST_CLOSURE = 31  # no calendar closes for a month; past this its data are wrong

# Where each day of a calendar goes by each convention, for a whole book at once. Days up to
# ``due_until`` have fallen due by the end of ``day``.
SHIFTS = pa.schema(
    [
        pa.field("calendar", pa.string(), nullable=False),
        pa.field("convention", pa.string(), nullable=False),
        pa.field("day", pa.date32(), nullable=False),
        pa.field("shifted_on", pa.date32(), nullable=False),
        pa.field("due_until", pa.date32(), nullable=False),
    ]
)


class CalendarError(HomeFileError):
    """A calendar that is not known, or a calendars file that cannot be used."""


class ProvisionalYear(UserWarning):
    """A year was asked for whose days off are not published (or not known here) yet."""


class Convention(StrEnum):
    """What becomes of a due date on a day that is no working day.

    Source: ISDA 2006 Definitions, section 4.12 (business day conventions).
    """

    AS_IS = "as_is"
    FOLLOWING = "following"  # the next working day
    PRECEDING = "preceding"  # the working day before
    MODIFIED_FOLLOWING = "modified_following"  # following, unless that is in another month


class CalendarTerms(BaseModel):
    """One calendar of ``calendars.yaml``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    country: str
    subdivision: str | None = None
    weekend: tuple[int, ...] = (6, 7)
    saturdays_off: tuple[int, ...] = ()
    published: Literal["once", "yearly"] = "once"
    holidays: frozenset[date] = frozenset()
    workdays: frozenset[date] = frozenset()
    published_years: frozenset[int] = Field(default=frozenset())


class Calendar:
    """Which days are working days."""

    def __init__(self, name: str, terms: CalendarTerms) -> None:
        self.name = name
        self._terms = terms
        self._library = holidays.country_holidays(
            terms.country, subdiv=terms.subdivision, observed=True
        )
        self._seen: dict[date, bool] = {}

    def is_published(self, year: int) -> bool:
        """Whether the days off of ``year`` are known for certain."""
        if self._terms.published == "once" or year in self._terms.published_years:
            return True
        # The library keeps the days of each notice by its year.
        return year in self._library.special_public_holidays

    def is_working_day(self, day: date) -> bool:
        """Whether business is done on ``day``; warns (once a year) where that is provisional."""
        if not self.is_published(day.year):
            _warn_provisional(self.name, day.year)
        if day not in self._seen:
            self._seen[day] = self._is_working(day)
        return self._seen[day]

    def shift(self, due_on: date, convention: Convention) -> date:
        """Where a due date goes; the same day where it is a working day."""
        if convention is Convention.AS_IS:
            return due_on
        if convention is Convention.PRECEDING:
            return self._seek(due_on, -ONE_DAY)
        later = self._seek(due_on, ONE_DAY)
        leaves_month = (later.year, later.month) != (due_on.year, due_on.month)
        if convention is Convention.MODIFIED_FOLLOWING and leaves_month:
            return self._seek(due_on, -ONE_DAY)
        return later

    def add_working_days(self, day: date, number: int) -> date:
        """The ``number``-th working day after ``day``, which itself does not count."""
        for _ in range(number):
            day = self._seek(day + ONE_DAY, ONE_DAY)
        return day

    def _seek(self, day: date, step: timedelta) -> date:
        for _ in range(LONGEST_CLOSURE):
            if self.is_working_day(day):
                return day
            day += step
        raise CalendarError(f"calendar {self.name}: no working day within a month of {day}")

    def _is_working(self, day: date) -> bool:
        terms = self._terms
        if day in terms.workdays:
            return True
        if day in terms.holidays or day in self._library:
            return False
        if day in self._library.weekend_workdays:
            return True
        if day.isoweekday() == SATURDAY and terms.saturdays_off:
            return (day.day - 1) // 7 + 1 not in terms.saturdays_off
        return day.isoweekday() not in terms.weekend


class Calendars:
    """All calendars by name."""

    def __init__(self, named: dict[str, Calendar]) -> None:
        self._named = named

    def __getitem__(self, name: str) -> Calendar:
        try:
            return self._named[name]
        except KeyError:
            known = ", ".join(sorted(self._named))
            raise CalendarError(f"calendar {name!r} is not known; known are {known}") from None

    def shift_table(
        self, pairs: Iterable[tuple[str, Convention]], *, first: date, last: date
    ) -> pa.Table:
        """``SHIFTS``: what ``Calendar.shift`` says of each day from ``first`` to ``last``."""
        rows: list[tuple[str, str, date, date, date]] = []
        for name, convention in sorted(set(pairs)):
            rows.extend(_shift_rows(self[name], convention, first=first, last=last))
        columns = list(zip(*rows, strict=True)) or [()] * len(SHIFTS)
        arrays = [pa.array(c, field.type) for c, field in zip(columns, SHIFTS, strict=True)]
        return pa.Table.from_arrays(arrays, schema=SHIFTS)


def _shift_rows(
    calendar: Calendar, convention: Convention, *, first: date, last: date
) -> Iterable[tuple[str, str, date, date, date]]:
    # A convention never changes the order of days, so that a day tells all that fell due by it.
    until = first - LONGEST_CLOSURE * ONE_DAY
    day = first
    while day <= last:
        while calendar.shift(until + ONE_DAY, convention) <= day:
            until += ONE_DAY
        shifted = calendar.shift(day, convention)
        yield calendar.name, convention.value, day, shifted, until
        day += ONE_DAY


@cache
def _warn_provisional(name: str, year: int) -> None:
    warnings.warn(
        f"calendar {name}: the days off and make-up workdays of {year} are not known;"
        " statutory holidays and weekends count until they are"
        " (update the library `holidays`, or give the year in calendars.yaml)",
        ProvisionalYear,
        stacklevel=3,
    )


_SHIPPED = Path(__file__).with_name("calendars.yaml")


def load_calendars(home: Path | None = None) -> Calendars:
    """The shipped calendars, with what ``home/calendars.yaml`` adds.

    Raises:
        CalendarError: a file that is no mapping of calendars, or a term out of its range.
    """
    own = home / "calendars.yaml" if home else None
    is_kept = own is not None and own.exists()
    return _merge(own if is_kept else None, own.stat().st_mtime_ns if own and is_kept else 0)


@cache
def _merge(own: Path | None, _changed_ns: int) -> Calendars:
    named = _read(_SHIPPED)
    for name, added in (_read(own) if own else {}).items():
        named[name] = named.get(name, {}) | added
    terms = {name: _validate(name, raw, own) for name, raw in named.items()}
    return Calendars({name: Calendar(name, one) for name, one in terms.items()})


def _read(path: Path) -> dict[str, dict[str, object]]:
    raw = read_yaml(path, CalendarError)
    if not isinstance(raw, dict) or not all(isinstance(one, dict) for one in raw.values()):
        raise CalendarError(f"{path}: calendars are expected as a mapping of names to terms")
    return {str(name): dict(terms) for name, terms in raw.items()}


def _validate(name: str, raw: dict[str, object], own: Path | None) -> CalendarTerms:
    try:
        return CalendarTerms.model_validate(raw)
    except ValidationError as error:
        raise CalendarError(f"{own or _SHIPPED}: {told(error, within=name)}") from error
