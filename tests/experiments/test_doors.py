"""Plan, start, look and stop, as a program does it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from factories import make_user

from carrears.access.services import issue_token
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import published_strategy

pytestmark = pytest.mark.django_db


def client_of(role: str) -> Client:
    token = issue_token(make_user(role=role), name="test")
    return Client(headers={"Authorization": f"Bearer {token}"})


def plan(**changes: Any) -> dict[str, Any]:
    published = published_strategy()
    StrategyVersion.objects.get_or_create(
        version="f" * 64,
        defaults={
            "name": "treatment",
            "document": json.loads(json.dumps(published.document).replace("'email'", "'call'")),
            "facts": published.facts,
        },
    )
    return {
        "key": "calls", "title": "Calls", "currency": "CNY", "window_days": 30, "matters": 0.05,
        "baseline": 0.3, "challengers": [{"name": "calls", "version": "f" * 8, "share": 5000}],
    } | changes  # fmt: skip


def post(client: Client, path: str, body: dict[str, Any] | None = None) -> Any:
    return client.post(f"/api/experiments{path}", body or {}, content_type="application/json")


def test_an_experiment_is_planned_started_and_stopped() -> None:
    client = client_of("strategy_manager")

    planned = post(client, "", plan())
    again = post(client, "", plan())
    started = post(client, "/calls/start", {"on": "2026-07-01"})
    looked = client.get("/api/experiments/calls/figures")
    unreasoned = post(client, "/calls/stop", {"on": "2026-07-02", "reason": " "})
    stopped = post(client, "/calls/stop", {"on": "2026-07-02", "reason": "enough"})

    assert (planned.status_code, planned.json()["state"]) == (201, "planned")
    assert [arm["share"] for arm in planned.json()["arms"]] == [5000, 5000]
    assert planned.json()["planned_debtors"] > 1000
    assert again.status_code == 409
    assert started.json()["state"] == "running"
    assert looked.json() == []
    assert unreasoned.status_code == 409
    assert (stopped.json()["state"], stopped.json()["stop_reason"]) == ("stopped", "enough")


def test_what_does_not_hold_together_is_refused() -> None:
    client = client_of("strategy_manager")
    unknown = [{"name": "calls", "version": "0" * 8, "share": 5000}]

    assert post(client, "", plan(challengers=unknown)).status_code == 409
    assert post(client, "", plan(baseline=0.99)).status_code == 409
    assert post(client, "", plan(matters=0)).status_code == 422
    assert client.get("/api/experiments/none").status_code == 404


def test_an_auditor_reads_and_does_no_more() -> None:
    client = client_of("compliance_officer")
    assert client.get("/api/experiments").json() == []
    assert post(client, "", plan()).status_code == 403
