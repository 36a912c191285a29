"""A promise recorded by mistake is withdrawn or replaced: it counts nowhere, and it is told why."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from access.outsiders import go_abroad
from django.test import Client
from factories import DAY, MOMENT, make_action, make_case, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework.matching import Paid
from carrears.casework.models import ActionState, Case, CaseEvent, Promise
from carrears.casework.promise_quality import promises_due, quality_of
from carrears.casework.promise_withdrawal import replace_promise, withdraw_promise
from carrears.casework.promises import PartWanted, lock_promises, record_promise, settle_promises
from carrears.casework.services import CaseworkError
from carrears.casework.words import text_of
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
DUE = DAY + timedelta(days=5)


@pytest.fixture
def me() -> User:
    return make_user(role="collector", username="me")


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


def promised(case: Case, by: User, amount: int = 500_00) -> Promise:
    made = record_promise(case, parts=[PartWanted(amount, DUE)], today=DAY, by=by, at=MOMENT)
    made.case.refresh_from_db()
    return made


def withdraw(promise: Promise, by: User, **given: Any) -> Promise:
    told: dict[str, Any] = {"mistake": "misheard", "why": "他说的是下个月再看", "today": DAY}
    return withdraw_promise(promise, **(told | {"by": by, "at": MOMENT} | given))


def figures(user: User) -> tuple[int, ...]:
    found = quality_of(promises_due(user, first=DAY, last=DUE))
    return tuple(
        sum(getattr(one, name) for one in found)
        for name in ("made", "kept", "partly", "broken", "open", "cancelled")
    )


def settle(case: Case, *paid: Paid, days: int) -> None:
    day = DAY + timedelta(days=days)
    found = lock_promises([case.loan_no], as_of=day)
    settle_promises({case.loan_no: paid}, found, as_of=day, at=MOMENT, by_newest_book=True)


def test_it_counts_neither_kept_nor_broken_and_tells_why(case: Case, me: User) -> None:
    promise = promised(case, me)
    assert figures(me) == (1, 0, 0, 0, 1, 0)

    withdraw(promise, me)
    settle(case, Paid(no="1", paid_on=DUE, amount=500_00), days=20)

    promise.refresh_from_db()
    assert (promise.state, promise.cancelled_for, promise.settled_on) == (
        "cancelled", "withdrawn", DAY,
    )  # fmt: skip
    assert [part.state for part in promise.parts.all()] == ["cancelled"]
    assert figures(me) == (0, 0, 0, 0, 0, 1)
    line = CaseEvent.objects.get(kind="promise_withdrawn")
    assert line.data == {
        "amount": 500_00, "currency": "CNY", "due_on": DUE.isoformat(), "mistake": "misheard",
        "text": "", "how": "withdrawn",
    }  # fmt: skip
    assert text_of(line) == "他说的是下个月再看"
    entry = Entry.objects.get(kind="case.promise_withdrawn")
    assert entry.actor == "me"
    assert "下个月" not in entry.payload


def test_what_it_stopped_is_planned_again_and_its_reminders_are_not_sent(
    case: Case, me: User
) -> None:
    soon = make_action(
        case=case, key="soon", channel="sms", planned_for=MOMENT + timedelta(hours=2)
    )
    past = make_action(
        case=case, key="past", channel="email", planned_for=MOMENT - timedelta(hours=2)
    )
    promise = promised(case, me)
    part = promise.parts.get()
    Case.objects.filter(pk=case.pk).update(
        follow_up_on=DUE, follow_up_why={"rule": "after-promise", "after": "promise", "days": 1}
    )
    reminder = make_action(case=case, key="reminder", channel="sms", planned_for=MOMENT, part=part)

    withdraw(promise, me)

    for one, state in (
        (soon, ActionState.PLANNED), (past, ActionState.CANCELLED),
        (reminder, ActionState.CANCELLED),
    ):  # fmt: skip
        one.refresh_from_db()
        assert one.state == state
    assert CaseEvent.objects.get(kind="promise_withdrawn").data["again"] == 1
    case.refresh_from_db()
    assert case.follow_up_on == DAY  # the promise had put it off


def test_another_takes_its_place(case: Case, me: User) -> None:
    promise = promised(case, me, 900_00)

    made = replace_promise(
        promise, parts=[PartWanted(90_00, DUE)], mistake="amount", why="多打了一个零",
        today=DAY, by=me, at=MOMENT,
    )  # fmt: skip

    assert (made.amount, made.state) == (90_00, "open")
    promise.refresh_from_db()
    assert (promise.state, promise.cancelled_for) == ("cancelled", "replaced")
    assert figures(me) == (1, 0, 0, 0, 1, 1)
    kinds = CaseEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["promise", "promise_withdrawn", "promise"]


def test_where_the_new_one_does_not_fit_the_old_one_stands(case: Case, me: User) -> None:
    promise = promised(case, me)

    with pytest.raises(CaseworkError, match="the amount must be above zero"):
        replace_promise(
            promise, parts=[PartWanted(10**12, DUE)], mistake="amount", why="x",
            today=DAY, by=me, at=MOMENT,
        )  # fmt: skip

    promise.refresh_from_db()
    assert promise.state == "open"
    assert Promise.objects.count() == 1


def test_nobody_mends_his_own_figures(case: Case, me: User) -> None:
    promise = promised(case, me)
    settle(case, days=20)
    promise.refresh_from_db()
    assert promise.state == "broken"

    with pytest.raises(CaseworkError, match="or not by you"):
        withdraw(promise, me)
    withdraw(promise, make_user(role="team_lead"))
    assert figures(me) == (0, 0, 0, 0, 0, 1)


def test_what_was_kept_stands_and_twice_is_once(case: Case, me: User) -> None:
    promise, lead = promised(case, me), make_user(role="team_lead")
    settle(case, Paid(no="1", paid_on=DAY, amount=500_00, told_at=None), days=3)
    promise.refresh_from_db()
    if promise.state == "kept":
        with pytest.raises(CaseworkError):
            withdraw(promise, lead)
    other = promised(make_case(loan_no="A-04", loan_id=4), me)
    withdraw(other, me)
    with pytest.raises(CaseworkError):
        withdraw(other, me)
    with pytest.raises(CaseworkError, match="a reason is needed"):
        withdraw(promised(make_case(loan_no="A-05", loan_id=5), me), me, why=" ")


def test_an_agency_withdraws_what_its_own_people_recorded() -> None:
    abroad = go_abroad()
    own = promised(abroad.placed, abroad.user)
    Promise.objects.filter(pk=own.pk).update(made_by=make_user(role="collector"))
    own.refresh_from_db()
    own.case = abroad.placed
    with pytest.raises(CaseworkError, match="or not by you"):
        withdraw(own, abroad.user)
    Promise.objects.filter(pk=own.pk).update(made_by=abroad.user)
    own.refresh_from_db()
    assert withdraw(own, abroad.user).state == "cancelled"


def test_the_api_records_once_and_withdraws(case: Case, me: User) -> None:
    key = {"Idempotency-Key": "once-and-only"}
    client = Client(headers={"Authorization": f"Bearer {issue_token(me, name='x')}"})
    url, sent = f"/api/cases/{case.pk}/promises", {"amount": 100_00, "due_on": DUE.isoformat()}

    def post(path: str, body: dict[str, Any], **headers: Any) -> Any:
        return client.post(path, body, content_type="application/json", headers=headers)

    first, again = (post(url, sent, **key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert Promise.objects.count() == 1
    assert post(url, sent | {"amount": 1}, **key).status_code == 409

    one = f"{url}/{first.json()['id']}"
    told = {"mistake": "day", "why": "听错了"}
    other = post(f"{one}/replace", told | {"amount": 50_00, "due_on": DUE.isoformat()})
    assert (other.status_code, other.json()["state"]) == (201, "open")
    ended = post(f"{url}/{other.json()['id']}/withdraw", told)
    assert (ended.status_code, ended.json()["cancelled_for"]) == (200, "withdrawn")
    assert post(f"{url}/{other.json()['id']}/withdraw", told).status_code == 409
    assert post(f"{one}/withdraw", {"mistake": "day"}).status_code == 422
    states = [one["cancelled_for"] for one in client.get(url).json()]
    assert sorted(states) == ["replaced", "withdrawn"]


def test_the_page_withdraws_and_replaces(case: Case, me: User) -> None:
    promise = promised(case, me)
    client = Client()
    client.force_login(me)
    page = client.get(f"/case/{case.loan_no}/").content.decode()
    assert f'action="/case/A-03/promise/{promise.pk}/withdraw/"' in page
    url = f"/case/{case.loan_no}/promise/{promise.pk}/withdraw/"

    assert client.post(url, {"mistake": "day", "why": ""}).status_code == 422
    half = client.post(url, {"mistake": "day", "why": "听错", "amount": "5"})
    assert half.status_code == 422
    told = {"mistake": "day", "why": "听错", "amount": "5", "due_on": DUE.isoformat()}
    assert client.post(url, told).status_code == 302
    assert list(Promise.objects.order_by("pk").values_list("amount", "cancelled_for")) == [
        (500_00, "replaced"), (5_00, ""),
    ]  # fmt: skip
    assert "承诺撤回" in client.get(f"/case/{case.loan_no}/").content.decode()
