"""Events take effect once, in order, and by the rules of the night."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from factories import make_person

from carrears.casework.models import Case, Hold, PlannedAction
from carrears.conduct.dispute_models import Dispute
from carrears.conduct.disputes import DisputeWanted, LoanWanted, raise_dispute, text_of
from carrears.dayrun import standing
from carrears.evidence.models import Entry
from carrears.inbox import queue, working
from carrears.inbox.models import Event
from carrears.inbox.queue import MOST_ATTEMPTS, work_once
from carrears.inbox.services import Offer, accept_events, take_payment, try_again
from carrears.outreach.calls import book_call
from carrears.parties.queries import open_parties
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment
from carrears.portfolio.services import BookError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("book")]
JUNE = date(2026, 6, 30)
AT = datetime(2026, 6, 30, 4, tzinfo=UTC)


def bring(kind: str, loan_no: str = "L1", key: str = "", **payload: Any) -> Event:
    offer = Offer(
        key=key or f"test:{kind}:{loan_no}:{len(payload)}",
        kind=kind,
        loan_no=loan_no,
        payload=payload,
        source="test",
        happened_at=AT,
    )
    return accept_events([offer])[0].event


def pay(amount: int, loan_no: str = "L1", key: str = "", *, on: date = JUNE) -> Event:
    key = key or f"test:{loan_no}:{amount}"
    paid = {"amount": amount, "currency": "CNY", "paid_on": on.isoformat()}
    return bring("payment", loan_no, key, **paid)


def take_back(amount: int, loan_no: str, key: str) -> Event:
    told = {"amount": amount, "currency": "CNY", "reversed_on": JUNE.isoformat()}
    return bring("payment_reversed", loan_no, key, **told)


def state_of(event: Event) -> tuple[str, dict[str, Any]]:
    event.refresh_from_db()
    return event.state, event.result


def open_case(loan_no: str = "L1") -> Case:
    """L1 is a payment of one fen away from an open case."""
    pay(1, loan_no, key=f"test:open:{loan_no}")
    work_once()
    return Case.objects.get(loan_no=loan_no, state="open")


def test_many_loans_go_together_and_each_by_its_own_facts() -> None:
    events = [pay(1), take_back(111_00, "L2", "back"), pay(5, "L3")]

    assert work_once() == 3

    results = [state_of(event)[1] for event in events]
    assert [(r["dpd"], r["arrears"], r["case_state"]) for r in results] == [
        (15, 110_99, "open"),
        (15, 111_00, "open"),
        (0, 0, None),
    ]
    assert {case.loan_no: case.arrears for case in Case.objects.all()} == {
        "L1": 110_99,
        "L2": 111_00,
    }
    assert work_once() == 0


def test_a_loan_that_a_run_is_moving_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(standing, "_LOANS_A_STRIPE", 2)  # L1 lies in one, L2 and L3 in the next
    monkeypatch.setattr(queue, "_RUN_PASSES", timedelta(hours=1))
    moved, other = pay(1), pay(5, "L3")
    with contextlib.closing(connection.copy()) as run:
        run.cursor().execute("select pg_advisory_lock(%s, 0)", [standing._STRIPE_LOCK])
        assert work_once() == 2
        assert (state_of(moved)[0], moved.attempts) == ("waiting", 0)
        assert state_of(other)[0] == "done"
        assert work_once() == 0  # it is looked at again in a while, not at once

    Event.objects.update(due_at=AT)
    assert work_once() == 1
    assert state_of(moved)[1]["arrears"] == 110_99


def test_events_of_one_loan_are_taken_one_after_the_other() -> None:
    clearing, back = pay(111_00), take_back(111_00, "L1", "back")

    assert [work_once(), state_of(clearing)[0], state_of(back)[0]] == [1, "done", "waiting"]
    assert work_once() == 1

    assert (state_of(clearing)[1]["dpd"], state_of(back)[1]["dpd"]) == (0, 15)


def test_the_same_key_again_changes_nothing_and_another_event_under_it_is_told() -> None:
    first = accept_events([Offer(key="k", kind="promise_due", loan_no="L1", source="test")])[0]
    again = accept_events([Offer(key="k", kind="promise_due", loan_no="L1", source="test")])[0]
    other = accept_events([Offer(key="k", kind="promise_due", loan_no="L2", source="test")])[0]
    assert [(one.repeated, one.conflict) for one in (first, again, other)] == [
        (False, False),
        (True, False),
        (True, True),
    ]
    assert Event.objects.count() == 1


def test_effect_done_mark_and_evidence_stand_together() -> None:
    event = pay(111_00)
    work_once()
    kinds = Entry.objects.filter(subject="L1").values_list("kind", flat=True)
    assert sorted(kinds) == ["event.done", "payment.received"]
    assert ReceivedPayment.objects.get().idempotency_key == event.key


@pytest.mark.parametrize(
    ("kind", "loan_no", "payload", "reason"),
    [
        ("payment", "NOPE", {"amount": 1, "currency": "CNY", "paid_on": "2026-06-30"},
         "no loan 'NOPE' in the book"),
        ("payment", "L1", {"amount": 1, "currency": "USD", "paid_on": "2026-06-30"},
         "loan L1 is in CNY, not USD"),
        ("payment", "L1", {"amount": 1, "currency": "CNY", "paid_on": "2999-01-01"},
         "paid_on: 2999-01-01 is still to come"),
    ],
)  # fmt: skip
def test_what_the_book_refuses_is_set_aside_at_once(
    kind: str, loan_no: str, payload: dict[str, Any], reason: str
) -> None:
    refused, good = bring(kind, loan_no, "bad", **payload), pay(1, "L3")

    work_once()

    refused.refresh_from_db()
    assert (refused.state, refused.error) == ("aside", reason)
    assert state_of(good)[0] == "done"
    assert not ReceivedPayment.objects.filter(idempotency_key="bad").exists()
    assert Entry.objects.filter(kind="event.aside").count() == 1


def insert_by_sql(kind: str, payload: str, key: str = "sql-1") -> Event:
    with connection.cursor() as cursor:
        cursor.execute(
            "insert into event_inbox (key, kind, loan_no, payload) values (%s, %s, 'L1', %s)",
            [key, kind, payload],
        )
    return Event.objects.get(key=key)


def test_an_integrator_may_insert_by_sql() -> None:
    event = insert_by_sql("bureau_change", '{"bureau_score": 420}')
    work_once()
    assert state_of(event)[0] == "done"
    assert ReceivedEvent.objects.get().amount == 420


def test_nonsense_by_sql_is_set_aside_with_its_fields() -> None:
    event = insert_by_sql("payment", '{"amount": "lots"}')
    work_once()
    event.refresh_from_db()
    assert (event.state, event.error.split(";")[0]) == (
        "aside",
        "amount: Input should be a valid integer",
    )


def break_loan(monkeypatch: pytest.MonkeyPatch, loan_no: str) -> None:
    """Let the effects of this loan's events fail, as a fault of ours would."""
    keep = working.keep_effects

    def failing(happened: Any) -> dict[int, str]:
        if any(one.event.loan_no == loan_no for one in happened):
            raise RuntimeError("a fault of ours")
        return keep(happened)

    monkeypatch.setattr(working, "keep_effects", failing)


