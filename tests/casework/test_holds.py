"""Collection stopped for a loan or for a person: at once, on every channel, with its history."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from factories import DAY, MOMENT, make_action, make_case, make_user

from carrears.access.models import Kind, User
from carrears.access.organisations import access_day, open_organisation
from carrears.access.services import issue_token
from carrears.casework.facts import case_facts
from carrears.casework.holds import lift_hold, move_end, place_hold, standing, why_of
from carrears.casework.models import Case, CaseEvent, Hold, HoldStep, PlannedAction
from carrears.casework.placements import place_debtors
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.calls import preview_call
from carrears.parties.models import LoanParty, Party

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    return make_user(role="team_lead")


@pytest.fixture
def case() -> Case:
    return make_case()


def another_loan(case: Case, loan_no: str = "A-04", **changes: Any) -> Case:
    """Another loan of the same borrower."""
    assert case.party is not None
    LoanParty.objects.create(loan_no=loan_no, party=case.party, role="obligor")
    return make_case(loan_no=loan_no, name="", party=case.party, loan_id=4, **changes)


def hold_of(case: Case, user: User | None, **more: Any) -> Hold:
    values = {"reason": "hospital", "today": DAY, "until_on": None, "by": user, "at": MOMENT}
    return place_hold(case, **(values | more))


def verdict_of(case: Case, party: Party | None = None) -> str:
    assert case.party is not None
    return preview_call(case, party=party or case.party).gate_action


def test_a_persons_hold_stops_all_his_loans_and_those_to_come(case: Case, user: User) -> None:
    other = another_loan(case)
    for one in (case, other):
        make_action(case=one)
    hold_of(case, user, whole_person=True, why="住院证明")

    later = another_loan(case, "A-05")
    assert [verdict_of(one) for one in (case, other, later)] == ["block"] * 3
    assert set(PlannedAction.objects.values_list("state", "reason")) == {
        ("cancelled", "hold: hospital")
    }
    facts = {row["loan_no"]: row["on_hold"] for row in case_facts(as_of=DAY).to_pylist()}
    assert facts == {"A-03": True, "A-04": True, "A-05": True}
    lines = CaseEvent.objects.filter(kind="hold").values_list("case__loan_no", flat=True)
    assert sorted(lines) == ["A-03", "A-04"]
    assert Entry.objects.filter(kind="case.hold").count() == 2


def test_a_loans_hold_leaves_his_others_alone(case: Case, user: User) -> None:
    other = another_loan(case)
    hold_of(case, user, reason="dispute")
    assert [verdict_of(case), verdict_of(other)] == ["block", "allow"]


def test_who_is_held_is_not_asked_about_anybody_else(case: Case, user: User) -> None:
    """A guarantor in hospital is left alone; the debtor whose loan it is is not held by that."""
    assert case.party is not None
    debtor_of_other = make_case(loan_no="B-01", name="乙", loan_id=9)
    LoanParty.objects.create(loan_no="B-01", party=case.party, role="guarantor")
    hold_of(case, user, whole_person=True)
    assert verdict_of(debtor_of_other) == "allow"
    assert verdict_of(debtor_of_other, case.party) == "block"


@pytest.mark.parametrize("reason", ["bereavement", "legal", "hardship", "complaint", "disaster"])
def test_every_reason_bars_contact(case: Case, user: User, reason: str) -> None:
    hold_of(case, user, reason=reason)
    assert verdict_of(case) == "block"


def test_it_begins_and_ends_on_its_days(case: Case, user: User) -> None:
    first, last = DAY + timedelta(days=2), DAY + timedelta(days=4)
    hold_of(case, user, from_on=first, until_on=last)
    held = [standing(case, on=DAY + timedelta(days=n)).exists() for n in (0, 1, 2, 4, 5)]
    assert held == [False, False, True, True, False]
    assert case_facts(as_of=DAY).to_pylist()[0]["on_hold"] is False
    assert case_facts(as_of=first).to_pylist()[0]["on_hold"] is True


def test_only_what_was_planned_for_its_days_is_cancelled(case: Case, user: User) -> None:
    for days in (0, 2, 5):
        at = MOMENT + timedelta(days=days)
        make_action(case=case, key=f"T+{days}", planned_for=at)
    hold_of(case, user, from_on=DAY + timedelta(days=2), until_on=DAY + timedelta(days=4))

    states = PlannedAction.objects.order_by("planned_for").values_list("state", "reason")
    assert list(states) == [("planned", ""), ("cancelled", "hold: hospital"), ("planned", "")]


def test_what_is_overdue_is_cancelled_by_one_that_begins_now(case: Case, user: User) -> None:
    make_action(case=case, planned_for=MOMENT - timedelta(days=3))
    hold_of(case, user)
    assert PlannedAction.objects.get().state == "cancelled"


def test_its_history_stays(case: Case, user: User) -> None:
    hold = hold_of(case, user, until_on=DAY + timedelta(days=7), why="住院证明")
    later = DAY + timedelta(days=30)
    move_end(hold, until_on=later, today=DAY, why="延长住院", by=user, at=MOMENT)
    lift_hold(hold, today=DAY, why="已出院", by=user, at=MOMENT)

    hold.refresh_from_db()
    assert (hold.until_on, hold.lifted_on) == (later, DAY)
    steps = list(hold.steps.order_by("pk"))
    assert [(s.kind, s.until_on, why_of(s, hold), s.by) for s in steps] == [
        ("placed", DAY + timedelta(days=7), "住院证明", user),
        ("moved", later, "延长住院", user),
        ("lifted", later, "已出院", user),
    ]
    assert verdict_of(case) == "allow"
    kinds = CaseEvent.objects.order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["hold", "hold_moved", "hold_lifted"]
    for change in (steps[0].delete, lambda: HoldStep.objects.update(until_on=None)):
        refused = pytest.raises(IntegrityError, match="what was done to a hold stays")
        with refused, transaction.atomic():
            change()


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"reason": "whim"}, "unknown reason"),
        ({"from_on": DAY - timedelta(days=1)}, "cannot begin in the past"),
        ({"until_on": DAY - timedelta(days=1)}, "cannot end before it begins"),
        ({"from_on": date(2026, 7, 9), "until_on": date(2026, 7, 8)}, "cannot end before"),
    ],
)
def test_a_hold_that_cannot_be_is_refused(
    case: Case, user: User, change: dict[str, Any], why: str
) -> None:
    with pytest.raises(CaseworkError, match=why):
        hold_of(case, user, **change)
    assert not Hold.objects.exists()


def test_a_hold_that_is_over_is_not_moved(case: Case, user: User) -> None:
    hold = hold_of(case, user, until_on=DAY)
    steps: list[tuple[dict[str, Any], str]] = [
        ({"until_on": DAY, "why": "x"}, "on that day already"),
        ({"until_on": DAY - timedelta(days=1), "why": "x"}, "before it begins"),
        ({"until_on": None, "why": " "}, "a reason is needed"),
        ({"until_on": None, "why": "x", "today": DAY + timedelta(days=1)}, "is over"),
    ]
    for change, why in steps:
        with pytest.raises(CaseworkError, match=why):
            move_end(hold, **({"today": DAY} | change), by=user, at=MOMENT)


def test_who_is_held_is_not_placed_with_an_agency(user: User) -> None:
    today = access_day(now())
    case = make_case(as_of=today, obligor_no="P-1")
    agency = open_organisation("A1", name="A1", kind=Kind.AGENCY, parent=None, by=None, at=now())
    hold = hold_of(case, user, today=today, whole_person=True)
    given = {"agency": agency, "from_on": today, "until_on": None, "by": user, "at": now()}
    with pytest.raises(CaseworkError, match="stopped; he is not placed"):
        place_debtors(["P-1"], **given)
    lift_hold(hold, today=today, by=user, at=now())
    assert len(place_debtors(["P-1"], **given)) == 1


def test_over_http(case: Case, user: User) -> None:
    other = another_loan(case)
    stranger = make_case(loan_no="C-01", name="丙", loan_id=11)
    hold_of(stranger, None, reason="legal")
    client = Client(headers={"Authorization": f"Bearer {issue_token(user, name='t')}"})
    json = "application/json"

    placed = client.post(
        f"/api/cases/{case.pk}/holds",
        {"reason": "disaster", "whole_person": True, "until_on": "2026-07-03", "why": "洪水"},
        content_type=json,
    )
    assert placed.status_code == 201
    pk = placed.json()["id"]
    assert [one["id"] for one in client.get(f"/api/cases/{other.pk}/holds").json()] == [pk]
    soon = client.get("/api/holds?ends_within=3").json()
    assert [(one["id"], one["whole_person"]) for one in soon] == [(pk, True)]
    assert len(client.get("/api/holds").json()) == 2
    assert [one["reason"] for one in client.get("/api/holds?state=open_ended").json()] == ["legal"]
    moved = client.post(
        f"/api/holds/{pk}/end", {"until_on": None, "why": "未退水"}, content_type=json
    )
    assert (moved.status_code, moved.json()["until_on"]) == (200, None)
    assert client.post(f"/api/holds/{pk}/lift", {"why": ""}, content_type=json).status_code == 422
    lifted = client.post(f"/api/holds/{pk}/lift", {"why": "已退水"}, content_type=json)
    assert (lifted.json()["lifted_on"], lifted.json()["steps"][-1]["by"]) == (
        "2026-06-30", "team_lead",
    )  # fmt: skip


def test_a_collector_sees_and_moves_holds_of_his_own_cases_only(case: Case, user: User) -> None:
    hold = hold_of(case, user)
    mine = make_user(role="collector", username="li")
    client = Client(headers={"Authorization": f"Bearer {issue_token(mine, name='t')}"})
    lift = f"/api/holds/{hold.pk}/lift"
    assert client.get("/api/holds").json() == []
    assert client.post(lift, {"why": "x"}, content_type="application/json").status_code == 404
    Case.objects.update(assignee=mine)
    assert [one["id"] for one in client.get("/api/holds").json()] == [hold.pk]
    assert client.post(lift, {"why": "x"}, content_type="application/json").status_code == 200
