"""A strategy is looked at and tried on one loan over HTTP; nothing is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import DAY, make_case, make_user

from carrears.access.services import issue_token
from carrears.dayrun.models import DayRun
from carrears.strategy.models import Draft, StrategyEvent

pytestmark = pytest.mark.django_db
BASE = "/api/strategies/treatment"


@pytest.fixture
def send() -> Any:
    DayRun.objects.create(as_of=DAY, inputs_hash="0" * 64)
    token = issue_token(make_user(role="strategy_manager"), name="test")
    client = Client(headers={"Authorization": f"Bearer {token}"})

    def post(path: str, **body: Any) -> Any:
        return client.post(f"{BASE}{path}", body, content_type="application/json")

    return post


def test_a_loan_is_decided_with_its_reasons(send: Any) -> None:
    facts = {"dpd": 20, "bucket": 1, "band": "E", "loan_to_value": 1.25}
    answer = send("/try", facts=facts).json()

    assert answer["facts"]["loan_to_value"] == "1.25"
    assert answer["facts"]["hardship"] is None
    assert answer["outputs"]["treatment"] == "early_call_firm"
    assert [(step["node"], step["rule"]) for step in answer["steps"]] == [
        ("阶段 stage", "stage-early"), ("处置 treatment", "early-16-de"),
    ]  # fmt: skip
    assert [(r["field"], r["wanted"], r["actual"]) for r in answer["steps"][1]["reasons"]] == [
        ("stage", "'early'", "early"), ("dpd", "[16..30]", 20), ("band", "'D', 'E'", "E"),
    ]  # fmt: skip


def test_what_is_known_of_a_loan_is_told_and_may_be_replaced(send: Any) -> None:
    told = {"dpd": 45, "bucket": 2, "band": "E", "loan_to_value": "1.200000", "hardship": False}
    make_case(loan_no="A-77", decision={"facts": told})

    assert send("/try", loan_no="A-77").json()["outputs"]["treatment"] == "car_check"
    changed = send("/try", loan_no="A-77", facts={"loan_to_value": None}).json()
    assert changed["outputs"]["treatment"] == "intensive_call"
    assert changed["facts"]["band"] == "E"
    assert send("/try", loan_no="nobody").status_code == 404


def test_a_draft_is_tried_before_it_decides(send: Any) -> None:
    draft = send("/drafts", title="Call everybody").json()
    table = [n for n in draft["document"]["nodes"] if n["type"] == "decisionTableNode"][-1]
    out = next(c["id"] for c in table["content"]["outputs"] if c["field"] == "treatment")
    table["content"]["rules"][-1][out] = "'soft_reminder'"
    Draft.objects.filter(pk=draft["id"]).update(document=draft["document"])
    kept = StrategyEvent.objects.count()

    facts = {"dpd": 0, "bucket": 0}
    assert send("/try", facts=facts).json()["outputs"]["treatment"] == "none"
    tried = send("/try", facts=facts, draft=draft["id"]).json()
    assert tried["outputs"]["treatment"] == "soft_reminder"
    assert StrategyEvent.objects.count() == kept
    assert send("/try", facts=facts, draft=10**6).status_code == 404
    assert send("/try", facts=facts, version="0" * 8).status_code == 404


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"dpds": 3}, "the fact 'dpds' is not declared"),
        ({"dpd": "3"}, "the fact 'dpd' is a number, not '3'"),
        ({"dpd": True}, "the fact 'dpd' is a number, not True"),
        ({"hardship": 1}, "the fact 'hardship' is a boolean, not 1"),
    ],
)
def test_facts_that_do_not_fit_are_named(facts: dict[str, Any], said: str, send: Any) -> None:
    answer = send("/try", facts=facts)
    assert (answer.status_code, answer.json()["detail"]) == (422, said)


def test_all_faults_of_a_graph_are_told(send: Any) -> None:
    document = send("/drafts", title="x").json()["document"]
    assert send("/validate", document=document).json() == {"faults": []}
    table = next(n["content"] for n in document["nodes"] if n["type"] == "decisionTableNode")
    table["rules"][0]["bucket"], table["rules"][1]["dpd"] = "-", "soon"
    faults = send("/validate", document=document).json()["faults"]
    assert sorted((f["node"], f["rule"], f["column"]) for f in faults) == [
        ("阶段 stage", 1, "账期 bucket"), ("阶段 stage", 2, "逾期天数 DPD"),
    ]  # fmt: skip
    [fault] = send("/validate", document={"nodes": 5}).json()["faults"]
    assert fault["reason"] == "'nodes' has to be a list"
    wrong = send("/validate", document=document, facts={"dpd": {"kind": "count"}})
    assert wrong.status_code == 422


def test_who_may_not_is_told_so() -> None:
    collector = make_user(role="collector")
    client = Client(headers={"Authorization": f"Bearer {issue_token(collector, name='test')}"})
    bodies: dict[str, dict[str, Any]] = {"try": {}, "validate": {"document": {}}}
    answers = [
        client.post(f"{BASE}/{path}", body, content_type="application/json")
        for path, body in bodies.items()
    ]
    assert [answer.status_code for answer in answers] == [403, 403]


def test_a_day_given_as_text_is_a_day(send: Any) -> None:
    version = send("/drafts", title="x").json()
    facts = version["facts"] | {"as_of": {"kind": "date"}}
    draft = send("/drafts", title="y", document=version["document"], facts=facts).json()
    day = (DAY + timedelta(days=1)).isoformat()
    tried = send("/try", draft=draft["id"], facts={"as_of": day}).json()
    assert tried["facts"]["as_of"] == day
    assert send("/try", draft=draft["id"], facts={"as_of": "soon"}).status_code == 422
