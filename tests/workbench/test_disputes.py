"""Disputes on the screens: raised from a case or a reply, dealt with, found when late."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from access.outsiders import go_abroad
from conduct.disputing import dispute
from django.test import Client
from factories import MOMENT, make_case, make_user
from vault.storing_for_tests import store_words

from carrears.access.services import issue_token
from carrears.casework.models import Case, CaseEvent, Hold
from carrears.clock import now
from carrears.conduct.dispute_models import Dispute, DisputeDocument
from carrears.conduct.disputes import text_of
from carrears.outreach.outcomes import Told, Unbooked, record_contact

pytestmark = pytest.mark.django_db
URL, NEW = "/disputes/", "/case/A-03/dispute/"


@pytest.fixture
def case() -> Case:
    return make_case()


@pytest.fixture
def client(sign_in: Any) -> Client:
    client: Client = sign_in(make_user(role="compliance_officer"))
    return client


def told(*cases: Case, **changes: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {
        "key": "k1",
        "kind": "charges",
        "channel": "phone",
        "received_at": (now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "text": "罚息多算了",
    }
    for case in cases:
        usual |= {f"with_{case.pk}": "on", f"amount_{case.pk}": "120.50"}
    return usual | changes


def step(client: Client, made: Dispute, kind: str, **more: Any) -> Any:
    sent = {"key": f"{kind}-1", "kind": kind} | more
    return client.post(f"{URL}{made.pk}/step/", sent)


def page(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_collector_raises_one_of_two_loans_from_his_case(sign_in: Any) -> None:
    collector = make_user(role="collector")
    of = {"obligor_no": "P-1", "assignee": collector}
    case, second = make_case(**of), make_case(loan_no="A-08", name="", loan_id=8, **of)
    client = sign_in(collector)
    assert f'href="{NEW}"' in page(client, "/case/A-03/")
    assert "A-08" in page(client, NEW)

    answer = client.post(NEW, told(case, second))
    again = client.post(NEW, told(case, second))

    made = Dispute.objects.get()
    assert answer.headers["Location"] == again.headers["Location"] == f"{URL}{made.pk}/"
    assert list(made.loans.values_list("loan_no", "amount")) == [
        ("A-03", 120_50),
        ("A-08", 120_50),
    ]
    assert Hold.objects.filter(reason="dispute", lifted_on=None).count() == 2
    text = page(client, "/case/A-03/")
    assert f'data-dispute="{made.pk}"' in text
    assert "罚息有争议" in text
    shown = page(client, f"{URL}{made.pk}/")
    assert "罚息多算了" in shown
    assert 'data-step="answer"' not in shown
    assert step(client, made, "answer", outcome="upheld", text="x").status_code == 403


def test_what_does_not_fit_is_said_and_nothing_is_held(client: Client, case: Case) -> None:
    no_amount = client.post(NEW, told(case, **{f"amount_{case.pk}": ""}))
    no_loan = client.post(NEW, told())
    too_fine = client.post(NEW, told(case, **{f"amount_{case.pk}": "1.005"}))
    assert [one.status_code for one in (no_amount, no_loan, too_fine)] == [422] * 3
    assert "请填写每笔贷款的争议金额" in no_amount.content.decode()
    assert "至少选一笔贷款" in no_loan.content.decode()
    assert not Hold.objects.exists()
    assert client.get("/case/NOBODY/dispute/").status_code == 404


def test_a_reply_that_disputes_brings_its_words(client: Client, case: Case) -> None:
    said = {"text": "这笔不是我借的", "by_sms": True, "means": ["dispute"]}
    reply = CaseEvent.objects.create(
        case=case, kind="note", happened_at=MOMENT, data=said, key="reply-1"
    )
    link = f"{NEW}?reply={reply.pk}"
    assert link in page(client, "/case/A-03/")
    form = page(client, link)
    assert "这笔不是我借的" in form
    sent = told(kind="identity", reply=reply.pk, channel="message", text="这笔不是我借的")
    client.post(NEW, sent | {f"with_{case.pk}": "on"})
    made = Dispute.objects.get()
    assert (text_of(made), made.steps.get().data["reply"]) == ("这笔不是我借的", reply.pk)


def test_a_result_code_leads_to_it_until_it_is_done(client: Client, case: Case) -> None:
    lead = make_user(role="team_lead")
    Case.objects.filter(pk=case.pk).update(assignee=lead)
    assert case.party is not None
    call = Unbooked(channel="call", direction="in", party=case.party)
    record_contact(case, call, told=Told(code="disputes"), by=lead, key="told-1")
    client.force_login(lead)
    assert 'id="next-step"' in page(client, "/case/A-03/")
    dispute(case)
    assert 'id="next-step"' not in page(client, "/case/A-03/")


def test_it_is_dealt_with_step_by_step(client: Client, case: Case) -> None:
    made, proof = dispute(case), store_words(case)
    shown = page(client, f"{URL}{made.pk}/")
    assert shown.index('data-step="acknowledge"') < shown.index('data-step="answer"')
    assert "您认为正确的金额及依据" in shown
    for kind, more in (
        ("ask", {"text": "请提供流水"}),
        ("attach", {"file": str(proof.pk)}),
        ("inform", {"text": "流水已到"}),
        ("answer", {"outcome": "partly", "text": "多算的罚息已冲回"}),
    ):
        assert step(client, made, kind, **more).status_code == 302, kind
    shown = page(client, f"{URL}{made.pk}/")
    for words in ("请提供流水", "流水已到", "多算的罚息已冲回", "部分成立"):
        assert words in shown
    assert DisputeDocument.objects.get().stored == proof
    assert Hold.objects.get().lifted_on is not None
    late = step(client, made, "answer", key="answer-2", outcome="rejected", text="x")
    assert late.status_code == 422
    assert "已有变动" in late.content.decode()
    assert step(client, made, "fly").status_code == 404


def test_the_list_finds_what_is_late_and_goes_as_a_file(client: Client, case: Case) -> None:
    late = dispute(case)  # received in June of the replayed book
    fresh_case = make_case(loan_no="A-09", name="李试四", obligor_no="P-9", loan_id=9)
    fresh = dispute(
        fresh_case, key="d-2", kind="identity", amount=None, received_at=now(), at=now()
    )
    assert f'data-dispute="{late.pk}"' in page(client, f"{URL}?due=overdue")
    overdue = page(client, f"{URL}?due=overdue")
    assert f'data-dispute="{fresh.pk}"' not in overdue
    assert overdue.count("data-dispute=") == 1
    only = page(client, f"{URL}?kind=identity")
    assert f'data-dispute="{fresh.pk}"' in only
    assert only.count("data-dispute=") == 1
    step(client, late, "answer", outcome="upheld", text="已更正")
    assert f'data-dispute="{late.pk}"' not in page(client, URL)
    answer: Any = client.get(f"{URL}file/?state=all")
    lines = b"".join(answer.streaming_content).decode("utf-8-sig")
    rows = {row["dispute"]: row for row in csv.DictReader(io.StringIO(lines))}
    assert (rows[str(late.pk)]["outcome"], rows[str(late.pk)]["amount"]) == ("upheld", "30000")
    assert rows[str(fresh.pk)]["amount"] == ""
    assert "罚息算错" not in lines


def test_an_agency_raises_and_sees_those_of_its_own(client: Client) -> None:
    abroad = go_abroad()
    theirs = dispute(abroad.other)
    client.force_login(abroad.user)
    sent = told(abroad.placed)
    answer = client.post("/case/PLACED-1/dispute/", sent)
    mine = Dispute.objects.get(loan_no="PLACED-1")
    assert answer.headers["Location"] == f"{URL}{mine.pk}/"
    assert page(client, URL).count("data-dispute=") == 1
    assert client.get(f"{URL}{theirs.pk}/").status_code == 404
    assert client.get("/case/OTHERS-9/dispute/").status_code == 404
    assert client.get(f"{URL}file/").status_code == 403
    assert step(client, mine, "answer", outcome="upheld", text="x").status_code == 403


def by_token(role: str) -> Client:
    """Whoever has this role, over HTTP."""
    token = issue_token(make_user(role=role, username=f"http-{role}"), name="test")
    return Client(headers={"Authorization": f"Bearer {token}"})


def test_the_same_over_http(case: Case) -> None:
    client = by_token("compliance_officer")
    body = {
        "key": "dispute-0001", "kind": "amount", "channel": "email", "text": "金额不对",
        "loans": [{"case": case.pk, "amount": 300_00}],
    }  # fmt: skip
    made = client.post("/api/disputes", body, content_type="application/json")
    again = client.post("/api/disputes", body, content_type="application/json")
    assert (made.status_code, again.json()["id"]) == (201, made.json()["id"])
    found = made.json()
    assert (found["state"], found["text"], found["loans"][0]["amount"]) == (
        "raised",
        "金额不对",
        300_00,
    )
    assert [one["step"] for one in found["deadlines"]] == ["acknowledge", "answer"]
    listed = client.get("/api/disputes?state=open&kind=amount").json()
    assert [one["id"] for one in listed] == [found["id"]]
    assert "text" not in listed[0]
    path = f"/api/disputes/{found['id']}"
    answer = {"key": "answer-0001", "kind": "answer", "outcome": "rejected", "text": "核对无误"}
    done = client.post(f"{path}/steps", answer, content_type="application/json")
    assert (done.status_code, done.json()["outcome"], done.json()["next_steps"]) == (
        200,
        "rejected",
        ["note", "attach"],
    )
    late = client.post(
        f"{path}/steps", answer | {"key": "answer-0002"}, content_type="application/json"
    )
    assert late.status_code == 409
    kinds = client.get("/api/disputes/kinds").json()
    assert {one["code"]: one["amount"] for one in kinds}["identity"] == "none"
    assert client.get(path).json()["loans"][0]["hold"] is not None


@pytest.mark.usefixtures("case")
def test_who_may_not(sign_in: Any) -> None:
    client = sign_in(make_user(role="operator"))
    assert client.get(URL).status_code == 403
    assert by_token("integrator").get("/api/disputes").status_code == 403
    auditor = sign_in(make_user(role="auditor"))
    assert auditor.get(URL).status_code == 200
    assert auditor.get(NEW).status_code == 403
