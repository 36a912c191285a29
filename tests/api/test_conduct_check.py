"""A program asks whether a contact may be made."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from conduct.samples import effective_calls, make_attempt, make_facts
from django.test import Client
from factories import make_user

from carrears.access.services import issue_token
from carrears.conduct.models import VerdictRecord

pytestmark = pytest.mark.django_db
NIGHT = "2026-03-10T23:00"


@pytest.fixture
def ask() -> Any:
    token = issue_token(make_user(role="collector"), name="test")
    client = Client(headers={"Authorization": f"Bearer {token}"})

    def post(at: str = NIGHT, **more: Any) -> Any:
        attempt = make_attempt(at, contact_point="D.mobile").to_json()
        body = {
            "id": "own",
            "jurisdiction": "CN",
            "facts": make_facts().to_json(),
            "history": [],
            "attempt": attempt,
            **more,
        }
        return client.post("/api/conduct/check", body, content_type="application/json")

    return post


def test_verdict_comes_with_the_findings_behind_it(ask: Any) -> None:
    answer = ask().json()

    findings = {one["rule"]: one for one in answer.pop("findings")}
    assert {rule for rule, one in findings.items() if one["gate_action"] != "allow"} == {
        "CN-01", "CN-09",
    }  # fmt: skip
    night = findings["CN-01"]
    assert (night["strength"], night["outcome"], night["citation"]) == (
        "prohibited", "block", answer["citations"][0],
    )  # fmt: skip
    assert night["retry_at"] == "2026-03-11T08:00:00+08:00"
    assert all(night["explanation"].values())
    assert answer.pop("pack_version").partition("+")[2] != ""
    assert answer.pop("citations") == [findings[rule]["citation"] for rule in ("CN-01", "CN-09")]
    assert answer == {
        "id": "own", "verdict": "block", "gate_action": "block", "rules": ["CN-01", "CN-09"],
        "next_allowed": "2026-03-11T00:00:00+00:00", "pack": "cn", "law_on": "2026-03-10",
    }  # fmt: skip
    assert ask("2026-03-10T12:00").json()["next_allowed"] is None
    calls = [call.to_json() for call in effective_calls(3, before=datetime(2026, 3, 10, 16))]  # noqa: DTZ001  local
    counted = ask("2026-03-10T16:00", history=calls).json()["findings"]
    assert [one["used"] for one in counted if one["rule"] == "CN-02"] == [
        sorted(f"history:{call['id']}" for call in calls)
    ]
    assert VerdictRecord.objects.count() == 0


def test_bad_facts_are_named_by_field(ask: Any) -> None:
    def fields(**more: Any) -> tuple[int, list[str]]:
        answer = ask(**more)
        return answer.status_code, [each["field"] for each in answer.json()["errors"]]

    attempt = make_attempt(NIGHT).to_json()
    assert fields(facts={"parties": [], "debts": []}) == (422, ["case.facts.organisations"])
    assert fields(attempt={**attempt, "party": "X"}) == (422, ["case.attempt.party"])
    assert fields(attempt={**attempt, "at": "1999-01-01T10:00"}) == (422, ["case.attempt.at"])
    assert fields(jurisdiction="ZZ") == (422, ["case.jurisdiction"])
    assert fields(jurisdiction="../cn") == (422, ["case.jurisdiction"])
    assert fields(expect="perhaps") == (422, ["case.expect"])


def test_only_those_who_may_see_cases_may_ask() -> None:
    client = Client(headers={"Authorization": f"Bearer {issue_token(make_user(), name='test')}"})
    assert client.post("/api/conduct/check", {}, content_type="application/json").status_code == 422
    body = {
        "jurisdiction": "CN",
        "facts": make_facts().to_json(),
        "history": [],
        "attempt": make_attempt(NIGHT).to_json(),
    }
    assert (
        client.post("/api/conduct/check", body, content_type="application/json").status_code == 403
    )
    assert (
        Client().post("/api/conduct/check", body, content_type="application/json").status_code
        == 401
    )
