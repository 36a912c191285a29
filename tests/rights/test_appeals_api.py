"""Appeals over HTTP: a system records them, a person with his own token judges them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from factories import make_user
from rights.test_appeals import GRAVE, decided_case

from carrears.access.services import issue_token
from carrears.rights.models import RightsRequest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _book(settings: Any, tmp_path: Path) -> None:
    settings.BOOK_DIR = tmp_path / "book"


def caller(role: str) -> Any:
    token = issue_token(make_user(role=role), name=role)
    client = Client(headers={"authorization": f"Bearer {token}"})

    def call(path: str = "", **told: Any) -> Any:
        if not told:
            return client.get(f"/api/appeals{path}")
        return client.post(f"/api/appeals{path}", told, content_type="application/json")

    return call


def appeal(party_no: str, **changes: Any) -> dict[str, Any]:
    usual = {
        "key": "portal-0001",
        "loan_no": "A-03",
        "party_no": party_no,
        "text": "请由人来看",
        "channel": "web",
        "proof": "id_document",
    }
    return usual | changes


def test_recorded_by_a_system_and_judged_by_a_person() -> None:
    case = decided_case(GRAVE)
    told = appeal(case.party.party_no)
    portal, judge = caller("integrator"), caller("compliance_officer")

    first, again = portal(**told), portal(**told)

    assert (first.status_code, again.status_code) == (201, 201)
    assert RightsRequest.objects.count() == 1
    made = first.json()
    assert (made["treatment"], made["state"], made["next_actions"]) == ("recovery", "open", [])
    assert portal(f"/{made['id']}").status_code == 403
    assert judge(f"/{made['id']}").json()["next_actions"][:2] == ["uphold", "change"]
    assert [one["id"] for one in judge("?state=open").json()] == [made["id"]]
    done = judge(
        f"/{made['id']}/actions",
        key="judge-0001",
        action="change",
        treatment="offer_plan",
        until_on="2026-08-31",
        text="先谈安排",
    ).json()
    assert (done["outcome"], done["treatment_after"], done["until_on"]) == (
        "changed",
        "offer_plan",
        "2026-08-31",
    )
    case.refresh_from_db()
    assert case.treatment == "offer_plan"
    paper = judge(f"/{made['id']}/explanation", key="paper-0001", format="pdf-en")
    assert paper.content.startswith(b"%PDF")
    told = judge(f"/{made['id']}/explanation", key="paper-0002", format="json").json()
    assert told["reason"] == "先谈安排"


def test_what_cannot_be_contested_says_why() -> None:
    case = decided_case(GRAVE)
    judge = caller("compliance_officer")
    assert judge(**appeal(case.party.party_no)).status_code == 201
    twice = judge(**appeal(case.party.party_no, key="portal-0002"))
    assert (twice.status_code, twice.json()["detail"]) == (
        409,
        "an appeal about this case is open already",
    )
    assert judge(**appeal("nobody", key="portal-0003")).status_code == 404
    own = RightsRequest.objects.get().pk
    refused = judge(f"/{own}/actions", key="judge-0002", action="uphold", text="好")
    assert refused.status_code == 409  # who recorded it does not judge it
