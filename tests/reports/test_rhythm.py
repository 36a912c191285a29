"""When a report is due, by the clock of a place."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest

from carrears.reports.rhythm import Rhythm, RhythmError

HALF_PAST_EIGHT = time(8, 30)
SHANGHAI, NEW_YORK = "Asia/Shanghai", "America/New_York"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("rhythm", "after", "due"),
    [
        # 08:30 in Shanghai is 00:30 UTC; the moment itself is over.
        (Rhythm("day", HALF_PAST_EIGHT, SHANGHAI), utc(2026, 7, 1, 0, 29), utc(2026, 7, 1, 0, 30)),
        (Rhythm("day", HALF_PAST_EIGHT, SHANGHAI), utc(2026, 7, 1, 0, 30), utc(2026, 7, 2, 0, 30)),
        # 1 July 2026 is a Wednesday; the Monday after is the 6th.
        (
            Rhythm("week", HALF_PAST_EIGHT, SHANGHAI, 1),
            utc(2026, 7, 1, 5),
            utc(2026, 7, 6, 0, 30),
        ),
        # A month without a 31st takes its last day.
        (
            Rhythm("month", HALF_PAST_EIGHT, SHANGHAI, 31),
            utc(2026, 2, 1),
            utc(2026, 2, 28, 0, 30),
        ),
        # In New York clocks skip 02:30 on 8 March 2026: it goes at 03:30 EDT, 07:30 UTC.
        (Rhythm("day", time(2, 30), NEW_YORK), utc(2026, 3, 8, 1), utc(2026, 3, 8, 7, 30)),
        # 01:30 occurs twice on 1 November 2026: the first is EDT, 05:30 UTC, and it goes once.
        (Rhythm("day", time(1, 30), NEW_YORK), utc(2026, 11, 1, 4), utc(2026, 11, 1, 5, 30)),
        (Rhythm("day", time(1, 30), NEW_YORK), utc(2026, 11, 1, 5, 30), utc(2026, 11, 2, 6, 30)),
    ],
)
def test_next_time(rhythm: Rhythm, after: datetime, due: datetime) -> None:
    assert rhythm.next_after(after) == due
    assert rhythm.last_until(due) == due


def test_last_time_counts_the_moment_itself() -> None:
    monday = Rhythm("week", HALF_PAST_EIGHT, SHANGHAI, 1)
    assert monday.last_until(utc(2026, 7, 6, 0, 29)) == utc(2026, 6, 29, 0, 30)
    assert monday.last_until(utc(2026, 7, 9)) == utc(2026, 7, 6, 0, 30)


@pytest.mark.parametrize(
    ("every", "on", "place", "why"),
    [
        ("week", 0, SHANGHAI, "day of the week"),
        ("week", 8, SHANGHAI, "day of the week"),
        ("month", 32, SHANGHAI, "of the month"),
        ("day", 1, SHANGHAI, "day of the week"),
        ("hour", 0, SHANGHAI, "every day, week or month"),
        ("day", 0, "Asia/Nowhere", "time zone"),
    ],
)
def test_what_names_no_moment_is_refused(every: str, on: int, place: str, why: str) -> None:
    with pytest.raises(RhythmError, match=why):
        Rhythm(every, HALF_PAST_EIGHT, place, on)  # type: ignore[arg-type]
