"""Plan, start, look and stop, as a program does it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import DAY, make_case, make_user

from carrears.access.services import issue_token
from carrears.clock import now
from carrears.dayrun.decided import first_undecided_day
from carrears.dayrun.models import DayRun
from carrears.dayrun.pace import Pace, pace_of
from carrears.evidence.models import Entry
from carrears.experiments.models import Experiment
from carrears.experiments.services import ExperimentError, start_experiment
from carrears.strategy.drafts import open_draft, save_draft, submit_draft
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


def test_an_auditor_reads_and_plans_nothing() -> None:
    client = client_of("compliance_officer")
    assert client.get("/api/experiments").json() == []
    assert post(client, "", plan()).status_code == 403


def test_a_second_person_adopts_the_winner_which_then_decides() -> None:
    manager, officer = client_of("strategy_manager"), client_of("compliance_officer")
    post(manager, "", plan())
    post(manager, "/calls/start", {"on": DAY.isoformat()})
    early = post(manager, "/calls/conclude", {"winner": "calls"})
    post(manager, "/calls/stop", {"on": DAY.isoformat(), "reason": "enough", "arm": "calls"})
    unknown = post(manager, "/calls/conclude", {"winner": "nobody"})
    proposed = post(manager, "/calls/conclude", {"winner": "calls"})
    alone = post(manager, "/calls/adopt", {"reason": "it cures"})
    refused = post(officer, "/calls/reject", {"reason": "too few"})
    again = post(manager, "/calls/conclude", {"winner": "calls"})
    decided = post(officer, "/calls/adopt", {"reason": "it cures", "effective_on": "2020-01-01"})
    adopted = post(officer, "/calls/adopt", {"reason": "it cures"})

    assert [one.status_code for one in (early, unknown, alone, decided)] == [409] * 4
    assert proposed.json()["conclusion"] == "proposed"
    assert refused.status_code == 204
    assert again.json()["conclusion"] == "proposed"
    assert adopted.json() == {
        "version": "f" * 64, "effective_on": first_undecided_day().isoformat()
    }  # fmt: skip
    assert published_strategy(first_undecided_day()).version == "f" * 64
    publication = StrategyVersion.objects.get(version="f" * 64).publications.get()
    assert publication.kind == "adopted"
    assert (str(publication.proposed_by), str(publication.approved_by)) == (
        "strategy_manager", "compliance_officer"
    )  # fmt: skip
    kinds = Entry.objects.filter(subject="calls").order_by("id").values_list("kind", flat=True)
    assert [kind.removeprefix("experiment.") for kind in kinds] == [
        "planned", "started", "arm_stopped", "stopped", "proposed", "rejected", "proposed",
        "adopted",
    ]  # fmt: skip


def test_whoever_drafted_a_challenger_cannot_let_it_loose_alone() -> None:
    author = make_user(role="strategy_manager", username="author")
    draft = open_draft("treatment", title="Calls", by=author, at=now())
    document = json.loads(json.dumps(draft.document).replace("'email'", "'call'"))
    save_draft(draft.pk, revision=1, document=document, by=author, at=now())
    sent = submit_draft(draft.pk, effective_on=DAY, reason="try", by=author, at=now())
    assert sent.version is not None
    manager = client_of("strategy_manager")
    version = sent.version.version
    post(manager, "", plan(challengers=[{"name": "calls", "version": version, "share": 5000}]))
    found = Experiment.objects.get()

    with pytest.raises(ExperimentError, match="a second person must"):
        start_experiment(found, on=DAY, by=author, at=now())

    assert post(manager, "/calls/start", {"on": DAY.isoformat()}).json()["state"] == "running"


def test_a_plan_whose_champion_decides_no_more_cannot_start() -> None:
    manager, officer = client_of("strategy_manager"), client_of("compliance_officer")
    post(manager, "", plan())
    post(manager, "", plan(key="other"))
    post(manager, "/calls/start", {"on": DAY.isoformat()})
    post(manager, "/calls/stop", {"on": DAY.isoformat(), "reason": "enough"})
    post(manager, "/calls/conclude", {"winner": "calls"})
    post(officer, "/calls/adopt", {"reason": "it cures"})

    late = post(manager, "/other/start", {"on": first_undecided_day().isoformat()})

    assert late.status_code == 409


def test_the_pace_counts_debtors_not_loans() -> None:
    post(client_of("strategy_manager"), "", plan())
    for number in range(3):
        make_case(loan_no=f"A-0{number}", name="", obligor_no="P-1" if number else "", dpd=15)
    make_case(loan_no="A-09", name="", obligor_no="P-9", dpd=45)
    make_case(loan_no="A-10", name="", obligor_no="P-10", state="watch", dpd=0)

    got = client_of("compliance_officer").get("/api/experiments/calls/pace").json()

    missing = Experiment.objects.get().planned_debtors - 3
    assert got == {
        "planned_debtors": missing + 3, "debtors_behind": 3, "debtors_a_day": 2 / 30,
        "counted_days": 30, "is_seen": False, "expected_days": missing * 15 + 30,
    }  # fmt: skip


def test_the_pace_is_what_the_day_runs_saw() -> None:
    for day in (DAY - timedelta(days=10), DAY):
        DayRun.objects.create(as_of=day, state="done")
    for number in range(20):
        opened = DAY - timedelta(days=10 if number < 5 else number % 10)
        make_case(loan_no=f"B-{number}", name="", obligor_no=f"P-{number}", opened_on=opened)

    assert pace_of("CNY") == Pace(behind=20, a_day=1.5, days=10, is_seen=True)
    assert pace_of("CNY").days_until(20, window_days=30) == 30
    assert pace_of("CNY").days_until(23, window_days=30) == 32
    assert pace_of("USD").days_until(1, window_days=30) is None
