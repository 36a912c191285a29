"""A case that one person has before him is written on by nobody else, and what was typed stays."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client
from factories import make_case, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.models import Case, CaseEvent, Hold, Promise, Showing
from carrears.casework.showing import show
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call
from carrears.outreach.models import Attempt, ContactOutcome

pytestmark = pytest.mark.django_db
PROMISE = {"amount": "100", "due_on": "2026-07-05"}
TOLD = {"way": "in-call", "code": "says_paid", "note": "他说已经还了"}
WRITES: dict[str, dict[str, str]] = {
    "promise": PROMISE,
    "note": {"text": "打了电话，他说周五还"},
    "follow-up": {"on": "2026-07-06", "reason": "出差"},
    "hold": {"reason": "dispute", "scope": "case"},
    "calls": {},
    "contacts": TOLD,
    "contact": {"key": str(uuid.uuid4())},
    "visit": {},
}


@pytest.fixture
def first() -> User:
    return make_user(role="collector", username="first")


@pytest.fixture
def case(first: User) -> Case:
    """A case that the first has before him."""
    case = make_case(assignee=first)
    assert show(case, first) is None
    return case


def rows() -> tuple[int, ...]:
    return tuple(
        model.objects.count()  # type: ignore[attr-defined]
        for model in (CaseEvent, Promise, Hold, Attempt, ContactOutcome)
    )


def the_lead(name: str = "lead") -> User:
    return make_user(role="team_lead", username=name)


@pytest.mark.parametrize("page", WRITES)
@pytest.mark.parametrize("headers", [{"HX-Request": "true"}, {}])
def test_who_writes_second_is_refused_and_told(
    case: Case, sign_in: Any, page: str, headers: dict[str, str]
) -> None:
    # Who may let collection go on may stop it, too, whoever has the case: see below.
    second = make_user(role="collector" if page == "hold" else "team_lead", username="second")
    Case.objects.filter(pk=case.pk).update(assignee=second)
    client = sign_in(second, language="en")
    url = f"/case/{case.loan_no}/{page}/"

    answer = client.post(url, WRITES[page], headers=headers)

    assert answer.status_code == 409
    said = answer.content.decode()
    assert "first has this case open since" in said
    assert rows() == (0, 0, 0, 0, 0)
    if headers:
        assert answer.headers["HX-Held"] == "true"
        assert 'id="case-holder" hx-swap-oob="innerHTML"' in said
    else:
        kept = [f'name="{name}" value="{value}"' for name, value in WRITES[page].items()]
        assert [one for one in kept if one not in said] == []


def test_what_was_typed_is_kept_by_who_takes_the_case_over(case: Case, sign_in: Any) -> None:
    lead = the_lead()
    client = sign_in(lead)
    url, told = f"/case/{case.loan_no}/note/", WRITES["note"]
    assert "接管并保存" in client.post(url, told).content.decode()

    answer = client.post(url, told | {"take_over": "1"})

    assert answer.status_code == 302
    assert list(CaseEvent.objects.order_by("pk").values_list("kind", "actor")) == [
        ("taken_over", lead.pk), ("note", lead.pk),
    ]  # fmt: skip
    assert Entry.objects.get(kind="case.taken_over").actor == "lead"
    assert Showing.objects.get().user == lead


def test_the_first_is_told_at_his_next_write(case: Case, first: User, sign_in: Any) -> None:
    sign_in(the_lead()).post(f"/case/{case.loan_no}/take-over/")
    client = sign_in(first, language="en")

    answer = client.post(
        f"/case/{case.loan_no}/note/", {"text": "mine"}, headers={"HX-Request": "true"}
    )

    assert (answer.status_code, answer.headers["HX-Held"]) == (409, "true")
    assert "lead has this case open since" in answer.content.decode()
    assert "Take it over" not in answer.content.decode()
    assert "lead has" in client.post(f"/case/{case.loan_no}/showing/").content.decode()


def test_a_collector_cannot_take_over_by_the_form(case: Case, sign_in: Any) -> None:
    other = make_user(role="collector", username="other")
    Case.objects.filter(pk=case.pk).update(assignee=other)
    told = WRITES["note"] | {"take_over": "1"}

    assert sign_in(other).post(f"/case/{case.loan_no}/note/", told).status_code == 409
    assert rows() == (0, 0, 0, 0, 0)


def test_what_one_writes_renews_the_lease_and_it_ends_by_itself(
    case: Case, first: User, sign_in: Any
) -> None:
    before = Showing.objects.get().until
    client, lead = sign_in(first), sign_in(the_lead())
    url = f"/case/{case.loan_no}/note/"
    assert client.post(url, WRITES["note"]).status_code == 302
    assert Showing.objects.get().until > before
    assert lead.post(url, {"text": "zu früh"}).status_code == 409

    Showing.objects.update(until=before.replace(year=2025))
    assert lead.post(url, {"text": "frei"}).status_code == 302
    assert Showing.objects.get().user.username == "lead"


def test_reading_goes_on(case: Case, sign_in: Any) -> None:
    for role in ("team_lead", "compliance_officer", "auditor"):
        client = sign_in(make_user(role=role))
        assert client.get(f"/case/{case.loan_no}/").status_code == 200
    preview = PROMISE | {"preview": "1"}
    answer = sign_in(the_lead()).post(f"/case/{case.loan_no}/promise/", preview)
    assert answer.status_code == 200


def test_who_may_let_collection_go_on_may_stop_it_meanwhile(case: Case, sign_in: Any) -> None:
    client = sign_in(the_lead())
    told = {"reason": "legal", "scope": "loan"}
    assert client.post(f"/case/{case.loan_no}/hold/", told).status_code == 302
    assert Showing.objects.get().user.username == "first"


def test_what_came_of_ones_own_call_is_kept_whoever_has_the_case(
    case: Case, first: User, sign_in: Any
) -> None:
    assert case.party is not None
    call = book_call(case, party=case.party, key="mine", by=first)
    Attempt.objects.filter(pk=call.pk).update(made_by=first)
    sign_in(the_lead()).post(f"/case/{case.loan_no}/take-over/")

    answer = sign_in(first).post(f"/case/{case.loan_no}/calls/{call.pk}/result/", {})

    assert answer.status_code == 422  # the form is looked at, and lacks its result


def test_the_api_says_who_has_it_and_until_when(case: Case, first: User) -> None:
    lead = the_lead()
    headers = {
        "Authorization": f"Bearer {issue_token(lead, name='x')}",
        "Idempotency-Key": "a-key-of-mine",
    }
    client = Client(headers=headers)
    writes: dict[str, dict[str, Any]] = {
        f"/api/cases/{case.pk}/promises": {"amount": 100, "due_on": "2026-07-05"},
        f"/api/cases/{case.pk}/calls": {},
        f"/api/cases/{case.pk}/outcomes": {"code": "says_paid", "channel": "call"},
    }
    for path, sent in writes.items():
        answer = client.post(path, sent, content_type="application/json")
        assert answer.status_code == 409, path
        told = answer.json()
        assert (told["held_by"], told["detail"]) == (
            "first", "another person has this case before him",
        )  # fmt: skip
        assert told["until"] == Showing.objects.get().until.isoformat()
    assert rows() == (0, 0, 0, 0, 0)
    assert client.get(f"/api/cases/{case.pk}").status_code == 200

    own = Client(headers=headers | {"Authorization": f"Bearer {issue_token(first, name='y')}"})
    made = own.post(
        f"/api/cases/{case.pk}/promises", {"amount": 100, "due_on": "2026-07-05"},
        content_type="application/json",
    )  # fmt: skip
    assert made.status_code == 201, made.json()
