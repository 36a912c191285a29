"""Somebody of an agency, given every permission by mistake, at every address there is.

The addresses are those that the resolver knows, so that a new page cannot be forgotten: it is
closed until ``access.doors`` lists it, and what is listed is walked here.
"""

from __future__ import annotations

import json
import re
import uuid

import pytest
from access.addresses import operations, screens
from access.outsiders import Abroad, go_abroad
from django.test import Client
from factories import make_user

from carrears.access import doors
from carrears.access.services import issue_token
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt
from carrears.recordings.models import Recording

pytestmark = pytest.mark.django_db
OTHERS = ("OTHERS-9", "孙试九")
# Nobody's rows, or those that he sees, which are looked at elsewhere.
_OF_HIMSELF = {
    "api/outcome-codes",
    "api/holds",
    "api/disputes",
    "api/disputes/kinds",
    "api/contact-logs",
    "api/contact-logs/file",
    "api/contact-logs/recordings",
    "api/visits",
    "api/destructions",
    "api/destructions/awaited",
    "api/settlements/own",
    "api/settlements/own/invoices",
}
SAMPLE = {"str": "phone", "slug": "cn", "path": "OTHERS-9", "uuid": str(uuid.uuid4())}


_REFUSED = {
    "workbench:rule": {404},
    "workbench:contact-log": {404},
    "workbench:contact-log-bring": {422},
    "workbench:contact-log-rejects": {404},
    "workbench:agency-recordings-bring": {422},
    "workbench:agency-recordings-rejects": {404},
    "workbench:destruction-state": {422},
    "workbench:destruction-certificate": {404},
    "workbench:destruction-paper": {404},
    "workbench:own-statement-file": {404},
    "workbench:own-invoice": {404},
    "workbench:own-invoice-file": {404},
    "workbench:visit": {404},
    "workbench:visit-step": {404},
    "workbench:visits-today-tell": {422},
    "workbench:dispute": {404},
    "workbench:file": {404},
    "workbench:file-content": {404},
    "workbench:notice-open": {404},
    "workbench:recording-begin": {400, 404, 422},
    "workbench:recording-append": {400, 404, 422},
    "workbench:recording-end": {400, 404, 422},
}
# What is sent is no form: tests/documents sends one.
_BY_FORM = {("POST", "api/cases/<case_id>/files")}
SCREENS = sorted(set(screens()))
OPERATIONS = sorted(operations())


@pytest.fixture
def abroad() -> Abroad:
    return go_abroad()


@pytest.fixture
def theirs(abroad: Abroad) -> Attempt:
    """A call about the case that is not placed."""
    party = abroad.other.party
    assert party is not None
    return book_call(abroad.other, party=party, key="a call of others", by=None)


@pytest.fixture
def client(abroad: Abroad) -> Client:
    client = Client()
    client.force_login(abroad.user)
    return client


@pytest.fixture
def token(abroad: Abroad) -> dict[str, str]:
    secret = issue_token(abroad.user, name="abroad")
    return {"Authorization": f"Bearer {secret}", "Idempotency-Key": "a-key-of-mine"}


def address_of(route: str, *, pk: int, loan_no: str = "OTHERS-9") -> str:
    def filled(found: re.Match[str]) -> str:
        kind = found[1] or "str"
        return str(pk) if kind == "int" else (SAMPLE | {"path": loan_no})[kind]

    return "/" + re.sub(r"<(?:(\w+):)?\w+>", filled, route)


def test_what_is_open_is_there() -> None:
    assert {name for name, _ in SCREENS} >= doors.SCREENS
    assert {(method, route) for method, route, _ in OPERATIONS} >= doors.OPERATIONS


