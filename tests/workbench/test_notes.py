"""Notes with flagged words wait for a second person, who says what is to be done."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from factories import MOMENT, make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.casework.words import text_of
from carrears.conduct.models import FlaggedNote
from carrears.conduct.notes import keep_note, review_note
from carrears.conduct.services import ConductError
from carrears.evidence.models import Entry
from carrears.workbench.queries.notes import notes_waiting

pytestmark = pytest.mark.django_db
URL = "/notes/"
SHOUTED = "我说:你这个人渣,再不还钱就打断你的腿"


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def writer() -> User:
    return make_user(role="collector")


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead")


def test_only_what_is_flagged_waits(case: Case, writer: User) -> None:
    keep_note(case, text="已沟通,下周还款", by=writer, at=MOMENT)
    assert not FlaggedNote.objects.exists()
    note = keep_note(case, text=SHOUTED, by=writer, at=MOMENT)
    assert FlaggedNote.objects.get().note == note


def test_a_reviewer_says_what_is_to_be_done_and_it_is_evidence(
    case: Case, writer: User, lead: User, sign_in: Any
) -> None:
    keep_note(case, text=SHOUTED, by=writer, at=MOMENT)
    flagged = FlaggedNote.objects.get()
    client: Client = sign_in(lead)
    [row] = client.get(URL).context["page"].rows
    assert (row.text, row.writer, row.may_review) == (SHOUTED, "collector", True)
    assert len(row.rules) >= 1
    assert notes_waiting(lead) == 1
    assert 'data-waiting="workbench:notes">1<' in client.get("/").content.decode()

    client.post(f"{URL}{flagged.pk}/review/", {"outcome": "coach", "comment": " "})
    assert notes_waiting(lead) == 1
    client.post(f"{URL}{flagged.pk}/review/", {"outcome": "coach", "comment": "与赵试一谈话"})

    assert notes_waiting(lead) == 0
    assert client.get(URL).context["page"].rows == ()
    [done] = client.get(URL, {"state": "done"}).context["page"].rows
    assert (done.outcome, done.comment, done.reviewed_by) == (
        "coach",
        "与赵试一谈话",
        "team_lead",
    )
    assert [one.pk for one in client.get(URL, {"state": "coach"}).context["page"].rows] == [done.pk]
    assert client.get(URL, {"state": "fine"}).context["page"].rows == ()
    entry = Entry.objects.get(kind="note.reviewed")
    assert (entry.actor, entry.subject) == ("team_lead", "A-03")
    assert '"outcome":"coach"' in entry.payload
    assert "赵" not in entry.payload


def test_nobody_reviews_his_own_note_and_none_twice(case: Case, lead: User) -> None:
    keep_note(case, text=SHOUTED, by=lead, at=MOMENT)
    flagged = FlaggedNote.objects.get()
    other = make_user(role="compliance_officer")
    assert (notes_waiting(lead), notes_waiting(other)) == (0, 1)

    def review(by: User, **more: str) -> FlaggedNote:
        told = {"outcome": "fine", "comment": ""} | more
        return review_note(flagged, **told, by=by, at=MOMENT)

    with pytest.raises(ConductError, match="a second person"):
        review(lead)
    with pytest.raises(ConductError, match="unknown outcome"):
        review(other, outcome="")
    with pytest.raises(ConductError, match="has to be said"):
        review(other, outcome="report")
    assert review(other).outcome == "fine"
    with pytest.raises(ConductError, match="reviewed before"):
        review(other, outcome="report", comment="x")


def test_the_database_keeps_no_outcome_without_its_moment(case: Case, writer: User) -> None:
    keep_note(case, text=SHOUTED, by=writer, at=MOMENT)
    with pytest.raises(IntegrityError), transaction.atomic():
        FlaggedNote.objects.update(outcome="fine")


def test_a_note_that_is_sent_twice_is_kept_once_and_another_after_it(
    case: Case, writer: User, sign_in: Any
) -> None:
    Case.objects.filter(pk=case.pk).update(assignee=writer)
    client: Client = sign_in(writer)
    for text in ("要求下午再打", " 要求下午再打 ", "已再打", "要求下午再打"):
        assert client.post(f"/case/{case.loan_no}/note/", {"text": text}).status_code == 302
    told = [text_of(one) for one in case.events.filter(kind="note").order_by("pk")]
    assert told == ["要求下午再打", "已再打", "要求下午再打"]
