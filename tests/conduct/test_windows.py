from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from carrears.conduct.windows import Window, next_day, next_edge

NIGHT = Window.model_validate({"from": "22:00", "to": "08:00"})


@pytest.mark.parametrize(
    ("clock", "inside"),
    [
        ("07:59:59", True),
        ("08:00:00", False),
        ("21:59:59", False),
        ("22:00:00", True),
        ("00:00:00", True),
    ],
)
def test_window_past_midnight_opens_inside_and_closes_outside(clock: str, *, inside: bool) -> None:
    assert NIGHT.holds(datetime.fromisoformat(f"2026-03-10T{clock}")) is inside


def test_window_to_24_holds_until_midnight() -> None:
    window = Window.model_validate({"from": "20:00", "to": "24:00"})
    assert window.holds(datetime(2026, 3, 10, 23, 59, 59))  # noqa: DTZ001
    assert not window.holds(datetime(2026, 3, 11))  # noqa: DTZ001


def test_days_name_the_day_on_which_a_window_starts() -> None:
    window = Window.model_validate({"from": "22:00", "to": "01:00", "days": ["tue"]})
    assert window.holds(datetime(2026, 3, 11, 0, 30))  # noqa: DTZ001  Wednesday, begun on Tuesday
    assert not window.holds(datetime(2026, 3, 10, 0, 30))  # noqa: DTZ001  begun on Monday
    assert window.holds(datetime(2026, 3, 10, 22))  # noqa: DTZ001


@pytest.mark.parametrize(
    "bad",
    [
        {"from": "24:00", "to": "08:00"},
        {"from": "22:60", "to": "08:00"},
        {"from": "22:00"},
        {"from": "22:00", "to": "08:00", "days": ["tue", "tue"]},
        {"from": 1320, "to": "08:00"},
    ],
)
def test_malformed_window_is_refused(bad: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Window.model_validate(bad)


def test_next_edge_is_the_wall_clock_edge_on_a_day_with_a_clock_change() -> None:
    london = ZoneInfo("Europe/London")
    # On 29 March 2026 clocks go from 01:00 to 02:00; 08:00 is seven real hours after midnight.
    local = datetime(2026, 3, 29, 0, 0, tzinfo=london)
    edge = next_edge([NIGHT], local, "Europe/London")
    assert edge is not None
    assert edge.isoformat() == "2026-03-29T08:00:00+01:00"
    assert (edge.timestamp() - local.timestamp()) / 3600 == 7


def test_next_edge_of_no_window_is_none() -> None:
    assert next_edge([], datetime(2026, 3, 10, tzinfo=ZoneInfo("Asia/Shanghai")), "UTC") is None


def test_next_day_counts_calendar_days_over_a_clock_change() -> None:
    local = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/London"))
    assert next_day(local, "Europe/London", days=2).isoformat() == "2026-03-30T00:00:00+01:00"


@pytest.mark.parametrize("zone", ["Asia/Shanghai", "America/New_York", "Pacific/Kiritimati"])
def test_what_never_ends_is_asked_again_on_the_last_day_there_is(zone: str) -> None:
    today = date(2026, 3, 28)
    days = (date.max - today).days + 1
    assert next_day(today, zone, days=days).astimezone(UTC).year == 9999
