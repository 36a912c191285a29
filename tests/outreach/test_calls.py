"""A collector's call: judged before he dials, its result kept afterwards."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import IntegrityError, transaction
from django.test import Client
from factories import DAY, make_case, make_person, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.models import Case, CaseEvent
from carrears.casework.words import text_of
from carrears.conduct.models import DoNotContact, Mandate, VerdictRecord
from carrears.conduct.stored import Question
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call, preview_call, record_result
from carrears.outreach.judging import pack_of
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt
from carrears.outreach.sending import send_again
from carrears.parties.models import ContactPoint
from carrears.parties.services import change_phone

pytestmark = pytest.mark.django_db


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03", assignee=None)


@pytest.fixture
def user() -> User:
    return make_user(role="team_lead")


def call(case: Case, key: str = "call-001", **more: Any) -> Attempt:
    assert case.party is not None
    return book_call(case, **({"party": case.party, "key": key, "by": None} | more))


def against(attempt: Attempt) -> list[str]:
    return [f["rule_id"] for f in attempt.verdict.findings if f["gate_action"] != "allow"]


def test_a_call_is_told_to_the_gate_with_its_number(case: Case) -> None:
    attempt = call(case)
    asked = attempt.verdict.facts
    point = ContactPoint.objects.get(party=case.party, kind="phone")
    assert (attempt.state, attempt.contact_point_id) == ("booked", point.pk)
    assert (asked["attempt"]["channel"], asked["attempt"]["mode"]) == ("call", "human")
    assert asked["attempt"]["contact_point"] == f"C.{point.pk}"
    kinds = {each["id"]: each["kind"] for each in asked["facts"]["contact_points"]}
    assert kinds[f"C.{point.pk}"] == "mobile"


def test_the_verdict_on_a_call_can_be_given_again(case: Case) -> None:
    stored = call(case).verdict
    again = Question.of(stored.facts).answer(pack_of("cn"))
    assert (again.gate_action, len(again.findings)) == ("allow", len(stored.findings))


def test_the_result_is_kept_and_is_evidence(case: Case, user: User) -> None:
    made = record_result(call(case), result="conversation", by=user)
    assert (made.state, made.result, made.effective) == ("made", "conversation", True)
    entry = Entry.objects.get(kind="call.made")
    assert (entry.subject, entry.actor) == ("A-03", "team_lead")
    again = record_result(made, result="conversation", by=user)
    assert (again.pk, Entry.objects.filter(kind="call.made").count()) == (made.pk, 1)


def test_the_next_call_knows_the_results_before(case: Case, user: User) -> None:
    record_result(call(case, "call-001"), result="no_answer", by=user)
    record_result(call(case, "call-002"), result="conversation", effective=False, by=user)
    call(case, "call-003")
    history = call(case, "call-004").verdict.facts["facts"]["history"]
    told = [(each.get("result"), each.get("effective")) for each in history]
    assert told == [("no_answer", False), ("conversation", False), (None, None)]


@pytest.mark.parametrize(
    ("result", "effective", "message"),
    [
        ("delivered", None, "unknown result 'delivered'"),
        ("nonsense", None, "unknown result 'nonsense'"),
        ("busy", True, "a call with the result 'busy' is not effective"),
    ],
)
def test_a_result_that_cannot_be_is_refused(
    case: Case, *, result: str, effective: bool | None, message: str
) -> None:
    with pytest.raises(OutreachError, match=message):
        record_result(call(case), result=result, effective=effective, by=None)


@pytest.mark.parametrize(
    ("result", "told", "kept"),
    [
        ("conversation", "", "addressee"),
        ("answered_other_person", "", "unknown"),
        ("answered_other_person", "relative", "relative"),
        ("answered_dropped", "", ""),
        ("answered_dropped", "addressee", "addressee"),
        ("no_answer", "", ""),
        ("conversation", "relative", None),
        ("answered_other_person", "addressee", None),
        ("busy", "unknown", None),
        ("answered_dropped", "nobody", None),
    ],
)
def test_who_answered_fits_the_result(
    case: Case, user: User, *, result: str, told: str, kept: str | None
) -> None:
    attempt = call(case)
    if kept is None:
        with pytest.raises(OutreachError, match="cannot have answered"):
            record_result(attempt, result=result, answered_by=told, by=user)
        return
    assert record_result(attempt, result=result, answered_by=told, by=user).answered_by == kept


def test_a_note_is_kept_with_the_result_and_once(case: Case, user: User) -> None:
    attempt = call(case)
    for _ in range(2):
        record_result(attempt, result="busy", note="占线", by=user)
    [note] = CaseEvent.objects.filter(kind="note")
    assert (text_of(note), note.actor) == ("占线", user)


def test_who_answered_stays_as_it_was_told(case: Case, user: User) -> None:
    attempt = record_result(call(case), result="conversation", by=user)
    with pytest.raises(IntegrityError, match="has ended"), transaction.atomic():
        Attempt.objects.filter(pk=attempt.pk).update(answered_by="relative")


def test_a_blocked_call_has_no_result(case: Case) -> None:
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)
    with pytest.raises(OutreachError, match="never allowed"):
        record_result(call(case), result="conversation", by=None)


def test_a_number_on_the_list_is_not_dialled_but_another_is(case: Case) -> None:
    old = ContactPoint.objects.get(party=case.party, kind="phone")
    DoNotContact.objects.create(value_index=old.value_index, reason="a wrong number", from_on=DAY)
    assert (call(case).state, against(call(case))) == ("blocked", ["CN-18"])
    assert change_phone("A-03", "13900000009", source="debtor")
    assert call(case, "call-002").state == "booked"


def test_a_number_that_is_not_the_persons_is_refused(case: Case) -> None:
    mail = ContactPoint.objects.get(party=case.party, kind="email")
    for point in (mail.pk, 0):
        with pytest.raises(OutreachError, match="no number of this person"):
            call(case, point=point)


def test_a_contact_person_is_not_called_while_the_debtor_can_be_reached(
    case: Case, settings: LazySettings
) -> None:
    settings.LENDER_CODES = ("gbt_45251", "cba_2026")
    friend = make_person(loan_no="A-03", name="钱试二", role="contact")
    assert call(case, party=friend).state == "blocked"
    facts = VerdictRecord.objects.get().facts["facts"]
    owners = {each["owner"] for each in facts["contact_points"]}
    assert owners == {f"P.{friend.token}", f"P.{case.party_id}"}


def test_an_agency_calls_only_under_a_mandate(case: Case) -> None:
    assert against(call(case, "call-001", agency="A1")) == ["CN-19"]
    Mandate.objects.create(agency="A1", starts_on=date(2026, 1, 1))
    assert call(case, "call-002", agency="A1").state == "booked"


def test_a_preview_keeps_nothing(case: Case) -> None:
    assert case.party is not None
    assert preview_call(case, party=case.party).gate_action == "allow"
    assert Attempt.objects.count() == 0


def test_a_booked_call_is_nothing_to_send(case: Case) -> None:
    attempt = call(case)
    send_again()
    attempt.refresh_from_db()
    assert attempt.state == "booked"


def client_of(user: User) -> Client:
    token = issue_token(user, name="test")
    return Client(headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "dial-0001"})


def test_a_call_over_http(case: Case, user: User) -> None:
    client = client_of(user)
    asked = client.post(f"/api/cases/{case.pk}/calls", {}, content_type="application/json")
    booked = asked.json()
    assert (asked.status_code, booked["state"], booked["reasons"]) == (201, "booked", [])
    result = {"result": "conversation"}
    path = f"/api/attempts/{booked['id']}/result"
    made = client.post(path, result, content_type="application/json")
    assert (made.status_code, made.json()["state"], made.json()["effective"]) == (200, "made", True)
    other = client.post(path, {"result": "busy"}, content_type="application/json")
    assert (other.status_code, other.json()["detail"][:14]) == (409, "another result")


def test_a_blocked_call_over_http_says_why(case: Case, user: User) -> None:
    DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)
    answer = client_of(user).post(
        f"/api/cases/{case.pk}/calls", {}, content_type="application/json"
    )
    assert [reason["rule"] for reason in answer.json()["reasons"]] == ["CN-18"]


def test_calls_over_http_need_the_permission_and_a_case_of_ones_own(case: Case) -> None:
    path = f"/api/cases/{case.pk}/calls"
    for role, status in (("operator", 403), ("collector", 404)):
        client = client_of(make_user(role=role))
        assert client.post(path, {}, content_type="application/json").status_code == status
