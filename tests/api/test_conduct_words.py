"""A program asks whether words may be said."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from factories import make_user

from carrears.access.services import issue_token

pytestmark = pytest.mark.django_db


def ask(role: str = "collector", **body: Any) -> Any:
    token = issue_token(make_user(role=role), name="test")
    client = Client(headers={"Authorization": f"Bearer {token}"})
    return client.post("/api/conduct/words", body, content_type="application/json")


def test_words_come_with_place_reason_and_citation() -> None:
    answer = ask(text="You will be arrested.", jurisdiction="US").json()
    assert (answer["gate_action"], answer["language"], answer["jurisdiction"]) == (
        "block", "en", "US",
    )  # fmt: skip
    assert answer["pack_version"]
    assert answer["findings"] == [
        {
            "id": "threat_of_arrest",
            "kind": "threat",
            "strength": "prohibited",
            "found": "You will be arrested",
            "start": 0,
            "end": 20,
            "explanation": {
                "zh": "以拘捕、坐牢、警察上门相威胁",
                "en": "It threatens arrest, prison or the police",
            },
            "citation": ("Fair Debt Collection Practices Act, 15 USC 1692 to 1692p 1692e(4)"),
        }
    ]


def test_a_duty_is_missed_at_no_place() -> None:
    answer = ask(text="请尽快还款。退订回T", channel="sms", sender="示例汽车金融").json()
    assert answer["gate_action"] == "block"
    assert [(one["id"], one["found"], one["end"]) for one in answer["findings"]] == [
        ("no_sender", "", 0)
    ]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "x", "jurisdiction": "XX"}, "jurisdiction"),
        ({"text": "x", "channel": "pigeon"}, "channel"),
    ],
)
def test_what_does_not_fit_is_named(body: dict[str, Any], field: str) -> None:
    answer = ask(**body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].endswith(field)


def test_who_may_not_see_cases_may_not_ask() -> None:
    assert ask(role="", text="x").status_code == 403
