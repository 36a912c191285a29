"""Desks and moves over HTTP: what a program sees and does of a lead's part of the house."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user

from carrears.access.models import Kind, User
from carrears.access.organisations import access_day, lender, open_organisation
from carrears.access.services import issue_token
from carrears.casework.models import Absence, Asked, Case, Desk, Move
from carrears.clock import now
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='test')}"})


def post(client: Client, path: str, data: Any = None, *, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(path, data or {}, content_type="application/json", headers=headers)


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead")


@pytest.fixture
def li() -> User:
    return make_user(role="collector", username="li")


@pytest.fixture
def wang() -> User:
    return make_user(role="collector", username="wang")


@pytest.fixture
def client(lead: User) -> Client:
    return client_of(lead)


def some_case(number: int, owner: User | None) -> Case:
    return make_case(
        loan_no=f"L{number}", loan_id=number, obligor_no=f"P-{number}", name="", assignee=owner
    )


def test_a_desk_tells_load_room_and_plan(client: Client, li: User) -> None:
    for number in (1, 2):
        some_case(number, li)
    [desk] = client.get("/api/desks").json()
    assert (desk["user"], desk["state"], desk["people"], desk["room"]) == ("li", "here", 2, 2000)
    assert (desk["plan"]["planned"], desk["plan"]["rest"], desk["plan"]["minutes"]) == (2, 0, 420)
    assert client.get("/api/desks/li").json() == desk
    assert client.get("/api/desks/nobody").status_code == 404
    Case.objects.filter(loan_no="L1").update(
        state="closed", closed_on=access_day(now()), close_reason="other"
    )
    after = client.get("/api/desks/li").json()["plan"]
    assert (after["planned"], after["left"], after["entered"]) == (1, {"closed": 1}, {})


def test_a_shift_is_put_whole(client: Client, li: User) -> None:
    told = {"room": 1, "a_day": 5, "skills": ["law"], "weekdays": [1, 2, 3],
            "begins_at": "09:00", "ends_at": "12:00"}  # fmt: skip
    for _ in range(2):
        answer = client.put("/api/desks/li", told, content_type="application/json")
        assert answer.status_code == 200
    assert answer.json()["desk"]["ends_at"] == "12:00:00"
    desk = Desk.objects.get(user=li)
    assert (desk.room, desk.a_day, desk.skills, desk.weekdays) == (1, 5, ["law"], [1, 2, 3])
    faulty = client.put("/api/desks/li", told | {"ends_at": None}, content_type="application/json")
    assert faulty.status_code == 409


@pytest.mark.usefixtures("li")
def test_an_absence_is_added_once_by_its_key_and_ended(client: Client) -> None:
    day = access_day(now())
    told = {"from_on": day.isoformat(), "until_on": (day + timedelta(days=3)).isoformat()}
    first = post(client, "/api/desks/li/absences", told, key="absence-1")
    again = post(client, "/api/desks/li/absences", told, key="absence-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert client.get("/api/desks/li").json()["state"] == "away"
    other = post(client, "/api/desks/li/absences", told | {"until_on": None}, key="absence-1")
    assert (other.status_code, other.json()["detail"]) == (
        409, "this key was used for something else",
    )  # fmt: skip
    assert post(client, "/api/desks/li/absences", told).status_code == 422  # without a key
    past = {"from_on": "2020-01-01", "until_on": "2020-01-02"}
    assert post(client, "/api/desks/li/absences", past, key="absence-2").status_code == 409
    assert Asked.objects.count() == 1  # what is refused may be asked again

    pk = first.json()["id"]
    assert post(client, f"/api/desks/li/absences/{pk}/end").status_code == 204
    assert client.get("/api/desks/li/absences").json() == []
    assert Absence.objects.get().ended_at is not None
    assert Entry.objects.filter(kind="casework.absence.added").count() == 1


@pytest.mark.usefixtures("wang")
def test_a_move_is_looked_at_done_once_and_taken_back(client: Client, li: User) -> None:
    for number in (1, 2):
        some_case(number, li)
    wanted = {"owner": "li", "loan_nos": ["L1", "X9"], "way": "person", "to": "wang"}
    looked = post(client, "/api/moves/preview", wanted).json()
    assert looked["paths"] == [{"before": "li", "after": "wang", "cases": 1}]
    assert looked["stays"] == {"not_found": ["X9"]}
    assert not Move.objects.exists()

    stale = post(client, "/api/moves", wanted | {"seen": "x", "reason": "r"}, key="move-0001")
    assert stale.status_code == 409
    order = wanted | {"seen": looked["seen"], "reason": "balance"}
    done = post(client, "/api/moves", order, key="move-0001")
    again = post(client, "/api/moves", order, key="move-0001")
    assert (done.status_code, again.status_code) == (201, 200)
    assert done.json() == again.json()
    assert (done.json()["cases"], done.json()["to"], done.json()["by"]) == (1, "wang", "team_lead")
    assert Move.objects.count() == 1
    assert client.get("/api/moves").json() == [done.json()]

    undone = post(client, f"/api/moves/{done.json()['id']}/undo")
    assert undone.json() == {"back": 1, "stay": 0}
    assert Case.objects.get(loan_no="L1").assignee == li
    assert post(client, f"/api/moves/{done.json()['id']}/undo").status_code == 409


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"owner": "stranger"},
        {"owner": "li", "way": "person"},
        {"owner": "li", "way": "pool", "to": "li"},
    ],
)
@pytest.mark.usefixtures("li")
def test_what_cannot_be_meant_is_refused(client: Client, wanted: dict[str, Any]) -> None:
    assert post(client, "/api/moves/preview", wanted).status_code == 409


def test_cases_are_pulled_back_by_the_rules(client: Client, li: User, wang: User) -> None:
    Desk.objects.create(user=li, room=1)
    for number in (1, 2):
        some_case(number, li)
    looked = client.get("/api/moves/pull-back").json()
    assert looked["by_rule"] == {"overload": 1}
    assert looked["paths"] == [{"before": "li", "after": "wang", "cases": 1}]
    assert post(client, "/api/moves/pull-back", key="pull-0001").json() == {"cases": 1}
    assert post(client, "/api/moves/pull-back", key="pull-0001").json() == {"cases": 1}
    assert wang.cases.count() == 1
    [moved] = client.get("/api/moves").json()
    assert (moved["rule"], moved["by"]) == ("overload", "team_lead")


def test_a_lead_sees_his_part_of_the_house_and_a_collector_nothing(li: User) -> None:
    team = open_organisation("T2", name="T2", kind=Kind.TEAM, parent=lender(), by=None, at=now())
    other = client_of(make_user(role="team_lead", username="lead2", organisation=team))
    assert other.get("/api/desks").json() == []
    assert other.get("/api/desks/li").status_code == 404
    mine = client_of(li)
    for path in ("/api/desks", "/api/desks/li", "/api/moves", "/api/moves/pull-back"):
        assert mine.get(path).status_code == 403
    assert post(mine, "/api/moves/pull-back", key="pull-0001").status_code == 403
