"""Time as collections needs it: aware moments, and the debtor's own day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


@lru_cache(maxsize=1024)
def zone(name: str) -> ZoneInfo:
    """The IANA time zone ``name``.

    Raises:
        ValueError: no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError(f"unknown time zone {name!r}; an IANA name is expected") from error


def local_day(moment: datetime, zone_name: str) -> date:
    """The calendar day that ``moment`` falls on in a zone."""
    return moment.astimezone(zone(zone_name)).date()


@lru_cache(maxsize=4096)
def at_local(day: date, clock: time, zone_name: str) -> datetime:
    """The moment when a zone's wall clock shows ``clock`` on ``day``.

    A time that a clock change skips is moved past the gap, one that occurs twice is the
    first (PEP 495, fold 0).
    """
    moment = datetime.combine(day, clock, tzinfo=zone(zone_name))
    return moment.astimezone(UTC).astimezone(zone(zone_name))


# A book whose last day lies further back than this is being replayed: a month's end of the
# past, a demonstration. Nothing of it may be mistaken for today's business.
_LIVE = timedelta(days=7)
_REPLAY_CLOCK = time(10, 0)


def is_replay(book_day: date, *, today: date) -> bool:
    """Whether a book that stands at ``book_day`` is history rather than today's business."""
    return not -_LIVE <= today - book_day <= _LIVE


def live_days(today: date) -> tuple[date, date]:
    """The first and the last day at which a book of today's business can stand (``is_replay``)."""
    return today - _LIVE, today + _LIVE


def live_since(moment: datetime) -> datetime:
    """From when on what was said is today's business rather than history (``is_replay``)."""
    return datetime.combine(moment.astimezone(UTC).date() - _LIVE, time.min, tzinfo=UTC)


def business_moment(book_day: date, zone_name: str, *, moment: datetime) -> datetime:
    """When something done now happens for a book that stands at ``book_day``.

    ``moment`` itself for a live book; ten in the morning of the book's day for a replay.
    """
    if is_replay(book_day, today=local_day(moment, zone_name)):
        return at_local(book_day, _REPLAY_CLOCK, zone_name)
    return moment


def business_day(book_day: date, zone_name: str, *, moment: datetime) -> date:
    """The debtor's local day of ``business_moment``, never before the book's own day."""
    happens = business_moment(book_day, zone_name, moment=moment)
    return max(book_day, local_day(happens, zone_name))


def month_ends(first: date, last: date) -> list[date]:
    """The last days of the months from ``first`` to ``last``, both included."""
    days: list[date] = []
    day = first.replace(day=1)
    while True:
        following = (day + timedelta(days=32)).replace(day=1)
        end = following - timedelta(days=1)
        if end > last:
            return days
        if end >= first:
            days.append(end)
        day = following
