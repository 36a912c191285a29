from datetime import UTC, date, datetime, time

import pytest

from carrears.clock import at_local, business_day, business_moment, is_replay, local_day, zone

NOON_IN_SHANGHAI = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


def test_local_day_is_the_debtors() -> None:
    late = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    assert local_day(late, "Asia/Shanghai") == date(2026, 11, 24)
    assert local_day(late, "America/New_York") == date(2026, 11, 23)


def test_unknown_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="Mars/Olympus"):
        zone("Mars/Olympus")


def test_skipped_wall_clock_time_moves_past_the_gap() -> None:
    moment = at_local(date(2026, 3, 8), time(2, 30), "America/New_York")
    assert moment.time() == time(3, 30)


@pytest.mark.parametrize(
    ("book_day", "replay"),
    [(date(2026, 11, 24), False), (date(2026, 11, 17), False), (date(2026, 11, 16), True)],
)
def test_a_book_more_than_a_week_old_is_a_replay(book_day: date, replay: bool) -> None:  # noqa: FBT001
    assert is_replay(book_day, today=date(2026, 11, 24)) is replay


def test_a_live_book_happens_now() -> None:
    day = date(2026, 11, 23)
    assert business_moment(day, "Asia/Shanghai", moment=NOON_IN_SHANGHAI) == NOON_IN_SHANGHAI
    assert business_day(day, "Asia/Shanghai", moment=NOON_IN_SHANGHAI) == date(2026, 11, 24)


def test_a_replay_stands_still_in_the_morning_of_its_day() -> None:
    day = date(2019, 11, 30)
    stands = business_moment(day, "Asia/Shanghai", moment=NOON_IN_SHANGHAI)
    assert stands == datetime(2019, 11, 30, 2, 0, tzinfo=UTC)
    assert business_day(day, "Asia/Shanghai", moment=NOON_IN_SHANGHAI) == day
