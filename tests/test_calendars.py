from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.calendars import CalendarError, Convention, ProvisionalYear, load_calendars

EXAMPLES = yaml.safe_load(Path(__file__).with_name("calendar_examples.yaml").read_text("utf-8"))
KNOWN = st.dates(date(2015, 1, 1), date(2026, 11, 30))
NAMES = ("cn", "us", "gb", "in")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_due_dates_go_where_the_convention_says(example: dict[str, Any]) -> None:
    calendar = load_calendars()[example["calendar"]]
    moved = {c: calendar.shift(example["due_on"], c) for c in Convention if c in example}
    assert moved == {c: example[c] for c in Convention if c in example}


@settings(deadline=None)  # the first question of a year reads its holidays
@given(name=st.sampled_from(NAMES), day=KNOWN)
def test_conventions_keep_to_their_promise(name: str, day: date) -> None:
    calendar = load_calendars()[name]
    moved = {convention: calendar.shift(day, convention) for convention in Convention}
    shifted = [moved[c] for c in Convention if c is not Convention.AS_IS]
    assert all(calendar.is_working_day(one) for one in shifted)
    assert moved[Convention.PRECEDING] <= moved[Convention.AS_IS] <= moved[Convention.FOLLOWING]
    assert moved[Convention.MODIFIED_FOLLOWING].month == day.month


@settings(deadline=None)  # the first question of a year reads its holidays
@given(name=st.sampled_from(NAMES), convention=st.sampled_from(Convention), first=KNOWN)
def test_the_table_for_a_book_says_what_one_date_says(
    name: str, convention: Convention, first: date
) -> None:
    calendars = load_calendars()
    table = calendars.shift_table([(name, convention)], first=first, last=first + timedelta(9))
    for row in table.to_pylist():
        assert row["shifted_on"] == calendars[name].shift(row["day"], convention)
        until = row["due_until"]
        assert calendars[name].shift(until, convention) <= row["day"]
        assert calendars[name].shift(until + timedelta(1), convention) > row["day"]


def test_a_year_without_its_notice_is_never_used_in_silence() -> None:
    calendar = load_calendars()["cn"]
    assert (calendar.is_published(2026), calendar.is_published(2061)) == (True, False)
    with pytest.warns(ProvisionalYear, match="cn: the days off and make-up workdays of 2061"):
        assert not calendar.is_working_day(date(2061, 10, 1))


def test_a_lender_adds_the_year_that_was_just_published(tmp_path: Path) -> None:
    (tmp_path / "calendars.yaml").write_text(
        "cn: {holidays: [2062-01-03], workdays: [2062-01-07], published_years: [2062]}"
    )
    calendar = load_calendars(tmp_path)["cn"]
    assert [calendar.is_working_day(date(2062, 1, day)) for day in (3, 7, 8)] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- cn", "a mapping of names to terms"),
        ("cn: {weekends: [6]}", "cn.weekends: Extra inputs"),
        ("cn: [", "not YAML"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "calendars.yaml").write_text(text)
    with pytest.raises(CalendarError, match=message) as error:
        load_calendars(tmp_path)
    assert str(tmp_path / "calendars.yaml") in str(error.value)


def test_a_calendar_nobody_knows_is_named() -> None:
    with pytest.raises(CalendarError, match="'xx' is not known; known are cn, gb, in, us"):
        load_calendars()["xx"]
