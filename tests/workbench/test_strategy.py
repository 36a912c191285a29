"""The screens of strategies: draft, save, try, submit, approve, put back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import make_user
from workbench.documents import Document

from carrears.strategy.models import Draft, DraftState
from carrears.strategy.services import published_strategy, strategy_in_file
from carrears.workbench.queries.strategy import first_undecided_day

pytestmark = pytest.mark.django_db


def open_draft(client: Client) -> Draft:
    answer = client.post("/strategy/new/", {"title": "Call sooner"})
    draft = Draft.objects.get()
    assert answer.headers["Location"] == f"/strategy/draft/{draft.pk}/"
    return draft


def save(client: Client, draft: Draft, document: dict[str, Any], revision: int = 1) -> Any:
    return client.post(
        f"/strategy/draft/{draft.pk}/save/",
        json.dumps({"revision": revision, "document": document}),
        content_type="application/json",
    )


def with_cell(document: dict[str, Any], text: str) -> dict[str, Any]:
    """The document with another text in the first condition of the last table's last rule."""
    made: dict[str, Any] = json.loads(json.dumps(document))
    table = [n for n in made["nodes"] if n["type"] == "decisionTableNode"][-1]
    table["content"]["rules"][-2][table["content"]["inputs"][1]["id"]] = text
    return made


def test_a_draft_goes_from_one_person_to_another_into_force(sign_in: Any) -> None:
    manager = sign_in(make_user(role="strategy_manager", username="manager"))
    draft = open_draft(manager)
    told = save(manager, draft, with_cell(draft.document, "0")).json()
    assert told == {"revision": 2, "faults": []}

    day = first_undecided_day() + timedelta(days=1)
    manager.post(
        f"/strategy/draft/{draft.pk}/submit/", {"effective_on": day.isoformat(), "reason": "why"}
    )
    manager.post(f"/strategy/draft/{draft.pk}/approve/", {})
    draft.refresh_from_db()
    assert draft.state == DraftState.SUBMITTED

    officer = sign_in(make_user(role="compliance_officer", username="officer"))
    officer.post(f"/strategy/draft/{draft.pk}/approve/", {"reason": "agreed"})
    draft.refresh_from_db()
    assert draft.state == DraftState.PUBLISHED
    assert published_strategy(day) == draft.version

    first = strategy_in_file("treatment")
    manager.post(f"/strategy/version/{first.pk}/back/", {"reason": "complaints"})
    assert published_strategy(first_undecided_day()) == first


def test_a_fault_is_told_with_its_cell(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    (fault,) = save(client, draft, with_cell(draft.document, "-")).json()["faults"]
    rules = len(
        [n for n in draft.document["nodes"] if n["type"] == "decisionTableNode"][-1]["content"][
            "rules"
        ]
    )
    assert fault["row"] == rules - 1
    assert fault["column"] == "逾期天数 DPD"
    assert fault["reason"]


def test_a_save_over_somebody_elses_is_a_conflict(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    assert save(client, draft, draft.document).status_code == 200
    assert save(client, draft, draft.document).status_code == 409


@pytest.mark.parametrize("body", ["", "[]", '{"revision": "x", "document": {}}'])
def test_what_is_no_draft_is_refused(sign_in: Any, body: str) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    path = f"/strategy/draft/{draft.pk}/save/"
    assert client.post(path, body, content_type="application/json").status_code == 400


def test_the_bench_names_the_rule_that_fires(sign_in: Any) -> None:
    client = sign_in(make_user(role="strategy_manager"))
    draft = open_draft(client)
    facts = {"bucket": "2", "dpd": "45", "band": "C"}
    answer = client.post(f"/strategy/draft/{draft.pk}/try/", facts)
    assert "mid-31" in answer.content.decode()
    assert client.post(f"/strategy/draft/{draft.pk}/try/", {"dpd": "soon"}).status_code == 200


def test_a_reader_may_not_write(sign_in: Any) -> None:
    draft = open_draft(sign_in(make_user(role="strategy_manager", username="manager")))
    officer = sign_in(make_user(role="compliance_officer", username="officer"))
    assert save(officer, draft, draft.document).status_code == 403
    assert officer.post("/strategy/new/", {"title": "x"}).status_code == 403
    collector = sign_in(make_user(role="collector", username="collector"))
    assert collector.get("/strategy/").status_code == 403


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_pages_of_a_draft_and_a_version_are_read(sign_in: Any, language: str) -> None:
    client = sign_in(make_user(role="strategy_manager"), language=language)
    draft = open_draft(client)
    save(client, draft, with_cell(draft.document, "0"))
    version = strategy_in_file("treatment")
    for path in (f"/strategy/draft/{draft.pk}/", f"/strategy/version/{version.pk}/", "/strategy/"):
        answer = client.get(path)
        assert answer.status_code == 200
        Document().feed(answer.content.decode())
    assert client.get(f"/strategy/version/{version.pk}/file/").json() == version.document
