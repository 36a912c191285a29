"""What should have been recorded and was not begun is found, told once, and may come late."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user
from recordings.sending import Tape, begin

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call
from carrears.outreach.outcomes import Told, record_outcome
from carrears.recordings.absent import AWAITED, find_absent
from carrears.recordings.models import DueRecording

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03")


@pytest.fixture
def me() -> User:
    return make_user(role="team_lead", username="li")


@pytest.fixture
def client(me: User) -> Client:
    client = Client()
    client.force_login(me)
    return client


def told() -> list[dict[str, Any]]:
    entries = Entry.objects.filter(kind="recording.absent").order_by("pk")
    return [json.loads(one.payload) for one in entries]


def test_a_page_without_a_recording_is_absent_once(case: Case, client: Client) -> None:
    client.get(f"/case/{case.loan_no}/")
    due = DueRecording.objects.get()
    assert find_absent(at=due.due_at + AWAITED - timedelta(seconds=1)) == 0
    assert find_absent(at=due.due_at + AWAITED) == 1
    assert find_absent(at=due.due_at + AWAITED) == 0
    assert [(one["what"], one["page"]) for one in told()] == [("screen", "case")]
    assert Entry.objects.get(kind="recording.absent").actor == "li"


def test_a_recording_answers_the_page_and_a_second_visit_needs_its_own(
    case: Case, me: User, client: Client
) -> None:
    for _ in range(2):
        client.get(f"/case/{case.loan_no}/")
    begin(Tape(), case, me, at=now())
    assert DueRecording.objects.count() == 1
    begin(Tape(), case, me, at=now())
    assert DueRecording.objects.count() == 0
    assert find_absent(at=now() + AWAITED) == 0


def test_one_that_comes_late_is_marked(case: Case, me: User, client: Client) -> None:
    client.get(f"/case/{case.loan_no}/")
    find_absent(at=now() + AWAITED)
    begin(Tape(), case, me, at=now())
    due = DueRecording.objects.get()
    assert due.absent_at is not None
    assert due.late_at is not None


def test_nobody_who_is_not_recorded_is_missed(case: Case, client: Client, settings: Any) -> None:
    settings.RECORD_SCREEN_ROLES = ["collector"]
    client.get(f"/case/{case.loan_no}/")
    settings.RECORD_SCREEN_ROLES = ["*"]
    settings.RECORD_SCREEN_PAGES = ["ledger"]
    client.get(f"/case/{case.loan_no}/")
    assert not DueRecording.objects.exists()


def test_a_call_without_a_sound_is_absent_where_each_is_to_have_one(
    case: Case, me: User, settings: Any
) -> None:
    assert case.party is not None
    call = book_call(case, party=case.party, key="call-001", by=me)
    assert find_absent(at=now() + AWAITED) == 0  # it may still be going on
    record_outcome(call, told=Told(code="refuses"), by=me)
    for wanted in ("off", "offered"):
        settings.RECORD_CALLS = wanted
        assert find_absent(at=now() + AWAITED) == 0
    settings.RECORD_CALLS = "due"
    assert find_absent(at=now() + AWAITED) == 1
    assert find_absent(at=now() + AWAITED) == 0
    assert [(one["what"], one["attempt"]) for one in told()] == [("audio", call.key)]


def test_the_list_and_the_count_are_for_who_may_see_recordings(
    case: Case, me: User, client: Client
) -> None:
    client.get(f"/case/{case.loan_no}/")
    find_absent(at=now() + AWAITED)
    officer = Client()
    officer.force_login(make_user(role="compliance_officer"))
    page = officer.get("/compliance/unrecorded/").context["page"]
    assert [(one.loan_no, one.staff, one.page) for one in page.rows] == [("A-03", "li", "case")]
    assert officer.get("/compliance/unrecorded/", {"by": str(me.pk)}).context["page"].active
    assert officer.get("/compliance/unrecorded/", {"by": "0" * 9}).context["page"].rows
    assert officer.get("/compliance/unrecorded/", {"to": "2020-01-01"}).context["page"].rows == ()
    collector = Client()
    collector.force_login(make_user(role="collector", username="wang"))
    assert collector.get("/compliance/unrecorded/").status_code == 403
