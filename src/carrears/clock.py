"""Time as collections needs it: aware moments, and the debtor's own day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


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


def at_local(day: date, clock: time, zone_name: str) -> datetime:
    """The moment when a zone's wall clock shows ``clock`` on ``day``.

    A time that a clock change skips is moved past the gap, one that occurs twice is the
    first (PEP 495, fold 0).
    """
    moment = datetime.combine(day, clock, tzinfo=zone(zone_name))
    return moment.astimezone(UTC).astimezone(zone(zone_name))
