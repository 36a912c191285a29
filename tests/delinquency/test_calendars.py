"""Working days, by the State Council's notices of 2025 and 2026 and by statute elsewhere."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.calendars import (
    CalendarError,
    Convention,
    adjust_due_date,
    announced_until,
    is_working_day,
)


@pytest.mark.parametrize(
    ("country", "day", "works"),
    [
        ("CN", date(2025, 10, 8), False),  # last day of National Day and Mid-Autumn
        ("CN", date(2025, 10, 9), True),
        ("CN", date(2025, 10, 11), True),  # a Saturday, made up (调休)
        ("CN", date(2025, 10, 12), False),  # an ordinary Sunday
        ("CN", date(2026, 2, 14), True),  # a Saturday before Spring Festival, made up
        ("US", date(2025, 11, 27), False),  # Thanksgiving
        ("GB", date(2025, 12, 26), False),  # Boxing Day
        ("IN", date(2025, 8, 15), False),  # Independence Day
        ("IN", date(2025, 8, 14), True),
    ],
)
def test_is_working_day(*, country: str, day: date, works: bool) -> None:
    assert is_working_day(day, country) is works


@pytest.mark.parametrize(
    ("convention", "due"),
    [
        (Convention.AS_IS, date(2026, 1, 31)),
        (Convention.FOLLOWING, date(2026, 2, 2)),
        (Convention.PRECEDING, date(2026, 1, 30)),
        (Convention.MODIFIED_FOLLOWING, date(2026, 1, 30)),
    ],
)
def test_adjust_due_date_on_a_saturday_at_the_end_of_a_month(
    convention: Convention, due: date
) -> None:
    assert adjust_due_date(date(2026, 1, 31), convention, "CN") == due


def test_a_make_up_day_stays_the_due_date() -> None:
    saturday = date(2025, 10, 11)
    assert adjust_due_date(saturday, Convention.FOLLOWING, "CN") == saturday


def test_a_year_without_a_notice_is_refused() -> None:
    with pytest.raises(CalendarError):
        is_working_day(date(announced_until("CN") + 1, 3, 1), "CN")


def test_an_unknown_country_is_refused() -> None:
    with pytest.raises(CalendarError):
        is_working_day(date(2026, 3, 2), "XX")


@settings(deadline=None)  # a calendar is built when it is first asked
@given(
    st.dates(date(2015, 1, 1), date(2025, 12, 1)),
    st.sampled_from([c for c in Convention if c is not Convention.AS_IS]),
    st.sampled_from(["CN", "US", "GB", "IN"]),
)
def test_an_adjusted_date_is_a_working_day_and_stays(
    day: date, convention: Convention, country: str
) -> None:
    due = adjust_due_date(day, convention, country)
    assert is_working_day(due, country)
    assert adjust_due_date(due, convention, country) == due