@pytest.mark.parametrize("method", ["get", "post"])
def test_no_screen_shows_what_is_anothers(client: Client, theirs: Attempt, method: str) -> None:
    client.raise_request_exception = False
    for name, route in SCREENS:
        if doors.is_of_nobody(name):
            continue
        asked = {"q": "OTHERS-9"} if name == "workbench:search" else {}
        answer = getattr(client, method)(address_of(route, pk=theirs.pk), asked)
        if name not in doors.SCREENS:
            assert answer.status_code == 403, name
        elif "loan_no" in route:
            assert answer.status_code in {404, 405}, name
        else:
            known = {200, 302, 405} | _REFUSED.get(name, set())
            assert answer.status_code in known, name
        if asked:
            answer = client.get(answer.headers["Location"])
            assert "/case/" not in answer.content.decode()
        else:
            assert not [one for one in OTHERS if one in answer.content.decode()], name


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one[0]} {one[2]}")
def test_no_operation_gives_or_does_anything_of_anothers(
    token: dict[str, str], abroad: Abroad, theirs: Attempt, operation: tuple[str, str, str]
) -> None:
    method, route, address = operation
    pk = theirs.pk if "attempts" in address else abroad.other.pk
    told = {
        "mistake": "day",
        "result": "no_answer",
        "code": "says_paid",
        "channel": "call",
        "direction": "in",
    }
    told |= {"reason": "legal", "why": "x", "visitors": ["abroad", "x"]}
    told |= {"from_at": "2026-06-30T10:00:00+08:00", "until_at": "2026-06-30T12:00:00+08:00"}
    sent = json.dumps({"amount": 100, "due_on": "2026-07-05", "until_on": None} | told)
    answer = Client(headers=token).generic(
        method, address.replace("{pk}", str(pk)), sent, content_type="application/json"
    )

    if (method, route) not in doors.OPERATIONS:
        assert answer.status_code == 403
    elif (method, route) in _BY_FORM:
        assert answer.status_code == 422
    elif "<" in route:
        assert answer.status_code == 404
    elif route not in _OF_HIMSELF:
        assert [one["loan_no"] for one in answer.json()["items"]] == ["PLACED-1"]
    said = answer.content.decode().replace(address, "")  # a refusal says what was refused
    assert not [one for one in OTHERS if one in said]


def test_his_own_is_there_by_every_door(client: Client, abroad: Abroad) -> None:
    assert client.get("/").headers["Location"] == "/queue/"
    for name, route in SCREENS:
        if name in doors.SCREENS and "loan_no" in route:
            address = address_of(route, pk=abroad.placed.pk, loan_no="PLACED-1")
            known = {200, 302, 405, 409} | _REFUSED.get(name, set())
            assert client.get(address).status_code in known, name
    for page in ("/queue/", "/search/?q=PLACED-1"):
        assert "PLACED-1" in client.get(page, follow=True).content.decode()


def test_he_calls_in_the_name_of_his_agency(client: Client, abroad: Abroad) -> None:
    party = abroad.placed.party
    assert party is not None
    point = party.contact_points.get(kind="phone")
    told = {"party": party.token, "point": point.pk, "key": str(uuid.uuid4())}

    client.post("/case/PLACED-1/calls/", told, headers={"HX-Request": "true"})

    attempt = Attempt.objects.get()
    assert (attempt.agency, attempt.made_by) == ("HENGXIN", abroad.user)
    against = [one["rule_id"] for one in attempt.verdict.findings if one["gate_action"] == "block"]
    assert attempt.state == "blocked"
    assert against  # nobody gave it a mandate


@pytest.mark.parametrize(("loan_no", "status"), [("PLACED-1", 200), ("OTHERS-9", 404)])
def test_what_he_does_on_his_cases_is_recorded(client: Client, loan_no: str, status: int) -> None:
    told = {
        "token": str(uuid.uuid4()),
        "kind": "screen",
        "loan_no": loan_no,
        "page": "case",
        "started_at": 1_790_000_000_000,
    }

    answer = client.post("/recordings/begin/", json.dumps(told), content_type="application/json")

    assert answer.status_code == status
    assert Recording.objects.filter(staff__username="abroad").count() == (status == 200)


def test_without_a_home_every_door_is_closed_but_that_out(client: Client, abroad: Abroad) -> None:
    abroad.user.memberships.all().delete()

    assert {client.get(path).status_code for path in ("/", "/queue/", "/rules/")} == {403}
    assert client.post("/sign-out/").status_code == 302


def test_people_of_the_lender_are_not_kept_out(client: Client) -> None:
    client.force_login(make_user(role="compliance_officer"))
    assert client.get("/compliance/attempts/").status_code == 200
