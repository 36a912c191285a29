"""A field visit: judged when it is ordered and again at the door, by two people, told by a code."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from access.outsiders import go_abroad
from conduct.disputing import dispute
from django.db import IntegrityError, connection, transaction
from factories import make_case, make_user
from outreach.visiting import at, case, order, pair

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call
from carrears.outreach.contact_rates import contact_rates
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, ContactOutcome, FieldVisit
from carrears.outreach.outcomes import Told, record_visit
from carrears.outreach.services import contact_moment
from carrears.outreach.visits import call_off, check_in, verdict_on_few

__all__ = ["case", "pair"]  # fixtures
pytestmark = pytest.mark.django_db


def against(visit: FieldVisit) -> set[str]:
    findings = visit.attempt.verdict.findings
    return {one["rule_id"] for one in findings if one["gate_action"] != "allow"}


def test_it_is_judged_with_its_people_place_and_address(
    case: Case, pair: tuple[User, User]
) -> None:
    visit = order(case, pair)
    attempt = visit.attempt
    assert (visit.state, attempt.channel, attempt.at) == ("ordered", "visit", at(10))
    assert attempt.contact_point is not None
    assert attempt.contact_point.kind == "address"
    asked = attempt.verdict.facts["attempt"]
    assert (asked["staff"], asked["place"], asked["mode"]) == (2, "home", "human")
    kinds = set(Entry.objects.filter(subject="A-03").values_list("kind", flat=True))
    assert {"visit.booked", "visit.ordered"} <= kinds
    assert order(case, pair).pk == visit.pk
    assert Attempt.objects.count() == 1


def test_one_visit_a_day_is_lawful_and_the_second_is_kept_with_its_reason(
    case: Case, pair: tuple[User, User]
) -> None:
    order(case, pair)
    second = order(case, pair, key="v-2", from_at=at(13), until_at=at(14))
    assert (second.state, against(second)) == ("blocked", {"CN-05"})
    with pytest.raises(OutreachError, match="moved on"):
        check_in(second, by=pair[0])


def test_a_window_that_ends_in_the_night_is_unlawful_by_its_end(
    case: Case, pair: tuple[User, User]
) -> None:
    late = order(case, pair, from_at=at(20), until_at=at(22, 30))
    assert late.state == "blocked"
    assert late.attempt.at == at(22, 30)
    early = order(case, pair, key="v-2", from_at=at(11), until_at=at(13))
    assert early.state == "ordered"


def test_the_uk_wants_it_announced(pair: tuple[User, User]) -> None:
    abroad = make_case(loan_no="U-01", jurisdiction="uk")
    unannounced = order(abroad, pair)
    assert unannounced.state == "blocked"
    assert "UK-07" in against(unannounced)
    told = order(abroad, pair, key="v-2", announced_by="sms", announced_at=at(9))
    asked = told.attempt.verdict.facts["attempt"]["disclosures"]
    assert (asked["visit_notice"], asked["visit_purpose"]) == (True, True)
    assert "UK-07" not in against(told)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"until_at": at(9)}, "one day and up to four hours"),
        ({"until_at": at(15)}, "one day and up to four hours"),
        ({"from_at": at(8), "until_at": at(9)}, "over, or too far"),
        ({"from_at": at(10) + timedelta(days=32), "until_at": at(11) + timedelta(days=32)}, "over"),
        ({"announced_by": "sms"}, "a way and a moment"),
        ({"announced_by": "drum", "announced_at": at(9)}, "a way and a moment"),
    ],
)
def test_what_cannot_be_ordered(
    case: Case, pair: tuple[User, User], changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(OutreachError, match=why):
        order(case, pair, **changes)
    assert not Attempt.objects.exists()


def test_two_different_people_of_one_side_go(case: Case, pair: tuple[User, User]) -> None:
    outsider = go_abroad().user
    for wrong in ((pair[0], pair[0]), (pair[0], outsider)):
        with pytest.raises(OutreachError, match="two people"):
            order(case, pair, visitors=wrong)
    reader = make_user(role="auditor", username="reader")
    gone = make_user(role="collector", username="gone")
    gone.is_active = False
    for one in (reader, gone):
        with pytest.raises(OutreachError, match="who goes is active, and makes visits"):
            order(case, pair, visitors=(pair[0], one))
    visit = order(case, pair)
    with pytest.raises(IntegrityError), transaction.atomic():
        FieldVisit.objects.filter(pk=visit.pk).update(second=pair[0])


def test_check_in_and_the_result_by_a_code(case: Case, pair: tuple[User, User]) -> None:
    visit, stranger = order(case, pair), make_user(role="team_lead")
    with pytest.raises(OutreachError, match="only who was to go"):
        check_in(visit, by=stranger)
    with pytest.raises(OutreachError, match="moved on"):
        record_visit(visit, told=Told(code="will_pay"), by=pair[0])
    there = check_in(visit, by=pair[1])
    said = json.loads(Entry.objects.get(kind="visit.checked_in").payload)
    assert said["gate_action"] == "allow"
    assert (there.state, there.checked_in_at) == ("there", contact_moment(case))
    assert check_in(visit, by=pair[1]).present == 1
    with pytest.raises(OutreachError, match="the second of you has not checked in yet"):
        record_visit(there, told=Told(code="will_pay"), by=pair[1])
    both = check_in(visit, by=pair[0])
    assert (both.checked_in_by, both.joined_by, both.present) == (pair[1], pair[0], 2)
    outcome = record_visit(there, told=Told(code="will_pay", note="下周发工资后还"), by=pair[1])
    assert (outcome.attempt_id, outcome.staff, outcome.result) == (visit.attempt_id, 2, "met")
    done = FieldVisit.objects.get()
    assert (done.state, done.attempt.result) == ("done", "met")
    kinds = set(CaseEvent.objects.filter(case=case).values_list("kind", flat=True))
    assert {"visit_checked_in", "outcome"} <= kinds
    with pytest.raises(OutreachError, match="moved on"):
        record_visit(there, told=Told(code="will_pay"), by=pair[1])
    lead = make_user(role="auditor")
    rates = contact_rates(lead, first=at(0), until=at(0, day=30) + timedelta(days=1))
    assert [(one.channel, one.made, one.reached) for one in rates] == [("visit", 1, 1)]


@pytest.mark.parametrize(("law", "wants_two"), [("cn", True), ("uk", False)])
def test_how_many_have_to_go_is_the_rule_packs_to_say(
    pair: tuple[User, User], law: str, *, wants_two: bool
) -> None:
    visit = order(make_case(loan_no="U-01", jurisdiction=law), pair)
    visit.checked_in_at, visit.checked_in_by = at(10), pair[0]
    few = verdict_on_few(visit)
    assert (few is not None) == wants_two
    visit.joined_at, visit.joined_by = at(10), pair[1]
    assert verdict_on_few(visit) is None


def test_the_gate_is_asked_again_at_the_door(case: Case, pair: tuple[User, User]) -> None:
    visit = order(case, pair)
    dispute(case, at=at(10), received_at=at(9))
    stopped = check_in(visit, by=pair[0])
    assert (stopped.state, stopped.attempt.state) == ("stopped", "failed")
    assert Entry.objects.filter(kind="visit.failed").count() == 1
    said = json.loads(Entry.objects.get(kind="visit.stopped").payload)
    assert (said["gate_action"], said["pack"][:2]) == ("block", "cn")
    assert said["rules"]
    assert not ContactOutcome.objects.exists()


def test_outside_its_window_nobody_checks_in(case: Case, pair: tuple[User, User]) -> None:
    later = order(case, pair, from_at=at(10, 16), until_at=at(12))
    with pytest.raises(OutreachError, match="outside the window"):
        check_in(later, by=pair[0])


def test_what_is_called_off_counts_no_more(case: Case, pair: tuple[User, User]) -> None:
    visit = order(case, pair)
    with pytest.raises(OutreachError, match="unknown reason"):
        call_off(visit, why="gate", by=pair[0])
    assert call_off(visit, why="asked", by=pair[0]).state == "called_off"
    with pytest.raises(OutreachError, match="moved on"):
        check_in(visit, by=pair[0])
    assert order(case, pair, key="v-2").state == "ordered"


def test_a_visit_to_come_is_no_earlier_contact_of_a_call(
    case: Case, pair: tuple[User, User]
) -> None:
    order(case, pair, from_at=at(14), until_at=at(15))
    assert case.party is not None
    call = book_call(case, party=case.party, key="call-001", by=None)
    assert call.verdict.facts["facts"].get("history", []) == []
    again = book_call(case, party=case.party, key="call-002", by=None)
    assert [one["channel"] for one in again.verdict.facts["facts"]["history"]] == ["call"]


def test_nobody_is_at_two_doors_at_once(case: Case, pair: tuple[User, User]) -> None:
    visit, other = order(case, pair), make_case(loan_no="A-04")
    third = make_user(role="collector", username="zhao")
    meanwhile = {"from_at": at(11, 30), "until_at": at(13)}
    with pytest.raises(OutreachError, match="on another visit"):
        order(other, (pair[1], third), **meanwhile, by=third)
    after = {"from_at": at(12), "until_at": at(13)}
    assert order(other, (pair[1], third), **after, by=third).state == "ordered"
    assert order(case, pair).pk == visit.pk


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_one_person_at_once_one_does(pair: tuple[User, User]) -> None:
    cases = [make_case(loan_no=name) for name in ("A-05", "A-06")]
    start = threading.Barrier(2)

    def ordered(case: Case) -> str:
        start.wait(30)
        try:
            return order(case, pair).state
        except OutreachError as error:
            return str(error)[:10]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ordered, cases)) == ["one of the", "ordered"]


@pytest.mark.django_db(transaction=True)
def test_of_two_who_order_at_once_one_goes(case: Case, pair: tuple[User, User]) -> None:
    start = threading.Barrier(2)
    others = make_user(role="collector", username="sun"), make_user(role="collector")

    def ordered(key: str) -> str:
        start.wait(30)
        try:
            return order(case, pair if key == "v-1" else others, key=key, by=pair[0]).state
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(ordered, ("v-1", "v-2"))) == ["blocked", "ordered"]
    assert FieldVisit.objects.count() == 2
