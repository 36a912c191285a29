"""A dispute told by an event takes its course, whether the loan has a case or not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from factories import make_person, make_user

from carrears.access.models import User
from carrears.casework.models import Case, Hold
from carrears.conduct.dispute_models import Dispute
from carrears.conduct.dispute_queries import DisputeFilter, find_disputes, visible_disputes
from carrears.conduct.dispute_steps import DisputeStepWanted, take_dispute_step
from carrears.conduct.disputes import text_of
from carrears.evidence.models import Entry
from carrears.inbox.models import Event
from carrears.inbox.queue import work_once
from carrears.inbox.services import Offer, accept_events
from carrears.outreach.calls import book_call

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]
AT = datetime(2026, 6, 30, 4, tzinfo=UTC)
SAID = "not my car"


def bring(kind: str, key: str, loan_no: str = "L1", **payload: Any) -> Event:
    offer = Offer(
        key=key, kind=kind, loan_no=loan_no, payload=payload, source="crm", happened_at=AT
    )
    event = accept_events([offer])[0].event
    work_once()
    event.refresh_from_db()
    return event


def pay(amount: int, key: str, loan_no: str = "L1") -> Event:
    paid = {"amount": amount, "currency": "CNY", "paid_on": "2026-06-30"}
    return bring("payment", key, loan_no, **paid)


def take_back(amount: int, key: str, loan_no: str) -> Event:
    told = {"amount": amount, "currency": "CNY", "reversed_on": "2026-06-30"}
    return bring("payment_reversed", key, loan_no, **told)


def answer(dispute: Dispute, by: User) -> Dispute:
    wanted = DisputeStepWanted(
        kind="answer", key="a-1", by=by, at=datetime.now(UTC), text="looked into", outcome="partly"
    )
    return take_dispute_step(dispute, wanted)


def uncased() -> list[Dispute]:
    return list(find_disputes(DisputeFilter(state="uncased")))


def test_a_loan_without_a_case_is_disputed_all_the_same() -> None:
    borrower = make_person(loan_no="L2")
    event = bring("dispute", "crm-1", "L2", channel="letter", amount=50_00, text=SAID)

    assert event.state == "done"
    dispute = Dispute.objects.get()
    assert (dispute.key, dispute.loan_no, dispute.case, dispute.party) == (
        "event:crm-1", "L2", None, borrower,
    )  # fmt: skip
    assert text_of(dispute) == SAID
    assert [one["step"] for one in dispute.deadlines] == ["acknowledge", "answer"]
    loan = dispute.loans.get()
    assert (loan.loan_no, loan.amount, loan.currency, loan.case, loan.hold) == (
        "L2", 50_00, "CNY", None, None,
    )  # fmt: skip
    assert Entry.objects.get(kind="dispute.received").subject == "L2"
    assert (uncased(), Hold.objects.count()) == ([dispute], 0)


def test_the_same_event_again_raises_it_once() -> None:
    for _ in range(2):
        bring("dispute", "crm-1", "L2", text=SAID)
    Event.objects.update(state="waiting")  # as if a worker had died before the done mark
    work_once()
    assert Dispute.objects.count() == 1
    assert Entry.objects.filter(kind="dispute.received").count() == 1


def test_a_case_that_an_event_opens_later_is_held_and_let_go_by_the_answer() -> None:
    borrower = make_person(loan_no="L2")
    bring("dispute", "crm-1", "L2", text=SAID)
    take_back(111_00, "back", "L2")

    case = Case.objects.get(loan_no="L2", state="open")
    dispute, hold = Dispute.objects.get(), Hold.objects.get()
    assert (hold.case, hold.reason, hold.from_on, hold.lifted_on) == (
        case, "dispute", date(2026, 6, 30), None,
    )  # fmt: skip
    assert (dispute.loans.get().case, dispute.loans.get().hold) == (case, hold)
    assert uncased() == []
    assert book_call(case, party=borrower, key="a call", by=None).state == "blocked"

    answer(dispute, make_user(role="compliance_officer"))
    hold.refresh_from_db()
    assert hold.lifted_on is not None


def test_a_complaint_of_before_holds_a_case_that_an_event_opens_too() -> None:
    make_person(loan_no="L2")
    bring("complaint", "crm-2", "L2", text="rude")
    take_back(111_00, "back", "L2")
    assert Hold.objects.get().case == Case.objects.get(loan_no="L2")


def test_a_dispute_outlives_its_case_and_is_found_and_answered() -> None:
    """Paying is no answer: the borrower may pay under protest, and is owed one."""
    make_person(loan_no="L1")
    pay(1, "open")
    bring("dispute", "crm-1", text=SAID)
    pay(110_99, "all")

    assert Case.objects.get().state == "closed"
    dispute, officer = Dispute.objects.get(), make_user(role="compliance_officer")
    assert uncased() == [dispute]
    assert dispute.due_on is not None
    assert visible_disputes(officer).get() == dispute
    answered = answer(dispute, officer)
    assert (answered.state, answered.due_on, uncased()) == ("answered", None, [])
    assert Hold.objects.get().lifted_on is not None


def test_a_loan_whose_case_was_closed_is_disputed_on_it() -> None:
    make_person(loan_no="L1")
    pay(1, "open")
    pay(110_99, "all")
    bring("dispute", "crm-1", text=SAID)
    dispute = Dispute.objects.get()
    assert dispute.case == Case.objects.get()
    assert (Hold.objects.count(), uncased()) == (0, [dispute])
    take_back(111_00, "back", "L1")
    assert Hold.objects.get().case == Case.objects.get(loan_no="L1", state="open")
