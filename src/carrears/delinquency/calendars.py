"""Working days by country, and where a due date goes that falls on another day.

Public holidays come from the library ``holidays``, for China with the weekend days that the
State Council's yearly notice turns into working days (调休). China announces a year's days only
in the autumn before it, so a year that the library has no notice of is an error, never a guess.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import holidays

_ANNOUNCED_YEARLY = frozenset({"CN"})
_FIRST_NOTICE = 2001  # the first year of which the library has China's make-up days


class CalendarError(ValueError):
    """No calendar of that country, or none of that year."""


class Convention(StrEnum):
    """Where a due date goes that is no working day."""

    AS_IS = "as_is"
    FOLLOWING = "following"
    PRECEDING = "preceding"
    MODIFIED_FOLLOWING = "modified_following"  # following, unless that is in the next month


def is_working_day(day: date, country: str) -> bool:
    """Whether banks and offices of ``country`` (ISO 3166 alpha-2) work on ``day``.

    Raises:
        CalendarError: an unknown country, or a year whose days are not announced.
    """
    calendar = _calendar(country)
    if country in _ANNOUNCED_YEARLY and not _FIRST_NOTICE <= day.year <= announced_until(country):
        raise CalendarError(f"the working days of {day.year} in {country} are not known")
    return bool(calendar.is_working_day(day))


def announced_until(country: str) -> int:
    """The last year whose working days are known.

    Raises:
        CalendarError: an unknown country.
    """
    if country not in _ANNOUNCED_YEARLY:
        return int(_calendar(country).end_year)
    return _last_notice(country)


def adjust_due_date(day: date, convention: Convention, country: str) -> date:
    """The day on which an instalment of ``day`` falls due under ``convention``.

    Definitions: the business day conventions of ISDA 2006, section 4.12.

    Raises:
        CalendarError: an unknown country, or a year whose days are not announced.
    """
    if convention is Convention.AS_IS:
        return day
    if convention is Convention.PRECEDING:
        return _next_working_day(day, country, step=-1)
    later = _next_working_day(day, country, step=1)
    if convention is Convention.MODIFIED_FOLLOWING and later.month != day.month:
        return _next_working_day(day, country, step=-1)
    return later


def _next_working_day(day: date, country: str, *, step: int) -> date:
    while not is_working_day(day, country):
        day += timedelta(days=step)
    return day


@cache
def _calendar(country: str) -> holidays.HolidayBase:
    try:
        return holidays.country_holidays(country)
    except NotImplementedError as error:
        raise CalendarError(f"no calendar of the country {country!r}") from error


@cache
def _last_notice(country: str) -> int:
    """The last year that has a make-up day: every notice since 2001's moves some."""
    years = range(_FIRST_NOTICE, date.today().year + 2)  # noqa: DTZ011  a year is enough
    calendar = holidays.country_holidays(country, years=years)
    return max(day.year for day in calendar.weekend_workdays)
