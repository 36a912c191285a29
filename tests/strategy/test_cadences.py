"""Which step of a cadence is due on a day, and which files are refused."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carrears.calendars import load_calendars
from carrears.outreach.templates import load_template, template_keys
from carrears.resources import shipped
from carrears.strategy.cadences import Cadence, CadenceError, due_step, load_cadences
from carrears.strategy.files import load_treatments

CALENDAR = load_calendars()["cn"]
DUE = date(2026, 6, 15)


def cadence(**terms: Any) -> Cadence:
    steps = [{"day": 1}, {"day": 3}, {"day": 10}]
    return Cadence(
        **{"key": "x", "zh": "试", "en": "Trial", "steps": steps, "last_days": 2} | terms
    )


def due(one: Cadence, days: int) -> tuple[int, int] | None:
    """Which step is due so many days after the due date, and until which day it may be said."""
    today = DUE + timedelta(days=days)
    found = due_step(one, due_on=DUE, today=today, calendar=CALENDAR)
    return (found.step.day, (found.until_on - DUE).days) if found else None


def test_a_step_is_due_until_the_next_ones_day() -> None:
    found = {days: due(cadence(), days) for days in range(14)}
    assert found == {0: None, 1: (1, 2), 2: (1, 2)} | dict.fromkeys(range(3, 10), (3, 9)) | {
        10: (10, 12), 11: (10, 12), 12: (10, 12), 13: None,
    }  # fmt: skip


def test_nothing_is_made_up_for_on_a_day_that_is_closed_to_it() -> None:
    """The 19th to the 21st of June 2026 are a holiday: days 4 to 6 after the due date."""
    found = {days: due(cadence(closed_day="later"), days) for days in range(3, 8)}
    assert found == {3: (3, 9), 4: None, 5: None, 6: None, 7: (3, 9)}


@given(
    days=st.sets(st.integers(1, 40), min_size=1, max_size=6),
    due_on=st.dates(date(2026, 1, 1), date(2026, 10, 1)),
    rule=st.sampled_from(["as_is", "earlier", "later", "skip"]),
)
def test_no_step_comes_again_once_a_later_one_was_due(
    days: set[int], due_on: date, rule: str
) -> None:
    one = cadence(steps=[{"day": day} for day in sorted(days)], closed_day=rule)
    seen = [
        found.step.day
        for after in range(-5, 60)
        if (found := due_step(
            one, due_on=due_on, today=due_on + timedelta(days=after), calendar=CALENDAR
        ))
    ]  # fmt: skip
    assert seen == sorted(seen)
    assert set(seen) <= days


def test_the_shipped_cadences_name_what_there_is() -> None:
    named = load_cadences(Path("/nonexistent")).named
    folder = shipped("strategies") / "templates"
    templates = {key: load_template(key, folder=folder) for key in template_keys(folder)}
    for one in named.values():
        assert one.covered <= set(load_treatments())
        ways = [way for step in one.steps for way in step.by if way.template]
        assert all(templates[way.template].channel == way.channel for way in ways)


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ("steps: []", "steps"),
        ("steps: [{day: 3}, {day: 1}]", "follow each other"),
        ("steps: [{day: 91}]", "less than or equal to 90"),
        ("steps: [{day: 1, by: [{channel: call, template: x}]}]", "a call has none"),
        ("steps: [{day: 1, by: [{channel: sms}]}]", "a message has a template"),
        ("steps: [{day: 1}], closed_hours: earlier", "closed_hours"),
        ("steps: [{day: 1}], language: '../x'", "no language"),
        ("steps: [{day: 1}], colour: red", "colour"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused(tmp_path: Path, terms: str, fault: str) -> None:
    (tmp_path / "strategies").mkdir()
    own = tmp_path / "strategies" / "cadences.yaml"
    own.write_text(f"cadences:\n  own: {{zh: 试, en: Trial, {terms}}}\n", encoding="utf-8")
    with pytest.raises(CadenceError, match=fault) as caught:
        load_cadences(tmp_path)
    assert str(own) in str(caught.value)
