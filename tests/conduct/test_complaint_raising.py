"""Complaints whose day nears or has passed go to whom the house says, by themselves, once each."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from conduct.test_complaints import complain, step
from factories import make_case, make_user

from carrears.access.services import roles
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.complaint_queries import ComplaintFilter, find_complaints, raised_to
from carrears.conduct.complaint_raising import raise_complaints
from carrears.conduct.complaint_terms import load_terms
from carrears.conduct.pack import PackError
from carrears.conduct.validity import overdue_terms
from carrears.evidence.models import Entry
from carrears.resources import shipped

LAWS = ("cn", "us", "uk", "in")


def raise_on(day: date) -> int:
    """At ten in the morning in China."""
    return raise_complaints(at=datetime(day.year, day.month, day.day, 2, tzinfo=UTC))


@pytest.fixture
def complaint() -> Complaint:
    """Acknowledged, so that the answer is due next: on the 14th of July."""
    made = step(complain(make_case(loan_no="A-03")), "acknowledge", make_user(role="auditor"))
    assert made.due_on == date(2026, 7, 14)
    return made


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "level", "to"),
    [
        (date(2026, 7, 10), 0, []),
        (date(2026, 7, 11), 1, ["team_lead"]),
        (date(2026, 7, 14), 1, ["team_lead"]),
        (date(2026, 7, 15), 2, ["team_lead", "compliance_officer"]),
        (date(2026, 9, 1), 2, ["team_lead", "compliance_officer"]),
    ],
)
def test_it_is_raised_by_the_day(
    complaint: Complaint, day: date, level: int, to: list[str]
) -> None:
    assert raise_on(day) == bool(level)
    complaint.refresh_from_db()
    assert (complaint.raised_level, complaint.raised_to) == (level, to)
    assert complaint.state == "acknowledged"


@pytest.mark.django_db
def test_each_level_is_a_step_with_evidence_and_its_citation_once(complaint: Complaint) -> None:
    assert [raise_on(date(2026, 7, day)) for day in (11, 12, 15, 15)] == [1, 0, 1, 0]
    steps = complaint.steps.filter(kind="raised").order_by("pk")
    assert [one.data for one in steps] == [
        {
            "level": level,
            "raised_to": to,
            "due_on": "2026-07-14",
            "citation": "贷款人内部制度 投诉督办",
        }
        for level, to in ((1, ["team_lead"]), (2, ["team_lead", "compliance_officer"]))
    ]
    told = Entry.objects.filter(kind="complaint.raised").order_by("pk")
    assert [(json.loads(one.payload)["level"], one.actor) for one in told] == [(1, ""), (2, "")]


@pytest.mark.django_db
def test_what_is_done_ends_it_until_the_next_day_nears(complaint: Complaint) -> None:
    raise_on(date(2026, 7, 15))
    officer = make_user(role="compliance_officer")
    extended = step(complaint, "extend", officer, text="情况复杂")
    assert (extended.due_on, extended.raised_level, extended.raised_to) == (
        date(2026, 7, 29), 0, [],
    )  # fmt: skip
    assert raise_on(date(2026, 7, 16)) == 0
    assert raise_on(date(2026, 7, 26)) == 1
    noted = step(complaint, "note", officer, text="已联系")
    assert noted.raised_level == 1
    answered = step(complaint, "answer", officer, text="已处理")
    assert (answered.due_on, answered.raised_to) == (None, [])
    assert raise_on(date(2027, 1, 1)) == 0


@pytest.mark.django_db
def test_it_is_told_to_the_roles_it_was_raised_to_and_to_whom_it_is_assigned() -> None:
    assigned = make_user(role="auditor")
    complaint = complain(make_case(loan_no="A-03"), assigned_to=assigned)
    lead, officer = make_user(role="team_lead"), make_user(role="compliance_officer")

    def told() -> list[int]:
        return [raised_to(one).count() for one in (assigned, lead, officer)]

    raise_on(date(2026, 6, 29))
    assert told() == [1, 1, 0]  # to be acknowledged within three days of work
    raise_on(date(2026, 7, 15))
    assert told() == [1, 1, 1]
    assert list(find_complaints(ComplaintFilter(raised=True))) == [complaint]
    step(complaint, "close", officer, outcome="withdrawn")
    assert told() == [0, 0, 0]
    assert not find_complaints(ComplaintFilter(raised=True)).exists()


@pytest.mark.django_db
def test_a_complaint_of_a_place_without_limits_is_left_alone() -> None:
    Complaint.objects.filter(pk=complain(jurisdiction="fr").pk).update(due_on=date(2026, 7, 1))
    assert raise_on(date(2026, 8, 1)) == 0


@pytest.mark.parametrize("law", LAWS)
def test_every_law_raises_to_roles_that_there_are(law: str) -> None:
    terms = load_terms(law)
    assert terms is not None
    for raising in terms.raising.values.values():
        assert {to for level in raising.levels for to in level.to} <= set(roles())
    first = min(terms.raising.values)
    assert terms.raising_on(first - timedelta(days=1)) is None
    assert terms.raising_on(first) == terms.raising.values[first]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("days: -3, to: [team_lead]", "days: 1, to: [team_lead]"),
        ("days: -3, to: [team_lead]", "days: -3, to: []"),
        ("{source: house, clause: 投诉督办", "{source: nowhere, clause: 投诉督办"),
        ("raising:", "rising:"),
    ],
)
def test_a_file_that_says_nonsense_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = (shipped("rulepacks") / "cn" / "complaints.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "cn").mkdir()
    (tmp_path / "cn" / "complaints.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(PackError, match=r"complaints\.yaml"):
        load_terms("cn", tmp_path)


@pytest.mark.parametrize("law", LAWS)
def test_that_nobody_vouches_for_it_any_more_is_told(law: str) -> None:
    def names(day: date) -> set[str]:
        return {one.parameter for one in overdue_terms(law, day)}

    assert "complaints/raising" not in names(date(2027, 2, 28))
    assert "complaints/raising" in names(date(2027, 3, 1))
