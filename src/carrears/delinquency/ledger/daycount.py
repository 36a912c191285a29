"""Day counts: which part of a year lies between two dates, as an exact fraction.

Sources: ISDA 2006 Definitions, section 4.16 (Actual/365 Fixed, Actual/360, 30/360, 30E/360,
Actual/Actual); FINRA Rule 11620(b) for the United States' 30/360 with its end of February; the
Chinese practice month = year/12 and day = year/360 of 人民币利率管理规定 (银发〔1999〕77号).
Which of them a loan counts by is a term of its contract, never guessed.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

MONTHS_A_YEAR, DAYS_OF_30_360 = 12, 30  # the conventions' own numbers


class DayCount(StrEnum):
    """How the time between two dates becomes a part of a year."""

    ACT_365 = "act/365"
    ACT_364 = "act/364"
    ACT_360 = "act/360"
    THIRTY_360 = "30/360"
    THIRTY_US_360 = "30/360 us"
    THIRTY_E_360 = "30e/360"
    ACT_ACT = "act/act"
    MONTH_12 = "month=year/12"


_THIRTY = {DayCount.THIRTY_360, DayCount.THIRTY_US_360, DayCount.THIRTY_E_360}
_FIXED_YEAR = {DayCount.ACT_365: 365, DayCount.ACT_364: 364, DayCount.ACT_360: 360}


def year_fraction(start: date, end: date, *, day_count: DayCount) -> Fraction:
    """The part of a year from ``start`` (counted) to ``end`` (not counted).

    ``ACT_ACT`` takes each day over the length of its own calendar year. ``MONTH_12`` counts whole
    calendar months as twelfths and the days left over as year/360. Raises ``ValueError`` where
    ``end`` lies before ``start``.
    """
    if end < start:
        raise ValueError(f"the period ends ({end}) before it starts ({start})")
    if day_count in _FIXED_YEAR:
        return Fraction((end - start).days, _FIXED_YEAR[day_count])
    if day_count in _THIRTY:
        return Fraction(days_30_360(start, end, day_count=day_count), 360)
    if day_count is DayCount.ACT_ACT:
        return _actual_actual(start, end)
    months = whole_months(start, end)
    rest = (end - add_months(start, months)).days
    return Fraction(months, MONTHS_A_YEAR) + Fraction(rest, 360)


def days_30_360(start: date, end: date, *, day_count: DayCount = DayCount.THIRTY_360) -> int:
    """Days where every month has 30.

    ``THIRTY_360`` (bond basis): the 31st counts as the 30th, the end's only where the start is on
    the 30th or 31st (ISDA 2006, 4.16(f)). ``THIRTY_US_360``: the last day of February counts as
    the 30th too, the end's only where the start is one (FINRA 11620(b)). ``THIRTY_E_360``
    (Eurobond basis): each 31st counts as the 30th (ISDA 2006, 4.16(g)).
    """
    first, last = start.day, end.day
    if day_count is DayCount.THIRTY_US_360 and _ends_february(start):
        first = DAYS_OF_30_360
        last = DAYS_OF_30_360 if _ends_february(end) else last
    first = min(first, DAYS_OF_30_360)
    if day_count is DayCount.THIRTY_E_360 or first == DAYS_OF_30_360:
        last = min(last, DAYS_OF_30_360)
    months = (end.year - start.year) * MONTHS_A_YEAR + end.month - start.month
    return months * DAYS_OF_30_360 + last - first


def _ends_february(day: date) -> bool:
    following = day + timedelta(days=1)
    return (following.month, following.day) == (3, 1)


def add_months(day: date, months: int) -> date:
    """The same day of the month later; the month's last day where there is none."""
    year, month = divmod(day.year * MONTHS_A_YEAR + day.month - 1 + months, MONTHS_A_YEAR)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def whole_months(start: date, end: date) -> int:
    """How many whole months lie between, by ``add_months``."""
    months = (end.year - start.year) * MONTHS_A_YEAR + end.month - start.month
    return months if add_months(start, months) <= end else months - 1


def _actual_actual(start: date, end: date) -> Fraction:
    part = Fraction(0)
    while start < end:
        turn = min(date(start.year, 12, 31) + timedelta(days=1), end)
        year = 366 if calendar.isleap(start.year) else 365
        part += Fraction((turn - start).days, year)
        start = turn
    return part
