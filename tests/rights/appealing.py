"""A case that the strategy decided, and what people do with an appeal against it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import MOMENT, make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.rights.models import RightsRequest
from carrears.rights.request_steps import ActionWanted, take_action
from carrears.rights.requests import RequestWanted, register_request
from carrears.strategy.services import published_strategy, strategy_document
from carrears.strategy.single import decide_one

# Eight days past due at risk C: a reminder; a hundred and thirty at risk D: the car is recovered.
MILD: dict[str, Any] = {"dpd": 8, "bucket": 1, "band": "C"}
GRAVE: dict[str, Any] = {"dpd": 130, "bucket": 5, "band": "D"}


@pytest.fixture(autouse=True)
def own_book(settings: Any, tmp_path: Path) -> None:
    settings.BOOK_DIR = tmp_path / "book"


@pytest.fixture
def officer() -> User:
    return make_user(username="officer", role="compliance_officer")


@pytest.fixture
def reviewer() -> User:
    return make_user(username="reviewer", role="compliance_officer")


def decided_case(facts: dict[str, Any], *, loan_no: str = "A-03", **changes: Any) -> Case:
    """A case as the shipped strategy decides it on these facts."""
    version = published_strategy()
    document, declared = strategy_document(version)
    known = dict.fromkeys(declared) | facts
    decision = decide_one(document, known)
    answer = decision.outputs | {"rule_id": decision.rule_id, "arm": None, "facts": known}
    values = {
        "treatment": decision.outputs["treatment"],
        "stage": decision.outputs["stage"],
        "priority": decision.outputs["priority"],
        "decision": json.loads(json.dumps(answer, default=str)),
        "strategy": version,
        "dpd": facts["dpd"],
        "bucket": facts["bucket"],
        "band": facts["band"],
    }
    return make_case(loan_no=loan_no, **(values | changes))


def asked(about: Case, kind: str = "appeal", **changes: Any) -> RightsRequest:
    usual: dict[str, Any] = {
        "key": f"{kind}-{about.loan_no}",
        "party": about.party,
        "loan_no": about.loan_no,
        "case": about,
        "kind": kind,
        "channel": "letter",
        "proof": "signed_letter",
        "received_at": MOMENT,
        "text": "我没有收到通知，请由人来看",
    }
    return register_request(RequestWanted(**(usual | changes)))


def act(request: RightsRequest, action: str, by: User, **more: Any) -> RightsRequest:
    usual: dict[str, Any] = {"key": f"{action}-1", "at": MOMENT + timedelta(days=1), "text": "理由"}
    return take_action(request, ActionWanted(action=action, by=by, **(usual | more)))


def now_of(case: Case) -> tuple[str, dict[str, Any]]:
    case.refresh_from_db()
    return case.treatment, case.decision.get("ruled") or {}
