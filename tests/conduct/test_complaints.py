"""A complaint stops collection, starts its time limits, and every step of it is evidence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from factories import make_case, make_person, make_user

from carrears.access.models import User
from carrears.casework.holds import lift_hold, place_hold
from carrears.casework.models import Case, CaseEvent, Hold
from carrears.conduct.complaint_holds import hold_opened
from carrears.conduct.complaint_models import Complaint, ComplaintStep
from carrears.conduct.complaint_queries import ComplaintFilter, find_complaints
from carrears.conduct.complaint_steps import StepWanted, possible_steps, take_step
from carrears.conduct.complaints import (
    ComplaintWanted,
    open_words,
    register_complaint,
)
from carrears.conduct.matters import on_case
from carrears.conduct.services import ConductError
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
RECEIVED = datetime(2026, 6, 29, 2, tzinfo=UTC)  # a Monday
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03")


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


def complain(case: Case | None = None, key: str = "c-1", **changes: Any) -> Complaint:
    told: dict[str, Any] = {
        "key": key,
        "category": "conduct",
        "channel": "phone",
        "text": "催收员态度恶劣，打到我父亲那里",
        "received_at": RECEIVED,
        "case": case,
        "party": case.party if case else None,
        "at": NOW,
    }
    if case is not None:
        told |= on_case(case, moment=NOW)
    return register_complaint(ComplaintWanted(**(told | changes)))


def step(complaint: Complaint, kind: str, by: User, key: str = "", **more: Any) -> Complaint:
    told: dict[str, Any] = {"kind": kind, "key": key or f"{kind}-1", "by": by, "at": NOW}
    return take_step(complaint, StepWanted(**(told | more)))


def test_a_complaint_is_sealed_and_holds_its_case(case: Case) -> None:
    complaint = complain(case)
    assert complaint.hold is not None
    assert (complaint.hold.reason, complaint.hold.from_on, complaint.state) == (
        "complaint",
        date(2026, 7, 1),
        "received",
    )
    assert "态度恶劣".encode() not in bytes(complaint.text_sealed or b"")
    assert open_words(complaint.party, complaint.text_sealed) == "催收员态度恶劣，打到我父亲那里"
    lines = CaseEvent.objects.filter(case=case, kind__in=["complaint", "hold"])
    assert sorted(lines.values_list("kind", flat=True)) == ["complaint", "hold"]
    [entry] = Entry.objects.filter(kind="complaint.received")
    assert "text_commitment" in entry.payload
    assert "态度恶劣" not in str(entry.payload)


def test_the_same_key_registers_once(case: Case) -> None:
    first = complain(case)
    assert complain(case).pk == first.pk
    assert (Complaint.objects.count(), Hold.objects.count(), ComplaintStep.objects.count()) == (
        1,
        1,
        1,
    )
    with pytest.raises(ConductError, match="another complaint"):
        complain(case, category="hours")


def test_its_time_limits_are_those_of_its_law(case: Case) -> None:
    complaint = complain(case)
    told = {one["step"]: (one["due_on"], one["text_status"]) for one in complaint.deadlines}
    assert told == {
        "acknowledge": ("2026-07-02", "memory"),  # three working days after Monday the 29th
        "answer": ("2026-07-14", "reported"),
    }
    assert complaint.due_on == date(2026, 7, 2)


@pytest.mark.parametrize(
    ("law", "channel", "due"),
    [
        ("uk", "letter", {"acknowledge": "2026-07-06", "answer": "2026-08-24"}),
        ("us", "web", {"acknowledge": "2026-07-07", "answer": "2026-07-14"}),  # 3 July is off
        ("us", "regulator", {"acknowledge": "2026-07-07", "authority": "2026-07-14"}),
        ("in", "email", {"acknowledge": "2026-07-02", "answer": "2026-07-29"}),
        ("fr", "email", {}),
    ],
)
def test_every_law_has_its_own(law: str, channel: str, due: dict[str, str]) -> None:
    complaint = complain(jurisdiction=law, channel=channel)
    assert {one["step"]: one["due_on"] for one in complaint.deadlines} == due


def test_it_goes_its_way_to_the_end(case: Case, officer: User) -> None:
    complaint = complain(case)
    complaint = step(complaint, "acknowledge", officer)
    assert (complaint.state, complaint.due_on) == ("acknowledged", date(2026, 7, 14))
    complaint = step(complaint, "extend", officer, text="要调录音")
    assert (complaint.extended, complaint.due_on) == (True, date(2026, 7, 29))
    complaint = step(complaint, "answer", officer, text="已核实并致歉")
    assert (complaint.state, complaint.due_on) == ("answered", None)
    complaint = step(complaint, "close", officer, outcome="upheld", remedy="apology")
    assert (complaint.state, complaint.outcome, complaint.remedy) == ("closed", "upheld", "apology")
    assert Hold.objects.get().lifted_on == date(2026, 7, 1)
    kinds = ["received", "acknowledge", "extend", "answer", "close"]
    assert list(complaint.steps.values_list("kind", flat=True)) == kinds
    logged = Entry.objects.filter(kind__startswith="complaint.").order_by("pk")
    assert [entry.kind for entry in logged] == [f"complaint.{kind}" for kind in kinds]


def test_a_step_is_taken_once(case: Case, officer: User) -> None:
    complaint = complain(case)
    step(complaint, "acknowledge", officer)
    assert step(complaint, "acknowledge", officer).state == "acknowledged"
    assert ComplaintStep.objects.count() == 2
    with pytest.raises(ConductError, match="another step"):
        step(complaint, "note", officer, key="acknowledge-1", text="x")


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        ("close", {"outcome": "upheld"}, "answered before"),
        ("close", {"outcome": "lost"}, "none of"),
        ("close", {"outcome": "withdrawn", "remedy": "money"}, "none of"),
        ("answer", {}, "needs words"),
        ("escalate", {"escalated_to": "press"}, "none of"),
        ("assign", {}, "somebody"),
        ("forget", {}, "none of"),
        ("acknowledge", {"at": RECEIVED - timedelta(days=1)}, "before"),
    ],
)
def test_what_is_refused(
    case: Case, officer: User, kind: str, more: dict[str, Any], why: str
) -> None:
    complaint = complain(case)
    with pytest.raises(ConductError, match=why):
        step(complaint, kind, officer, **more)
    assert ComplaintStep.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"category": "food"},
        {"channel": "pigeon"},
        {"complainant": "dog"},
        {"text": " "},
        {"received_at": datetime(2126, 1, 1, tzinfo=UTC)},
        {"jurisdiction": ""},
    ],
)
def test_what_cannot_be_registered(changes: dict[str, Any]) -> None:
    with pytest.raises(ConductError):
        complain(None, **({"jurisdiction": "cn"} | changes))


def test_a_withdrawn_complaint_closes_from_anywhere(case: Case, officer: User) -> None:
    closed = step(complain(case), "close", officer, outcome="withdrawn")
    assert (closed.state, closed.remedy, possible_steps(closed)) == (
        "closed",
        "none",
        ("escalate", "note"),
    )


def test_an_authority_opens_a_closed_one_again(case: Case, officer: User) -> None:
    complaint = step(complain(case), "close", officer, outcome="withdrawn")
    complaint = step(complaint, "escalate", officer, escalated_to="regulator")
    assert (complaint.state, complaint.outcome, complaint.due_on) == (
        "escalated",
        "",
        date(2026, 7, 16),
    )
    assert Hold.objects.filter(lifted_on=None).count() == 1
    answered = step(complaint, "answer", officer, text="已答复")
    assert step(answered, "close", officer, key="close-2", outcome="partly").state == "closed"


def test_two_complaints_share_a_hold_that_the_last_one_lifts(case: Case, officer: User) -> None:
    one, other = complain(case), complain(case, key="c-2", category="hours")
    assert one.hold_id == other.hold_id
    step(one, "close", officer, outcome="withdrawn")
    assert Hold.objects.get().lifted_on is None
    step(other, "close", officer, key="close-2", outcome="withdrawn")
    assert Hold.objects.get().lifted_on == date(2026, 7, 1)


def test_a_hold_that_begins_later_does_not_stop_it_now(case: Case, officer: User) -> None:
    told: dict[str, Any] = {"reason": "complaint", "until_on": None, "by": officer}
    today, at = date(2026, 7, 1), datetime(2026, 7, 1, 2, tzinfo=UTC)
    place_hold(case, today=today, from_on=date(2026, 7, 6), at=at, **told)
    made = complain(case)
    assert made.hold is not None
    assert made.hold.from_on < date(2026, 7, 6)


def test_an_open_complaint_holds_a_case_of_the_person_that_is_opened_later(
    case: Case, officer: User
) -> None:
    complaint = complain(case)
    later = make_case(loan_no="A-08", name="孙试三")
    other = make_case(loan_no="A-09", name="李试四")
    Case.objects.filter(pk=later.pk).update(party=case.party)

    assert hold_opened(["A-08", "A-09"], from_on=date(2026, 7, 2), at=NOW) == 1
    assert hold_opened(["A-08", "A-09"], from_on=date(2026, 7, 2), at=NOW) == 0

    assert Hold.objects.get(case=later).reason == "complaint"
    assert not Hold.objects.filter(case=other).exists()
    step(complaint, "close", officer, outcome="withdrawn")
    assert not Hold.objects.filter(lifted_on=None).exists()


def test_a_hold_of_a_later_case_stays_for_another_complaint(case: Case, officer: User) -> None:
    one, other = complain(case), complain(case, key="c-2", category="hours")
    later = make_case(loan_no="A-08", name="孙试三")
    Case.objects.filter(pk=later.pk).update(party=case.party)
    hold_opened(["A-08"], from_on=date(2026, 7, 2), at=NOW)
    step(one, "close", officer, outcome="withdrawn")
    assert Hold.objects.get(case=later).lifted_on is None
    step(other, "close", officer, key="close-2", outcome="withdrawn")
    assert Hold.objects.get(case=later).lifted_on is not None


def test_a_hold_that_somebody_placed_himself_stays(case: Case, officer: User) -> None:
    complaint = complain(case)
    later = make_case(loan_no="A-08", name="孙试三")
    Case.objects.filter(pk=later.pk).update(party=case.party)
    today = date(2026, 7, 1)
    place_hold(later, reason="complaint", today=today, until_on=None, by=officer, at=NOW)
    assert hold_opened(["A-08"], from_on=today, at=NOW) == 0
    step(complaint, "close", officer, outcome="withdrawn")
    assert Hold.objects.get(case=later).lifted_on is None


def test_a_complaint_about_a_loan_without_a_case_holds_its_first_one() -> None:
    complain(None, loan_no="A-10", jurisdiction="cn")
    make_case(loan_no="A-10")
    assert hold_opened(["A-10"], from_on=date(2026, 7, 2), at=NOW) == 1
    assert hold_opened([], from_on=date(2026, 7, 2), at=NOW) == 0


def test_what_was_lifted_before_stays_as_it_is(case: Case, officer: User) -> None:
    complaint = complain(case)
    lift_hold(Hold.objects.get(), today=date(2026, 7, 1), by=officer, at=NOW)
    step(complaint, "close", officer, outcome="withdrawn")
    assert CaseEvent.objects.filter(kind="hold_lifted").count() == 1


def test_the_words_go_with_the_person(case: Case) -> None:
    person = make_person(loan_no="A-03", role="contact", name="钱试二")
    complaint = complain(case, party=person, complainant="contact")
    person.wrapped_key = None
    person.save()
    assert open_words(person, complaint.text_sealed) is None


def test_complaints_are_found(case: Case, officer: User) -> None:
    late, mine = complain(case), complain(case, key="c-2", agency="HENGXIN", category="hours")
    done = step(complain(None, key="c-3", jurisdiction="uk"), "close", officer, outcome="withdrawn")

    def found(**told: Any) -> list[int]:
        return sorted(one.pk for one in find_complaints(ComplaintFilter(**told)))

    assert found(state="open") == found(overdue=True) == [late.pk, mine.pk]
    assert found(agency="HENGXIN") == found(category="hours") == [mine.pk]
    assert found(agency="LENDER") == [late.pk, done.pk]
    assert found(jurisdiction="UK") == found(state="closed") == [done.pk]
    assert found(outcome="withdrawn") == [done.pk]
    assert found(due_within=7) == [late.pk, mine.pk]
    assert found(received_from=NOW) == []


def test_the_database_closes_none_without_an_outcome(case: Case) -> None:
    complaint = complain(case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Complaint.objects.filter(pk=complaint.pk).update(state="closed")
