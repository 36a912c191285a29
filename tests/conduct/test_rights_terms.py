"""Time limits of people's requests: dated, cited, in days or in months."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from carrears.calendars import load_calendars
from carrears.conduct.pack import PackError
from carrears.conduct.rights_terms import RightsTime, load_rights_terms
from carrears.conduct.time_limits import Deadline, find_deadline
from carrears.resources import shipped

CALENDARS = load_calendars()


def due(law: str, step: RightsTime, received: date) -> Deadline | None:
    terms = load_rights_terms(law)
    assert terms is not None
    calendar = CALENDARS[terms.calendar]
    return find_deadline(terms, step, counts_from=received, calendar=calendar)


@pytest.mark.parametrize(
    ("law", "step", "received", "due_on"),
    [
        ("cn", "answer", "2026-06-29", "2026-07-14"),
        ("cn", "appeal", "2026-02-20", "2026-03-07"),
        ("uk", "answer", "2026-01-31", "2026-02-28"),  # no 31 February: its last day
        ("uk", "answer", "2027-12-31", "2028-01-31"),
        ("uk", "extended", "2026-11-30", "2027-02-28"),
        ("uk", "extended", "2027-11-30", "2028-02-29"),
        ("us", "answer", "2026-06-29", "2026-08-13"),
        ("us", "extended", "2026-06-29", "2026-09-27"),
        ("in", "answer", "2026-06-29", "2026-07-29"),
    ],
)
def test_a_limit_ends_on_its_day(law: str, step: RightsTime, received: str, due_on: str) -> None:
    found = due(law, step, date.fromisoformat(received))
    assert found is not None
    assert found.due_on == date.fromisoformat(due_on)
    assert found.citation


def test_where_the_law_has_no_second_time_there_is_none() -> None:
    assert due("cn", "extended", date(2026, 6, 29)) is None


def test_before_the_law_took_effect_there_is_no_limit() -> None:
    assert due("cn", "answer", date(2021, 10, 31)) is None


def test_a_working_day_limit_counts_working_days(tmp_path: Path) -> None:
    text = (shipped("rulepacks") / "cn" / "rights.yaml").read_text(encoding="utf-8")
    (tmp_path / "cn").mkdir()
    changed = text.replace("counting: calendar", "counting: working")
    (tmp_path / "cn" / "rights.yaml").write_text(changed, encoding="utf-8")
    terms = load_rights_terms("cn", tmp_path)
    assert terms is not None
    found = find_deadline(terms, "answer", counts_from=date(2026, 6, 29), calendar=CALENDARS["cn"])
    assert found is not None
    assert found.due_on == date(2026, 7, 20)


def test_a_source_that_is_not_told_is_refused(tmp_path: Path) -> None:
    text = (shipped("rulepacks") / "cn" / "rights.yaml").read_text(encoding="utf-8")
    (tmp_path / "cn").mkdir()
    (tmp_path / "cn" / "rights.yaml").write_text(text.replace("source: pipl", "source: none"))
    with pytest.raises(PackError, match="unknown source 'none'"):
        load_rights_terms("cn", tmp_path)


def test_a_jurisdiction_without_a_file_has_none() -> None:
    assert load_rights_terms("fr") is None
    assert load_rights_terms("../cn") is None