def test_a_fault_holds_its_own_loan_and_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, later, good = pay(1), pay(2, key="later"), pay(1, "L2")
    with monkeypatch.context() as patch:
        break_loan(patch, "L1")
        work_once()

        assert [state_of(one)[0] for one in (broken, later, good)] == ["waiting", "waiting", "done"]
        assert broken.error == "RuntimeError: a fault of ours"
        assert broken.due_at > AT
        Event.objects.filter(pk=broken.pk).update(due_at=datetime(2999, 1, 1, tzinfo=UTC))
        assert (work_once(), state_of(later)[0]) == (0, "waiting")

    Event.objects.update(due_at=AT)
    assert (work_once(), work_once()) == (1, 1)
    assert [state_of(one)[0] for one in (broken, later)] == ["done", "done"]


def test_after_the_last_attempt_it_is_set_aside_and_can_be_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, later = pay(1), pay(2, key="later")
    with monkeypatch.context() as patch:
        break_loan(patch, "L1")
        for _ in range(MOST_ATTEMPTS):
            Event.objects.update(due_at=AT)
            work_once()
    assert (state_of(broken)[0], broken.attempts) == ("aside", MOST_ATTEMPTS)
    work_once()
    assert state_of(later)[0] == "done"

    try_again(broken)
    work_once()

    assert state_of(broken)[0] == "done"
    assert Case.objects.get().arrears == 111_00 - 3


def test_a_case_that_was_read_ahead_is_decided_as_out_of_the_file() -> None:
    open_case()
    snapshot = standing.snapshot_to_come()
    assert snapshot is not None
    standing.read_ahead(snapshot)
    [ahead] = standing.read_loans(snapshot, {"L1": [1]})["loans"].to_pylist()
    assert ahead["loan_no"] == "L1"

    known, other = pay(110_98, key="known"), pay(1, "L3", key="other")
    work_once()

    results = [state_of(event)[1] for event in (known, other)]
    assert [(r["dpd"], r["arrears"]) for r in results] == [(15, 1), (0, 0)]


def test_money_that_comes_back_and_is_paid_again_closes_the_case_twice() -> None:
    case = open_case()
    planned = {"as_of": JUNE, "channel": "email", "template": "x", "planned_for": AT}
    PlannedAction.objects.create(case=case, key="k", **planned)
    for event in (
        pay(110_99, key="first"),
        take_back(110_99, "L1", "back"),
        pay(110_99, key="second"),
    ):
        work_once()
        assert state_of(event)[0] == "done", event.error

    case.refresh_from_db()
    assert (case.state, case.arrears) == ("closed", 0)
    told = case.events.filter(kind__in=["opened", "closed", "reopened"]).order_by("pk")
    assert list(told.values_list("kind", flat=True)) == ["opened", "closed", "reopened", "closed"]
    closed = Entry.objects.filter(kind="case.closed").order_by("pk")
    assert [json.loads(one.payload)["cancelled_actions"] for one in closed] == [1, 0]


