"""What an open appeal does to a placement with an agency."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from access.outsiders import open_agency
from factories import make_person
from rights.appealing import GRAVE, act, asked, decided_case, officer, own_book, reviewer

from carrears.access.models import Organisation, User
from carrears.access.organisations import access_day
from carrears.casework.models import Case, CaseEvent, Placement
from carrears.casework.placements import place_debtors
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.conduct.models import DoNotContact, Mandate, VerdictRecord
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call, record_result
from carrears.outreach.models import Attempt

__all__ = ["officer", "own_book", "reviewer"]  # fixtures
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("outcome", ["uphold", "refuse", "withdraw"])
def test_a_placement_waits_while_an_appeal_is_open_and_then_goes_on(
    officer: User, reviewer: User, outcome: str
) -> None:
    case, placement = placed_case()
    other = make_person(loan_no=case.loan_no, name="担保人", role="guarantor")
    assert agency_calls(case, case.party) == "booked"

    request = asked(case, by=officer)
    placement.refresh_from_db()
    assert (placement.held_cause, placement.held_at is not None) == (
        f"rights request {request.pk}", True,
    )  # fmt: skip
    assert agency_calls(case, case.party) == "blocked"
    bars = DoNotContact.objects.filter(actor="HENGXIN", reason="appeal", lifted_at=None)
    assert {bar.party for bar in bars} == {case.party, other}
    stopped = VerdictRecord.objects.filter(gate_action="block").first()
    assert stopped is not None
    assert {one["reason"] for one in stopped.facts["facts"]["do_not_contact"]} == {"appeal"}
    assert placed_lines(case) == [("placement_held", "appeal")]

    refusal = {"refusal": "no_ground"} if outcome == "refuse" else {}
    act(request, outcome, reviewer, **refusal)
    placement.refresh_from_db()
    assert (placement.held_cause, placement.held_at, placement.recalled_at) == ("", None, None)
    assert not DoNotContact.objects.filter(lifted_at=None).exists()
    assert placed_lines(case)[1:] == [("placement_resumed", "appeal_settled")]
    told = json.loads(Entry.objects.filter(kind=f"rights.{outcome}").get().payload)
    assert told["placements_resumed"] == [placement.pk]


def test_a_placement_is_called_back_where_the_decision_does_not_stand(
    officer: User, reviewer: User
) -> None:
    case, placement = placed_case()
    request = asked(case, by=officer)
    act(request, "exclude", reviewer)

    placement.refresh_from_db()
    assert (placement.recalled_at is not None, placement.recall_reason) == (True, "appeal_settled")
    assert (placement.held_at, placement.held_cause) == (None, "")
    assert not DoNotContact.objects.filter(lifted_at=None).exists()
    assert [kind for kind, _ in placed_lines(case)] == ["placement_held", "recalled"]


def test_by_setting_an_appeal_calls_a_placement_back_at_once(officer: User, settings: Any) -> None:
    settings.APPEAL_PLACEMENT = "recall"
    case, placement = placed_case()
    request = asked(case, by=officer)
    placement.refresh_from_db()
    assert (placement.recall_reason, placement.held_at) == ("appeal", None)
    assert not DoNotContact.objects.exists()
    told = json.loads(Entry.objects.get(kind="rights.received").payload)
    assert told["placements_recalled"] == [placement.pk]
    assert request.state == "open"


def test_a_second_open_appeal_about_the_debtor_keeps_his_placement_held(
    officer: User, reviewer: User
) -> None:
    case, placement = placed_case()
    second = decided_case(GRAVE, loan_no="A-04", obligor_no=case.obligor_no)
    first, other = asked(case, by=officer), asked(second, key="r-2", by=officer)
    act(first, "uphold", reviewer)
    placement.refresh_from_db()
    assert placement.held_cause == f"rights request {other.pk}"
    assert agency_calls(case, case.party) == "blocked"
    act(other, "uphold", reviewer, key="second")
    placement.refresh_from_db()
    assert placement.held_at is None


def test_nobody_is_placed_while_his_appeal_is_open(officer: User) -> None:
    case = decided_case(GRAVE, obligor_no="O-1")
    asked(case, by=officer)
    with pytest.raises(CaseworkError, match="appeals"):
        place(case)


def placed_case() -> tuple[Case, Placement]:
    case = decided_case(GRAVE, obligor_no="O-1")
    return case, place(case)


def place(case: Case) -> Placement:
    agency = Organisation.objects.filter(key="HENGXIN").first() or open_agency("HENGXIN")
    today = access_day(now())
    terms = {"from_on": today, "until_on": None, "by": None, "at": now()}
    Mandate.objects.get_or_create(agency="HENGXIN", starts_on=date(2020, 1, 1))
    [placement] = place_debtors([case.obligor_no], agency=agency, **terms)
    return placement


def agency_calls(case: Case, party: Any) -> str:
    key = f"call-{Attempt.objects.count()}"
    attempt = book_call(case, party=party, key=key, agency="HENGXIN", by=None)
    if attempt.state == "booked":
        record_result(attempt, result="not_dialled", by=None)
        return "booked"
    return str(attempt.state)


def placed_lines(case: Case) -> list[tuple[str, str]]:
    kinds = ["placement_held", "placement_resumed", "recalled"]
    found = CaseEvent.objects.filter(case=case, kind__in=kinds).order_by("pk")
    return [(one.kind, one.data.get("why") or one.data.get("reason")) for one in found]
