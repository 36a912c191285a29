"""Asking the gate: the answer is the gate's own, and nothing is kept of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_person, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.conduct.models import VerdictRecord
from carrears.conduct.packs import Packs
from carrears.evidence.models import Entry
from carrears.outreach.calls import preview_call
from carrears.outreach.services import preview_contact

pytestmark = pytest.mark.django_db
URL = "/compliance/ask/"


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def client(sign_in: Any, officer: User) -> Client:
    client: Client = sign_in(officer)
    return client


def asked(client: Client, **query: str) -> Any:
    return client.get(URL, {"loan_no": "A-03"} | query).context["page"].case


def told(page: Any) -> list[tuple[str, str]]:
    return [(one.rule_id, one.outcome) for one in page.verdict.findings]


def test_the_answer_is_that_of_the_collectors_own_preview(client: Client, case: Case) -> None:
    assert case.party is not None
    call = preview_call(case, party=case.party)
    mail = preview_contact(case, party=case.party, template="reminder").verdict

    shown = asked(client)
    assert (shown.verdict.outcome, shown.expect) == (call.gate_action, call.expect)
    assert sorted(told(shown)) == sorted((o.rule_id, o.gate_action) for o in call.findings)
    shown = asked(client, by="reminder")
    assert shown.verdict.outcome == mail.gate_action == "allow"
    assert sorted(told(shown)) == sorted((o.rule_id, o.gate_action) for o in mail.findings)
    assert shown.at == "2026-06-30T10:00"
    assert not VerdictRecord.objects.exists()
    assert not Entry.objects.exists()


def test_another_hour_gets_another_answer(client: Client, case: Case) -> None:  # noqa: ARG001
    late = asked(client, by="reminder", at="2026-06-30T23:00")

    assert late.verdict.outcome == "block"
    assert ("CN-01", "block") in told(late)
    assert late.verdict.next_allowed_at.isoformat() == "2026-07-01T00:00:00+00:00"
    assert late.at == "2026-06-30T23:00"
    early = asked(client, by="reminder", at="2026-06-30T08:00")
    assert early.verdict.outcome == "allow"
    for nonsense in ("x", "0001-01-01T00:00", "9999-12-31T23:59"):
        assert asked(client, at=nonsense).at == "2026-06-30T10:00"


def test_another_person_gets_another_answer(client: Client, case: Case) -> None:  # noqa: ARG001
    contact = make_person(loan_no="A-03", role="contact", name="周联系")

    shown = asked(client, to=str(contact.token), by="reminder_firm")

    assert shown.verdict.outcome == "block"
    assert [o.label.split(" · ")[1] for o in shown.people if o.selected] == ["联系人"]
    assert "周联系" not in client.get(URL, {"loan_no": "A-03"}).content.decode()


def test_what_is_not_there_is_said(client: Client) -> None:
    assert asked(client, loan_no="NONE").problem == "没有这笔贷款的案件。"
    make_case(loan_no="A-09", name="")
    assert asked(client, loan_no="A-09").problem == "该案件没有登记联系人。"
    assert client.get(URL).context["page"].case.verdict is None


@pytest.mark.parametrize("name", Packs().jurisdictions)
def test_each_law_has_an_example_that_the_gate_blocks(client: Client, name: str) -> None:
    text = client.get(URL, {"example": name}).context["page"].free.text
    assert json.loads(text)["jurisdiction"] == name

    answer = client.post(URL, {"case": text})

    free = answer.context["page"].free
    assert answer.status_code == 200
    assert (free.verdict.outcome, free.faults) == ("block", ())
    assert free.text == text
    assert not VerdictRecord.objects.exists()


def test_an_example_that_is_changed_is_judged_anew(client: Client) -> None:
    case = json.loads(client.get(URL).context["page"].free.text)
    case |= {"expect": "block", "gate_action": "block"}
    assert client.post(URL, {"case": json.dumps(case)}).context["page"].free.agrees is True
    case |= {"expect": "allow", "gate_action": "allow"}
    assert client.post(URL, {"case": json.dumps(case)}).context["page"].free.agrees is False


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"jurisdiction": "FR"}, "jurisdiction"),
        ({"attempt": {"act": "shout"}}, "attempt.act"),
        ({"history": [{"id": "h"}]}, "history.0.at"),
    ],
)
def test_what_is_wrong_is_told_by_field(client: Client, change: dict[str, Any], field: str) -> None:
    case = json.loads(client.get(URL).context["page"].free.text) | change

    answer = client.post(URL, {"case": json.dumps(case)})

    assert answer.status_code == 422
    assert field in [one.field for one in answer.context["page"].free.faults]
    assert f'<dt class="mono">{field}</dt>' in answer.content.decode()


@pytest.mark.parametrize("text", ["", "   ", "{", "[]", "\ud800", "x" * 200_001])
def test_what_is_no_case_is_refused(client: Client, text: str) -> None:
    answer = client.post(URL, {"case": text.encode("utf-8", "replace").decode()})

    assert answer.status_code == 422
    assert [one.field for one in answer.context["page"].free.faults] == [""]
