"""A strategy over HTTP: from a draft into force by two people, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import DAY, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.dayrun.models import DayRun
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
NEXT = (DAY + timedelta(days=1)).isoformat()
BASE = "/api/strategies/treatment"


class Program:
    """What a user's token may do."""

    def __init__(self, user: User) -> None:
        token = issue_token(user, name="test")
        self.client = Client(headers={"Authorization": f"Bearer {token}"})

    def get(self, address: str, **query: Any) -> Any:
        return self.client.get(address, query)

    def post(self, address: str, **body: Any) -> Any:
        return self.client.post(address, body, content_type="application/json")

    def put(self, address: str, **body: Any) -> Any:
        return self.client.put(address, body, content_type="application/json")


@pytest.fixture
def manager() -> Program:
    return Program(make_user(role="strategy_manager", username="manager"))


@pytest.fixture
def officer() -> Program:
    return Program(make_user(role="compliance_officer", username="officer"))


@pytest.fixture(autouse=True)
def _ran() -> None:
    DayRun.objects.create(as_of=DAY, inputs_hash="0" * 64)


def reviewed_sooner(document: dict[str, Any]) -> dict[str, Any]:
    """The last rule reviewed after 29 days instead of 30."""
    table = [node for node in document["nodes"] if node["type"] == "decisionTableNode"][-1]
    column = next(c["id"] for c in table["content"]["outputs"] if c["field"] == "review_days")
    table["content"]["rules"][-1][column] = "29"
    return document


def submitted(manager: Program) -> dict[str, Any]:
    draft = manager.post(f"{BASE}/drafts", title="Review sooner").json()
    address = f"/api/strategy-drafts/{draft['id']}"
    saved = manager.put(
        address, revision=draft["revision"], document=reviewed_sooner(draft["document"])
    )
    assert (saved.status_code, saved.json()["faults"]) == (200, [])
    answer = manager.post(f"{address}/submit", effective_on=NEXT, reason="cheaper")
    assert answer.status_code == 200
    return dict(answer.json())


def approved(manager: Program, officer: Program) -> dict[str, Any]:
    draft = submitted(manager)
    answer = officer.post(f"/api/strategy-drafts/{draft['id']}/approve", reason="agreed")
    assert answer.status_code == 201
    return dict(answer.json())


def test_two_people_bring_a_draft_into_force(manager: Program, officer: Program) -> None:
    before = manager.get(BASE).json()["version"]
    publication = approved(manager, officer)
    strategy = manager.get(BASE).json()

    assert strategy["version"] == publication["version"] != before
    assert strategy["first_undecided_day"] == NEXT
    told = [
        (p["kind"], p["effective_on"], p["proposed_by"], p["approved_by"])
        for p in strategy["publications"]
    ]
    assert told == [("approved", NEXT, "manager", "officer"), ("file", None, None, None)]
    changes = manager.get(f"{BASE}/changes", before=before, after=publication["version"]).json()
    assert [(c["change"], c["rule"], c["before"], c["after"]) for c in changes] == [
        ("changed", "current", "30", "29")
    ]
    history = manager.get(f"{BASE}/history").json()
    assert [(e["kind"], e["by"], e["reason"]) for e in history] == [
        ("published", "officer", "agreed"), ("file", None, ""), ("submitted", "manager", "cheaper"),
        ("edited", "manager", ""), ("opened", "manager", ""),
    ]  # fmt: skip
    assert Entry.objects.filter(kind__startswith="strategy.", position=None).count() == 0


def test_the_author_cannot_approve(manager: Program) -> None:
    draft = submitted(manager)
    answer = manager.post(f"/api/strategy-drafts/{draft['id']}/approve")
    assert (answer.status_code, answer.json()["detail"]) == (
        409, "whoever worked on a draft cannot approve it; a second person has to",
    )  # fmt: skip


