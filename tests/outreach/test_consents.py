"""What the gate is told of consent is the ledger, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from factories import make_case

from carrears.clock import now
from carrears.conduct.models import VerdictRecord
from carrears.outreach.calls import book_call
from carrears.parties.consents import Word, keep_word

pytestmark = pytest.mark.django_db


def facts(case: Any, key: str) -> dict[str, Any]:
    book_call(case, party=case.party, key=key, by=None)
    told: dict[str, Any] = VerdictRecord.objects.order_by("pk").last().facts["facts"]  # type: ignore[union-attr]
    return told


def test_the_gate_is_told_each_purpose_by_its_newest_word() -> None:
    case = make_case()
    assert case.party is not None
    told = {"source": "app", "at": now(), "purpose": "location_tracking"}
    keep_word(case.party, Word(granted=True, **told))

    consents = {one["scope"]: one for one in facts(case, "first")["consents"]}
    assert set(consents) == {"electronic_message", "location_tracking"}
    tracking = consents["location_tracking"]
    assert (tracking["granted"], tracking["separate"]) == (True, True)
    assert tracking.get("channels", []) == []

    keep_word(case.party, Word(granted=False, **(told | {"at": now()})))
    found = [one for one in facts(case, "next")["consents"] if one["scope"] == "location_tracking"]
    assert [one["granted"] for one in found] == [False]


def test_only_a_refused_way_is_avoided() -> None:
    case = make_case()
    assert case.party is not None
    for purpose, channel in (("location_tracking", ""), ("contact", "sms")):
        word = Word(granted=False, source="app", at=now(), purpose=purpose, channel=channel)
        keep_word(case.party, word)

    avoided = facts(case, "first")["preferences"]
    assert [one["channels"] for one in avoided] == [["sms"]]
