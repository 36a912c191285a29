"""The HTTP API, as a program uses it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from factories import DAY, MOMENT, make_case, make_promise, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.api import api
from carrears.casework.models import CaseEvent, Hold
from carrears.conduct.services import put_bar_words

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


def client_of(user: User) -> Client:
    return Client(headers={"Authorization": f"Bearer {issue_token(user, name='test')}"})


def problem_of(response: Any) -> tuple[int, str, str]:
    body = response.json()
    assert (body["status"], response.headers["Content-Type"]) == (response.status_code, PROBLEM)
    return response.status_code, body["title"], body.get("detail", "")


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer ca_wrong"}])
def test_without_a_good_token_nothing_is_told(headers: dict[str, str]) -> None:
    response = Client(headers=headers).get("/api/cases")
    assert problem_of(response) == (401, "Unauthorized", "a valid API token is needed")
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_token_is_no_token() -> None:
    user = make_user(role="operator")
    secret = issue_token(user, name="old", expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    response = Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/cases")
    assert response.status_code == 401


def test_a_collector_sees_his_own_cases_only() -> None:
    collector, lead = make_user(role="collector"), make_user(role="team_lead")
    own = make_case(loan_no="A-01", assignee=collector)
    other = make_case(loan_no="A-02", assignee=None)

    mine = client_of(collector).get("/api/cases").json()
    everybodys = client_of(lead).get("/api/cases").json()

    assert [case["loan_no"] for case in mine["items"]] == ["A-01"]
    assert [case["loan_no"] for case in everybodys["items"]] == ["A-01", "A-02"]
    assert client_of(collector).get(f"/api/cases/{own.pk}").status_code == 200
    assert client_of(collector).get(f"/api/cases/{other.pk}").status_code == 404


def test_cases_come_page_by_page() -> None:
    lead = make_user(role="team_lead")
    for number in range(5):
        make_case(loan_no=f"A-0{number}")
    client, after, seen = client_of(lead), 0, []
    while after is not None:
        page = client.get("/api/cases", {"limit": 2, "after": after}).json()
        seen += [case["loan_no"] for case in page["items"]]
        after = page["next"]
    assert seen == ["A-00", "A-01", "A-02", "A-03", "A-04"]


def test_who_may_not_see_cases_is_told_so() -> None:
    response = client_of(make_user()).get("/api/cases")
    assert problem_of(response) == (403, "Forbidden", "this user may not see cases")


def test_a_wrong_field_is_named() -> None:
    response = client_of(make_user(role="team_lead")).get("/api/cases", {"limit": 9999})
    assert response.status_code == 422
    assert [error["field"] for error in response.json()["errors"]] == ["limit"]


def test_a_hold_is_placed_once() -> None:
    case = make_case()
    client = client_of(make_user(role="team_lead"))

    def place(reason: str, key: str = "") -> tuple[int, Any]:
        headers = {"Idempotency-Key": key} if key else {}
        answer = client.post(
            f"/api/cases/{case.pk}/holds", {"reason": reason}, "application/json", headers=headers
        )
        return answer.status_code, answer.json().get("id")

    first, again = place("legal", "k-1"), place("legal", "k-1")
    assert (first[0], again[0], first[1]) == (201, 200, again[1])
    assert place("hospital", "k-1")[0] == 409  # the key was used for something else
    assert place("legal")[0] == 409  # it stands
    assert place("hospital")[0] == 201
    assert Hold.objects.count() == 2


def test_what_no_database_holds_is_refused() -> None:
    case = make_case()
    client = client_of(make_user(role="team_lead"))
    beyond = client.get(f"/api/cases/{case.pk}/events?offset=99999999999999999999")
    assert [error["field"] for error in beyond.json()["errors"]] == ["offset"]
    told = client.post(
        f"/api/cases/{case.pk}/holds",
        b'{"reason": "legal", "why": "a\\u0000b"}',
        content_type="application/json",
    )
    assert (told.status_code, Hold.objects.count()) == (400, 0)


def test_a_promise_is_recorded_once() -> None:
    collector = make_user(role="collector")
    case = make_case(loan_no="A-01", assignee=collector)
    client = client_of(collector)
    body = {"amount": 500_00, "due_on": date(2026, 7, 5).isoformat()}
    address = f"/api/cases/{case.pk}/promises"

    made = client.post(address, body, content_type="application/json")
    again = client.post(address, body, content_type="application/json")

    assert (made.status_code, made.json()["state"]) == (201, "open")
    assert problem_of(again)[:2] == (409, "Conflict")


def test_the_file_of_a_loan_that_is_not_behind_is_read() -> None:
    case = make_case(state="watch")
    client = client_of(make_user(role="team_lead"))
    assert client.get(f"/api/cases/{case.pk}").json()["state"] == "watch"
    listed = client.get("/api/cases", {"state": "watch"}).json()["items"]
    assert [one["id"] for one in listed] == [case.pk]


def test_events_and_promises_of_a_case_come_in_pages() -> None:
    case = make_case()
    events = [f"note-{number}" for number in range(3)]
    for number, kind in enumerate(events):
        at = MOMENT + timedelta(hours=number)
        CaseEvent.objects.create(case=case, kind=kind, key=kind, happened_at=at)
    promises = [make_promise(case, (100_00, DAY + timedelta(days=n))).pk for n in range(3)]
    client = client_of(make_user(role="team_lead"))

    for name, field, newest in (
        ("events", "kind", events[::-1]),
        ("promises", "id", promises[::-1]),
    ):
        address = f"/api/cases/{case.pk}/{name}"
        assert [one[field] for one in client.get(address).json()] == newest
        page = client.get(address, {"offset": 1, "limit": 1}).json()
        assert [one[field] for one in page] == newest[1:2]
        assert client.get(address, {"limit": 501}).status_code == 422


def test_a_payment_needs_a_book_a_permission_and_a_key() -> None:
    body = {"amount": 100, "currency": "CNY", "paid_on": "2026-06-30"}
    operator = client_of(make_user(role="operator"))
    collector = client_of(make_user(role="collector"))

    def pay(client: Client, **headers: str) -> Any:
        return client.post(
            "/api/loans/A-01/payments", body, content_type="application/json", headers=headers
        )

    assert problem_of(pay(collector, **{"Idempotency-Key": "bank-0001"}))[0] == 403
    assert pay(operator).status_code == 422
    assert problem_of(pay(operator, **{"Idempotency-Key": "bank-0001"}))[0] == 409


def test_an_unknown_address_is_a_problem_too() -> None:
    client = client_of(make_user(role="team_lead"))
    assert problem_of(client.get("/api/cases/999999"))[0] == 404


def test_the_documentation_is_served_to_everybody() -> None:
    paths = Client().get("/api/openapi.json").json()["paths"]
    assert {"/api/cases", "/api/loans/{loan_no}/payments", "/api/day-runs"} <= set(paths)
    assert Client().get("/api/docs").status_code == 200


def test_the_description_is_worked_out_once_as_anybody_may_ask_for_it() -> None:
    first = Client().get("/api/openapi.json").json()
    described = api.get_openapi_schema()

    assert Client().get("/api/openapi.json").json() == first
    assert api.get_openapi_schema() is described


def test_the_debtor_of_a_case_can_be_barred() -> None:
    officer, collector = make_user(role="compliance_officer"), make_user(role="collector")
    case = make_case(loan_no="A-01", assignee=collector)
    address, body = f"/api/cases/{case.pk}/do-not-contact", {"reason": "asked for it"}

    def bar(user: User, **changes: str) -> Any:
        return client_of(user).post(address, body | changes, content_type="application/json")

    assert bar(collector).status_code == 403
    assert problem_of(bar(officer, channel="pigeon"))[:2] == (409, "Conflict")
    made = bar(officer)
    assert (made.status_code, made.json()["from_on"]) == (201, "2026-06-30")
    assert case.party is not None
    assert put_bar_words(case.party.do_not_contact.all())[0].reason == "asked for it"