def test_what_is_returned_is_worked_on_again(manager: Program, officer: Program) -> None:
    draft = submitted(manager)
    address = f"/api/strategy-drafts/{draft['id']}"
    assert officer.post(f"{address}/return").status_code == 409
    assert officer.post(f"{address}/return", reason="which?").json()["state"] == "open"
    assert manager.post(f"{address}/discard").json()["state"] == "discarded"
    assert [one["state"] for one in officer.get(f"{BASE}/drafts").json()] == ["discarded"]


def test_a_version_comes_back(manager: Program, officer: Program) -> None:
    before = manager.get(BASE).json()["version"]
    approved(manager, officer)
    assert officer.post(f"{BASE}/roll-back", version=before, reason="x").status_code == 403
    assert manager.post(f"{BASE}/roll-back", version=before, reason=" ").status_code == 409
    answer = manager.post(f"{BASE}/roll-back", version=before[:12], reason="complaints")
    assert (answer.status_code, answer.json()["kind"]) == (201, "rolled_back")
    assert manager.get(BASE).json()["version"] == before


def test_a_file_comes_in_as_a_draft(manager: Program) -> None:
    version = manager.get(BASE).json()["version"]
    kept = manager.get(f"{BASE}/versions/{version[:8]}").json()
    made = manager.post(
        f"{BASE}/drafts", title="From a file", document=kept["document"], facts=kept["facts"]
    )
    assert (made.status_code, made.json()["faults"], made.json()["base"]) == (201, [], None)
    facts = kept["facts"] | {"dpd": {"kind": "count"}}
    wrong = manager.post(f"{BASE}/drafts", title="X", document=kept["document"], facts=facts)
    assert wrong.status_code == 422
    assert "fact 'dpd'" in wrong.json()["detail"]
    wrong = manager.post(f"{BASE}/drafts", title="X", document={"nodes": 5})
    assert wrong.status_code == 422


def test_a_fault_names_its_cell(manager: Program) -> None:
    draft = manager.post(f"{BASE}/drafts", title="Broken").json()
    tables = [n for n in draft["document"]["nodes"] if n["type"] == "decisionTableNode"]
    tables[0]["content"]["rules"][1]["bucket"] = "-"
    address = f"/api/strategy-drafts/{draft['id']}"
    saved = manager.put(address, revision=1, document=draft["document"]).json()
    [fault] = saved["faults"]
    assert (fault["node"], fault["rule"], fault["column"]) == ("阶段 stage", 2, "账期 bucket")
    assert manager.put(address, revision=1, document=draft["document"]).status_code == 409
    answer = manager.post(f"{address}/submit", effective_on=NEXT, reason="x")
    assert (answer.status_code, answer.json()["title"]) == (409, "Conflict")


@pytest.mark.parametrize(
    "address",
    [
        "/api/strategies/unheard_of",
        f"{BASE}/versions/{'0' * 8}",
        f"{BASE}/versions/no-version",
        "/api/strategy-drafts/999999",
    ],
)
def test_what_is_not_there_is_not_found(address: str, manager: Program) -> None:
    assert manager.get(address).status_code == 404


def test_a_name_leads_nowhere_else(manager: Program) -> None:
    assert manager.get("/api/strategies/..%2Ftreatment").status_code in {404, 422}
    assert manager.get("/api/strategies/Treatment").status_code == 422


def test_who_may_not_is_told_so() -> None:
    collector = Program(make_user(role="collector"))
    answers = [
        collector.get(BASE),
        collector.get(f"{BASE}/drafts"),
        collector.post(f"{BASE}/drafts", title="x"),
        collector.post(f"{BASE}/roll-back", version="0" * 8, reason="x"),
        collector.get("/api/strategy-drafts/1"),
        collector.put("/api/strategy-drafts/1", revision=1, document={}),
        *(collector.post(f"/api/strategy-drafts/1/{step}", reason="x", effective_on=NEXT)
          for step in ("submit", "approve", "return", "discard")),
    ]  # fmt: skip
    assert [answer.status_code for answer in answers] == [403] * len(answers)