def test_a_dispute_stops_collection_and_cancels_what_was_planned() -> None:
    case = open_case()
    planned = PlannedAction.objects.create(
        case=case, key="k", as_of=JUNE, channel="email", template="x", planned_for=AT
    )
    bring("dispute", text="not my car")
    bring("dispute", key="once more")
    work_once()
    work_once()

    planned.refresh_from_db()
    case.refresh_from_db()
    assert planned.state == "cancelled"
    assert list(Hold.objects.values_list("reason", "lifted_on")) == [("dispute", None)]
    assert case.decision["channel"] is None
    first, second = Dispute.objects.order_by("pk")
    assert (first.key, first.kind, text_of(first)) == (
        "event:test:dispute:L1:1",
        "other",
        "not my car",
    )
    assert (second.key, second.state, text_of(second)) == (
        "event:once more",
        "raised",
        "test once more",
    )
    assert (first.received_at, first.registered_by, first.case) == (AT, None, case)
    told = case.events.filter(kind="dispute").order_by("pk")
    assert list(told.values_list("data__dispute", flat=True)) == [first.pk, second.pk]
    [loan] = first.loans.all()
    assert (loan.loan_no, loan.amount, loan.hold) == ("L1", None, Hold.objects.get())


def test_a_dispute_is_raised_once_by_its_key() -> None:
    open_case()
    told = {"dispute": "charges", "amount": 88_50, "channel": "letter", "text": "too much"}
    event = bring("dispute", **told)
    work_once()
    Event.objects.filter(pk=event.pk).update(state="waiting", done_at=None, payload=told)  # killed
    work_once()

    assert state_of(event)[0] == "done", event.error
    made = Dispute.objects.get()
    assert (made.kind, made.channel, made.form) == ("charges", "letter", "written")
    assert made.loans.get().amount == 88_50
    assert made.steps.count() == 1


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"dispute": "weather"}, "is none of"),
        ({"dispute": "charges"}, "how much of each loan is disputed is needed"),
        ({"dispute": "identity", "amount": 5}, "all that is owed"),
    ],
)
def test_a_dispute_that_makes_no_sense_is_set_aside(told: dict[str, Any], why: str) -> None:
    open_case()
    event = bring("dispute", **told)
    work_once()
    assert state_of(event)[0] == "aside"
    assert why in event.error
    assert not Dispute.objects.exists()
    assert not Hold.objects.exists()


CHANNELS = {
    "phone": "oral", "in_person": "oral", "letter": "written", "court": "written",
    "email": "electronic", "web": "electronic", "message": "electronic", "regulator": None,
    "ombudsman": None, "other": None,
}  # fmt: skip


@pytest.mark.parametrize("channel", CHANNELS)
def test_the_gate_is_told_the_same_of_an_event_as_of_the_screen(channel: str) -> None:
    make_person(loan_no="L1")
    case = open_case()
    bring("dispute", channel=channel, text="not mine")
    work_once()
    raise_dispute(
        DisputeWanted(
            key="screen", kind="other", loans=[LoanWanted(loan=case)], channel=channel,
            text="not mine", received_at=AT, at=AT,
        )
    )  # fmt: skip
    assert case.party is not None
    attempt = book_call(case, party=case.party, key="a call", by=None)
    by_event, by_screen = attempt.verdict.facts["facts"]["notices"]
    assert by_event == by_screen
    assert (by_event["kind"], by_event.get("form"), by_event["received_at"]) == (
        "dispute", CHANNELS[channel], "2026-06-30",
    )  # fmt: skip


def test_a_number_that_changed_is_sealed_and_forgotten_here() -> None:
    party = make_person(loan_no="L1")
    event = bring("phone_changed", phone="13911112222")
    assert (event.payload, event.sealed is None) == ({}, False)

    work_once()

    event.refresh_from_db()
    assert (event.state, event.payload, event.sealed) == ("done", {}, None)
    points = open_parties([party.token])[party.token].points
    assert [(p.value, p.valid) for p in points if p.kind == "phone"] == [
        ("13900000001", False),
        ("13911112222", True),
    ]


def test_a_payment_waited_for_goes_behind_what_waits_for_its_loan() -> None:
    earlier = pay(1)
    effect = take_payment(
        "L1", amount=110_99, currency="CNY", paid_on=JUNE, key="now", source="test"
    )
    assert state_of(earlier)[0] == "done"
    assert (effect.dpd, effect.arrears, effect.case_state) == (0, 0, "closed")
    with pytest.raises(BookError, match="used for another payment"):
        take_payment("L1", amount=1, currency="CNY", paid_on=JUNE, key="now", source="test")
