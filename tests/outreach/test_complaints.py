"""The gate knows of an open complaint at once, with a hold or without."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_person, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.holds import lift_hold
from carrears.casework.models import Case, Hold
from carrears.clock import now
from carrears.conduct.complaint_models import Complaint
from carrears.conduct.complaint_steps import StepWanted, take_step
from carrears.conduct.complaints import ComplaintWanted, register_complaint
from carrears.conduct.matters import on_case
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt
from carrears.parties.models import Party

pytestmark = pytest.mark.django_db
NOW = now()  # the book of these cases is a replay: it stands at its own day


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03")


def call(case: Case, key: str, party: Party | None = None) -> Attempt:
    who = party or case.party
    assert who is not None
    return book_call(case, party=who, key=key, by=None)


def complain(**told: Any) -> Complaint:
    usual: dict[str, Any] = {
        "key": "c-1", "category": "conduct", "channel": "phone", "text": "不要再打了",
        "received_at": NOW, "at": NOW,
    }  # fmt: skip
    return register_complaint(ComplaintWanted(**(usual | told)))


def notices(attempt: Attempt) -> list[str]:
    return [one["kind"] for one in attempt.verdict.facts["facts"].get("notices", [])]


def close(complaint: Complaint) -> None:
    by = make_user(role="compliance_officer")
    take_step(
        complaint, StepWanted(kind="close", key="close-1", by=by, at=NOW, outcome="withdrawn")
    )


def test_a_complaint_bars_until_it_is_closed(case: Case) -> None:
    assert call(case, "call-001").gate_action == "allow"
    complaint = complain(case=case, party=case.party, **on_case(case, moment=NOW))
    stopped = call(case, "call-002")
    assert (stopped.gate_action, notices(stopped)) == ("block", ["complaint"])
    close(complaint)
    later = call(case, "call-003")
    assert notices(later) == []
    assert "HOUSE-01" not in later.verdict.against


def test_without_a_case_to_hold_the_gate_bars_by_the_complaint(case: Case) -> None:
    complaint = complain(loan_no="A-03", jurisdiction="cn")
    stopped = call(case, "call-001")
    assert (stopped.gate_action, notices(stopped), Hold.objects.count()) == (
        "block",
        ["complaint"],
        0,
    )
    close(complaint)
    assert call(case, "call-002").gate_action == "allow"


def test_who_complained_is_left_alone_about_every_loan(case: Case) -> None:
    father = make_person(loan_no="A-03", role="contact", name="钱试二")
    complain(party=father, complainant="contact", jurisdiction="cn")
    barred = call(case, "call-001", father).verdict.facts["facts"]["do_not_contact"]
    assert [one["reason"] for one in barred] == ["complaint"]
    assert call(case, "call-002").gate_action == "allow"


def test_who_lifts_the_hold_may_go_on_and_the_gate_still_knows(case: Case) -> None:
    complain(case=case, party=case.party, **on_case(case, moment=NOW))
    officer = make_user(role="compliance_officer")
    lift_hold(Hold.objects.get(), today=case.as_of, by=officer, at=NOW)
    attempt = call(case, "call-001")
    assert (attempt.gate_action, notices(attempt)) == ("allow", ["complaint"])


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


def api(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='test')}"})


def post(client: Client, path: str, **body: Any) -> Any:
    return client.post(f"/api/complaints{path}", body, content_type="application/json")


def test_a_complaint_over_http(case: Case, officer: User) -> None:
    client = api(officer)
    told = {
        "key": "crm-0001", "category": "third_party", "channel": "regulator", "text": "打给同事",
        "case": case.pk, "agency": "HENGXIN",
    }  # fmt: skip
    made = post(client, "", **told)
    assert (made.status_code, made.json()["state"], made.json()["loan_no"]) == (
        201,
        "received",
        "A-03",
    )
    assert post(client, "", **told).json()["id"] == made.json()["id"]
    assert post(client, "", **(told | {"agency": "OTHER"})).status_code == 409
    listed = client.get("/api/complaints?state=open&agency=HENGXIN&due_within=30").json()
    assert [one["category"] for one in listed] == ["third_party"]
    assert "text" not in listed[0]
    assert [one["step"] for one in listed[0]["deadlines"]] == ["acknowledge", "authority"]
    path = f"/{made.json()['id']}/steps"
    done = post(client, path, key="crm-0002", kind="acknowledge").json()
    assert (done["state"], done["text"], done["next_steps"][0]) == (
        "acknowledged",
        "打给同事",
        "answer",
    )
    assert post(client, path, key="crm-0003", kind="acknowledge").status_code == 409
    assert post(client, path, key="crm-0004", kind="close", outcome="lost").status_code == 422


def test_who_may_what(case: Case) -> None:
    collector = make_user(role="collector")
    client = api(collector)
    told = {"key": "desk-0001", "category": "other", "channel": "phone", "text": "x"}
    assert post(client, "", **told, case=case.pk).status_code == 404  # not his own
    case.assignee = collector
    case.save()
    made = post(client, "", **told, case=case.pk)
    assert made.status_code == 201
    assert client.get("/api/complaints").status_code == 403
    path = f"/{made.json()['id']}/steps"
    assert post(client, path, key="desk-0002", kind="acknowledge").status_code == 403
