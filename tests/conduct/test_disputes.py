"""A dispute stops collection of its loans at once, and every step of it is evidence."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conduct.disputing import NOW, RECEIVED, SAID, dispute, step
from django.db import IntegrityError, connection, transaction
from factories import make_action, make_case, make_user
from vault.storing_for_tests import store_words

from carrears.access.models import User
from carrears.casework.holds import lift_hold, place_hold
from carrears.casework.models import Case, CaseEvent, Hold, PlannedAction
from carrears.conduct.complaint_raising import raise_disputes
from carrears.conduct.dispute_holds import hold_disputed
from carrears.conduct.dispute_kinds import DisputeKindsError, kinds_ever, load_dispute_kinds
from carrears.conduct.dispute_models import Dispute, DisputedLoan, DisputeDocument, DisputeStep
from carrears.conduct.dispute_queries import DisputeFilter, find_disputes, visible_disputes
from carrears.conduct.dispute_steps import possible_dispute_steps
from carrears.conduct.dispute_terms import load_dispute_terms
from carrears.conduct.disputes import LoanWanted, text_of
from carrears.conduct.services import ConductError
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
LAWS = ("cn", "us", "uk", "in")


@pytest.fixture
def case() -> Case:
    return make_case(loan_no="A-03", obligor_no="P-1")


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer")


def test_it_is_sealed_and_stops_its_loan(case: Case) -> None:
    planned = make_action(case=case)
    made = dispute(case)

    [loan] = made.loans.all()
    assert (loan.loan_no, loan.amount, loan.currency) == ("A-03", 300_00, "CNY")
    assert loan.hold is not None
    assert (loan.hold.case, loan.hold.reason, loan.hold.from_on, loan.hold.until_on) == (
        case,
        "dispute",
        date(2026, 7, 1),
        None,
    )
    assert PlannedAction.objects.get(pk=planned.pk).state == "cancelled"
    assert SAID.encode() not in bytes(made.text_sealed or b"")
    assert text_of(made) == SAID
    lines = CaseEvent.objects.filter(case=case, kind__in=["dispute", "hold"])
    assert sorted(lines.values_list("kind", flat=True)) == ["dispute", "hold"]
    [entry] = Entry.objects.filter(kind="dispute.received")
    payload = json.loads(entry.payload)
    assert (entry.subject, payload["kind"]) == ("A-03", "amount")
    assert payload["loans"] == [{"loan_no": "A-03", "amount": 300_00, "currency": "CNY"}]
    assert "text_commitment" in payload
    assert "罚息" not in str(payload)


def test_it_names_several_loans_of_a_borrower_and_stops_each(case: Case, officer: User) -> None:
    second = make_case(loan_no="A-08", name="", loan_id=8, obligor_no="P-1", currency="USD")
    made = dispute(case, second)
    assert sorted(Hold.objects.values_list("case__loan_no", flat=True)) == ["A-03", "A-08"]
    step(made, "answer", officer, outcome="upheld")
    assert not Hold.objects.filter(lifted_on=None).exists()
    told = CaseEvent.objects.filter(kind="dispute_step", data__outcome="upheld")
    assert sorted(told.values_list("case__loan_no", flat=True)) == ["A-03", "A-08"]


def test_the_same_key_raises_once(case: Case) -> None:
    first = dispute(case)
    assert dispute(case).pk == first.pk
    assert (Dispute.objects.count(), Hold.objects.count(), DisputeStep.objects.count()) == (1, 1, 1)
    with pytest.raises(ConductError, match="another dispute"):
        dispute(case, amount=400_00)


@pytest.mark.parametrize(
    ("law", "due"),
    [
        ("cn", {"acknowledge": "2026-07-02", "answer": "2026-07-14"}),
        ("us", {"acknowledge": "2026-07-07", "answer": "2026-07-29"}),  # 3 July is off
        ("uk", {"acknowledge": "2026-07-06", "answer": "2026-07-27"}),
        ("in", {"acknowledge": "2026-07-02", "answer": "2026-07-29"}),
        ("fr", {}),
    ],
)
def test_its_time_limits_are_those_of_its_law(law: str, due: dict[str, str]) -> None:
    made = dispute(make_case(loan_no="A-03", jurisdiction=law))
    assert {one["step"]: one["due_on"] for one in made.deadlines} == due
    assert all(one["citation"] and one["note"] for one in made.deadlines)
    assert made.due_on == (date.fromisoformat(min(due.values())) if due else None)


def test_it_goes_its_way_to_the_answer(case: Case, officer: User) -> None:
    made = dispute(case)
    made = step(made, "acknowledge", officer)
    assert (made.state, made.due_on) == ("acknowledged", date(2026, 7, 14))
    made = step(made, "ask", officer, text="请提供还款凭证")
    assert (made.state, made.due_on) == ("asked", date(2026, 7, 14))
    made = step(made, "inform", officer)
    assert made.state == "acknowledged"
    assert Hold.objects.get().lifted_on is None
    made = step(made, "answer", officer, outcome="partly", text="其中一期属实")
    assert (made.state, made.outcome, made.due_on, made.closed_at) == (
        "answered",
        "partly",
        None,
        NOW,
    )
    assert Hold.objects.get().lifted_on == date(2026, 7, 1)
    kinds = ["received", "acknowledge", "ask", "inform", "answer"]
    logged = Entry.objects.filter(kind__startswith="dispute.").order_by("pk")
    assert [entry.kind for entry in logged] == [f"dispute.{kind}" for kind in kinds]
    assert possible_dispute_steps(made) == ("note", "attach")


def test_asking_acknowledges(case: Case, officer: User) -> None:
    made = step(dispute(case), "ask", officer)
    assert (made.state, made.acknowledged_at, made.due_on) == ("asked", NOW, date(2026, 7, 14))


def test_withdrawing_lets_collection_go_on(case: Case, officer: User) -> None:
    made = step(dispute(case), "withdraw", officer)
    assert (made.state, made.outcome, Hold.objects.get().lifted_on) == (
        "withdrawn",
        "",
        date(2026, 7, 1),
    )


def test_a_step_is_taken_once(case: Case, officer: User) -> None:
    made = dispute(case)
    step(made, "acknowledge", officer)
    assert step(made, "acknowledge", officer).state == "acknowledged"
    assert DisputeStep.objects.count() == 2
    with pytest.raises(ConductError, match="another step"):
        step(made, "note", officer, key="acknowledge-1")


@pytest.mark.parametrize(
    ("kind", "more", "why"),
    [
        ("answer", {"outcome": "lost"}, "none of"),
        ("answer", {"outcome": "upheld", "text": " "}, "needs words"),
        ("withdraw", {"text": ""}, "needs words"),
        ("inform", {}, "cannot be so treated"),
        ("assign", {}, "somebody"),
        ("attach", {}, "a file of one of its loans"),
        ("forget", {}, "none of"),
        ("acknowledge", {"at": RECEIVED - timedelta(days=1)}, "before"),
    ],
)
def test_what_is_refused(
    case: Case, officer: User, kind: str, more: dict[str, Any], why: str
) -> None:
    made = dispute(case)
    with pytest.raises(ConductError, match=why):
        step(made, kind, officer, **more)
    assert DisputeStep.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"kind": "food"}, "none of"),
        ({"channel": "pigeon"}, "none of"),
        ({"text": " "}, "in words"),
        ({"received_at": datetime(2126, 1, 1, tzinfo=UTC)}, "time to come"),
        ({"amount": None}, "how much"),
        ({"amount": 0}, "above zero"),
        ({"kind": "identity"}, "all that is owed"),
        ({"loans": []}, "names a loan"),
    ],
)
def test_what_cannot_be_raised(case: Case, changes: dict[str, Any], why: str) -> None:
    with pytest.raises(ConductError, match=why):
        dispute(case, **changes)
    assert not Hold.objects.exists()


def test_a_dispute_is_of_one_borrower_and_names_a_loan_once(case: Case) -> None:
    other = make_case(loan_no="A-09", name="李试四", obligor_no="P-9")
    unknown = make_case(loan_no="A-10", name="", loan_id=10)
    for wrong in ((case, other), (case, unknown), (unknown, make_case(loan_no="A-11", name=""))):
        with pytest.raises(ConductError, match="one borrower"):
            dispute(*wrong)
    with pytest.raises(ConductError, match="once"):
        dispute(case, case)


def test_two_disputes_share_a_hold_that_the_last_answer_lifts(case: Case, officer: User) -> None:
    one, other = dispute(case), dispute(case, key="d-2", kind="goods", amount=None)
    assert Hold.objects.count() == 1
    step(one, "answer", officer, outcome="rejected")
    assert Hold.objects.get().lifted_on is None
    step(other, "answer", officer, key="answer-2", outcome="rejected")
    assert Hold.objects.get().lifted_on == date(2026, 7, 1)


def test_a_hold_that_begins_later_does_not_stop_it_now(case: Case, officer: User) -> None:
    monday = date(2026, 7, 6)
    told: dict[str, Any] = {"reason": "dispute", "until_on": None, "by": officer, "at": NOW}
    place_hold(case, today=date(2026, 7, 1), from_on=monday, **told)
    made = dispute(case)
    assert made.loans.get().hold.from_on == date(2026, 7, 1)  # type: ignore[union-attr]
    step(made, "answer", officer, outcome="rejected")
    assert Hold.objects.get(lifted_on=None).from_on == monday


@pytest.mark.django_db(transaction=True)
def test_one_that_is_raised_while_another_is_answered_is_held(case: Case, officer: User) -> None:
    made = dispute(case)

    def raise_other() -> Dispute:
        try:
            return dispute(case, key="d-2", kind="goods", amount=None)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            step(made, "answer", officer, outcome="rejected")
            raised = pool.submit(raise_other)
            wait([raised], timeout=3)  # it waits for the answer, or has not seen it
        other = raised.result(30)

    hold = other.loans.get().hold
    assert hold is not None
    assert hold.lifted_on is None


def test_a_hold_that_somebody_lifted_stays_lifted(case: Case, officer: User) -> None:
    made = dispute(case)
    lift_hold(Hold.objects.get(), today=date(2026, 7, 1), by=officer, at=NOW, why="误登记")
    assert step(made, "answer", officer, outcome="upheld").state == "answered"
    assert Hold.objects.count() == 1


def test_a_case_that_is_opened_later_is_held_until_the_answer(case: Case, officer: User) -> None:
    made = dispute(case)
    Case.objects.filter(pk=case.pk).update(state="closed", closed_on=date(2026, 7, 2))
    later = make_case(loan_no="A-03", name="", opened_on=date(2026, 8, 1), as_of=date(2026, 8, 1))
    make_case(loan_no="A-09", name="李试四", obligor_no="P-9")
    at = datetime(2026, 8, 1, tzinfo=UTC)
    assert hold_disputed(["A-03", "A-09"], from_on=date(2026, 8, 1), at=at) == 1
    assert hold_disputed(["A-09"], from_on=date(2026, 8, 1), at=at) == 0
    assert Hold.objects.get(case=later).reason == "dispute"
    step(made, "answer", officer, outcome="rejected", at=datetime(2026, 8, 2, tzinfo=UTC))
    assert Hold.objects.get(case=later).lifted_on is not None
    assert hold_disputed(["A-03"], from_on=date(2026, 8, 2), at=at) == 0


def test_who_deals_with_it_and_what_is_attached(case: Case, officer: User) -> None:
    made, lead = dispute(case), make_user(role="team_lead")
    made = step(made, "assign", officer, assign_to=lead)
    assert made.assigned_to == lead
    proof = store_words(case, b"receipt")
    step(made, "attach", officer, stored=proof)
    assert DisputeDocument.objects.get().stored == proof
    assert str(proof.pk) in Entry.objects.get(kind="dispute.attach").payload
    with pytest.raises(ConductError, match="attached already"):
        step(made, "attach", officer, key="attach-2", stored=proof)
    foreign = store_words(make_case(loan_no="A-09", name="李试四", obligor_no="P-9"), b"other")
    with pytest.raises(ConductError, match="one of its loans"):
        step(made, "attach", officer, key="attach-3", stored=foreign)


def test_the_database_holds_a_dispute_to_its_answer(case: Case) -> None:
    made = dispute(case)
    for wrong in ({"state": "answered"}, {"outcome": "upheld"}, {"state": "withdrawn"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Dispute.objects.filter(pk=made.pk).update(**wrong)


def test_what_is_late_is_found_and_goes_up_by_itself_once(case: Case, officer: User) -> None:
    made = step(dispute(case), "acknowledge", officer)

    def raised(day: int) -> int:
        return raise_disputes(at=datetime(2026, 7, day, 2, tzinfo=UTC))

    assert [raised(10), raised(11), raised(11), raised(15)] == [0, 1, 0, 1]
    made.refresh_from_db()
    assert (made.raised_level, made.raised_to) == (2, ["team_lead", "compliance_officer"])
    entries = Entry.objects.filter(kind="dispute.raised").order_by("pk")
    assert [json.loads(one.payload)["level"] for one in entries] == [1, 2]
    late = DisputeFilter(overdue=True, loan_no="A-03")
    assert list(find_disputes(late)) == [made]  # long past, by whatever clock
    done = step(made, "answer", officer, outcome="upheld")
    assert (done.raised_level, done.raised_to, find_disputes(late).count()) == (0, [], 0)


def test_it_is_seen_by_who_sees_its_case(case: Case) -> None:
    made, mine = dispute(case), make_user(role="collector", username="li")
    stranger = make_user(role="collector", username="wang")
    Case.objects.filter(pk=case.pk).update(assignee=mine)
    assert list(visible_disputes(mine)) == [made]
    assert list(visible_disputes(make_user(role="auditor"))) == [made]
    assert not visible_disputes(stranger).exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_answer_at_once_one_is_refused(case: Case, officer: User) -> None:
    made, start = dispute(case), threading.Barrier(2)

    def answer(outcome: str) -> str:
        start.wait(30)
        try:
            step(made, "answer", officer, key=f"answer-{outcome}", outcome=outcome)
        except ConductError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(answer, ("upheld", "rejected")))

    assert said == ["", "a dispute that is answered cannot be so treated: answer"]
    made.refresh_from_db()
    [kept] = DisputeStep.objects.filter(kind="answer")
    assert kept.data["outcome"] == made.outcome
    assert Hold.objects.get().lifted_on is not None
    assert Hold.objects.get().steps.filter(kind="lifted").count() == 1


def test_every_law_has_its_limits_and_says_where_a_text_was_not_seen() -> None:
    for law in LAWS:
        terms = load_dispute_terms(law)
        assert terms is not None
        values = [one for dated in terms.deadlines.values() for one in dated.values.values()]
        assert all(one.citation.note for one in values if one.text_status != "text")


def test_kinds_are_data_of_their_day(tmp_path: Path) -> None:
    shipped = load_dispute_kinds(tmp_path, on=date(2026, 7, 1))
    assert [one.code for one in shipped.kinds] == [
        "amount", "identity", "paid", "goods", "charges", "time_barred", "other",
    ]  # fmt: skip
    own = tmp_path / "dispute_kinds.yaml"
    kind = "{code: heir, title: {zh: 继承, en: Estate}, amount: none, asks: {zh: 公证书, en: Will}}"
    own.write_text(f"- from: 2026-07-01\n  kinds: [{kind}]\n", encoding="utf-8")
    assert load_dispute_kinds(tmp_path, on=date(2026, 7, 1)).find("amount") is None
    assert kinds_ever(tmp_path)["heir"].title.en == "Estate"
    assert kinds_ever(tmp_path)["amount"].amount == "needed"  # what was raised keeps its name
    with pytest.raises(DisputeKindsError, match="no kinds hold"):
        load_dispute_kinds(tmp_path, on=date(2026, 6, 30))
    own.write_text(f"- from: 2026-07-01\n  kinds: [{kind}, {kind}]\n", encoding="utf-8")
    with pytest.raises(DisputeKindsError, match="stands twice"):
        load_dispute_kinds(tmp_path, on=date(2026, 7, 2))


def test_an_amount_is_of_its_loan(case: Case) -> None:
    second = make_case(loan_no="A-08", name="", loan_id=8, obligor_no="P-1")
    loans = [LoanWanted(loan=case, amount=1_00), LoanWanted(loan=second)]
    with pytest.raises(ConductError, match="how much"):
        dispute(case, loans=loans)
    dispute(case, loans=loans, kind="paid")
    assert list(DisputedLoan.objects.values_list("loan_no", "amount")) == [
        ("A-03", 1_00),
        ("A-08", None),
    ]
