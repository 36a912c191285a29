"""Time limits of complaints: dated, cited, in days of the calendar or of work."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from carrears.calendars import load_calendars
from carrears.conduct.complaint_terms import Step, load_terms
from carrears.conduct.pack import PackError
from carrears.conduct.time_limits import Deadline, find_deadline
from carrears.resources import shipped

CALENDARS = load_calendars()


def due(law: str, step: Step, received: date) -> Deadline | None:
    terms = load_terms(law)
    assert terms is not None
    return find_deadline(terms, step, counts_from=received, calendar=CALENDARS[terms.calendar])


@pytest.mark.parametrize(
    ("law", "step", "received", "due_on"),
    [
        ("cn", "answer", "2026-06-29", "2026-07-14"),
        ("cn", "extended", "2026-06-29", "2026-07-29"),
        ("cn", "acknowledge", "2026-02-13", "2026-02-25"),  # 春节; the 14th is worked
        ("uk", "answer", "2026-01-01", "2026-02-26"),  # eight weeks
        ("uk", "acknowledge", "2026-04-02", "2026-04-13"),  # Good Friday, Easter Monday
        ("us", "authority_extended", "2026-06-29", "2026-08-28"),
    ],
)  # fmt: skip
def test_a_limit_ends_on_its_day(law: str, step: Step, received: str, due_on: str) -> None:
    found = due(law, step, date.fromisoformat(received))
    assert found is not None
    assert found.due_on == date.fromisoformat(due_on)
    assert found.citation


def test_before_its_law_there_is_no_limit() -> None:
    assert due("cn", "answer", date(2020, 2, 29)) is None
    assert due("cn", "answer", date(2020, 3, 1)) is not None
    assert due("uk", "extended", date(2026, 1, 1)) is None


def test_a_place_without_limits_has_none() -> None:
    assert load_terms("fr") is None
    assert load_terms("../cn") is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("source: house", "source: nowhere"),
        ("days: 15", "days: 0"),
        ("days: 15", "months: 1\n        days: 15"),
        ("days: 3\n", "months: 3\n"),
        ("counting: working", "counting: lunar"),
        ("  answer:", "  answers:"),
    ],
)
def test_a_file_that_says_nonsense_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = (shipped("rulepacks") / "cn" / "complaints.yaml").read_text(encoding="utf-8")
    folder = tmp_path / "cn"
    folder.mkdir()
    (folder / "complaints.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PackError, match=r"complaints\.yaml"):
        load_terms("cn", tmp_path)
