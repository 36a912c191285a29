"""When somebody is at work: his days of the week, and when he is absent."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta


def next_day_at_work(
    today: date,
    *,
    within_days: int,
    weekdays: Collection[int] = (),
    absent: Iterable[tuple[date, date | None]] = (),
) -> date | None:
    """The first day from today on at which he works, no later than ``within_days`` from today.

    ``weekdays`` are those of his shift, Monday is 1 (ISO 8601), none are all; ``absent`` are the
    first and last days of absences, without a last day for good.
    """
    away = list(absent)
    for ahead in range(within_days + 1):
        day = today + timedelta(days=ahead)
        if weekdays and day.isoweekday() not in weekdays:
            continue
        if not any(first <= day and (last is None or day <= last) for first, last in away):
            return day
    return None
