"""The ledger of consents over HTTP."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user

from carrears.access.services import issue_token
from carrears.clock import now
from carrears.parties.models import Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def party() -> Party:
    found = make_case(loan_no="C-1", name="赵试一").party
    assert found is not None
    return found


def headers(role: str) -> dict[str, str]:
    token = issue_token(make_user(role=role), name="test")
    return {"Authorization": f"Bearer {token}"}


def body(party: Party, **changes: Any) -> dict[str, Any]:
    told = {"key": "app-000001", "party_no": party.party_no, "channel": "sms", "granted": False}
    told |= {"given_at": now().isoformat(), "source": "app"}
    return told | changes


def test_a_word_is_kept_once_and_told(client: Client, party: Party) -> None:
    as_whom, told = headers("integrator"), body(party)
    first = client.post("/api/consents", told, "application/json", headers=as_whom)
    again = client.post("/api/consents", told, "application/json", headers=as_whom)

    assert (first.status_code, again.status_code) == (201, 200)
    assert (first.json()["new"], again.json()["new"]) == (True, False)
    assert first.json()["id"] == again.json()["id"]
    rows = client.get(f"/api/consents/{party.pk}", headers=as_whom).json()
    sms = [(one["granted"], one["holds"]) for one in rows if one["channel"] == "sms"]
    assert sms == [(False, True), (True, False)]


def test_what_cannot_be_kept_says_why(client: Client, party: Party) -> None:
    as_whom = headers("integrator")
    told = body(party, purpose="location_tracking")
    answer = client.post("/api/consents", told, "application/json", headers=as_whom)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "'sms' is no channel of location_tracking: none"
    ahead = body(party, given_at=(now() + timedelta(days=1)).isoformat())
    answer = client.post("/api/consents", ahead, "application/json", headers=as_whom)
    assert answer.status_code == 422
    assert answer.json()["detail"] == "a word cannot be given in time to come"
    unknown = client.get(f"/api/consents/{uuid.uuid4()}", headers=as_whom)
    assert unknown.status_code == 404


def test_who_may_not(client: Client, party: Party) -> None:
    as_whom = headers("operator")
    assert client.get(f"/api/consents/{party.pk}", headers=as_whom).status_code == 403
    answer = client.post("/api/consents", body(party), "application/json", headers=as_whom)
    assert answer.status_code == 403
