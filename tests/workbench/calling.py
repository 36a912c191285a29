"""A case whose debtor is called from its page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from factories import make_case

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.outreach.models import Attempt
from carrears.workbench.view_models.calls import CallDesk

PART = {"HX-Request": "true"}
URL = "/case/A-03/calls/"


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


@pytest.fixture
def client(sign_in: Any, me: User, case: Case) -> Client:  # noqa: ARG001  his case
    client: Client = sign_in(me)
    return client


def desk_of(client: Client) -> CallDesk:
    desk: CallDesk = client.get("/case/A-03/").context["calls"]
    return desk


def button_of(client: Client, *, person: int = 0) -> dict[str, str]:
    """What the button beside the first number of a person sends."""
    desk = desk_of(client)
    one = desk.people[person]
    return {"key": desk.key, "party": one.token, "point": str(one.numbers[0].point)}


def press(client: Client, **changes: str) -> Any:
    return client.post(URL, button_of(client) | changes, headers=PART)


def tell(client: Client, call: Attempt, **told: str) -> Any:
    return client.post(f"{URL}{call.pk}/result/", told, headers=PART)


def contact(client: Client, **changes: str) -> Any:
    form = client.get("/case/A-03/").context["contact_form"]
    told = {
        "way": "in-call", "party": form.fields["party"].choices[0][0], "code": "says_paid",
        "key": form.initial["key"],
    }  # fmt: skip
    return client.post("/case/A-03/contacts/", told | changes, headers=PART)
