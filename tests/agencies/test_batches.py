"""Batches for agencies: proposed by rule, scrubbed, approved by a second person, placed once."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from access.outsiders import Abroad, go_abroad, open_agency, place
from access.test_walls import asked
from django.db import IntegrityError, connection, transaction
from dumped import NAME, read_in_clear, typed
from factories import make_case, make_promise, make_user

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.agencies import approving
from carrears.agencies.approving import approve, place_lines, refusals_of, refuse
from carrears.agencies.models import Placing, PlacingLine, PlacingState
from carrears.agencies.proposing import propose
from carrears.casework.holds import place_hold
from carrears.casework.models import Case, CaseEvent, CaseState, Placement, Ruling, RulingKind
from carrears.casework.placements import recall
from carrears.casework.seeing import visible_cases
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.conduct.models import Complaint
from carrears.conduct.services import bar_contact
from carrears.evidence.models import QueuedEntry

pytestmark = pytest.mark.django_db


def debtor(number: str, **changes: Any) -> Case:
    told = {"loan_no": f"L-{number}", "obligor_no": number, "treatment": "agency_placement"}
    return make_case(**(told | {"dpd": 130, "bucket": 5, "stage": "late", "name": ""} | changes))


def proposed(**changes: Any) -> Placing:
    return propose(**({"first_on": access_day(now()), "by": None, "at": now()} | changes))


def why(placing: Placing) -> dict[str, str]:
    return dict(placing.lines.values_list("obligor_no", "why"))


def placed() -> set[str]:
    return set(Placement.objects.values_list("obligor_no", flat=True))


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead", username="lead")


@pytest.fixture
def officer() -> User:
    return make_user(role="compliance_officer", username="officer")


def test_a_batch_is_proposed_approved_and_placed_with_all_loans(lead: User, officer: User) -> None:
    agency = open_agency("HENGXIN")
    debtor("P-1")
    debtor("P-1", loan_no="second", arrears=200_00, dpd=3, treatment="reminder", stage="early")
    debtor("P-2", treatment="reminder")

    placing = proposed(by=lead)
    line = placing.lines.get()
    assert (line.obligor_no, line.loans, line.arrears, line.dpd) == ("P-1", 2, 1_300_00, 130)
    batch = line.batch
    assert batch is not None
    assert (batch.agency, batch.until_on - batch.from_on) == (agency, timedelta(days=89))
    assert batch.terms["rates"][1] == {
        "dpd_from": None, "dpd_to": 180, "stage": [], "rate": "0.18",
    }  # fmt: skip
    assert placed() == set()

    approve(placing, by=officer, at=now())
    place_lines(placing, at=now())
    [placement] = Placement.objects.all()
    assert (placement.obligor_no, placement.until_on) == ("P-1", batch.until_on)
    assert (placement.placed_by, placement.line.batch) == (officer, batch)
    assert Placing.objects.get().state == PlacingState.PLACED
    told = CaseEvent.objects.filter(kind="placed")
    assert {(one.case.loan_no, one.data["batch"]) for one in told} == {
        ("L-P-1", batch.pk),
        ("second", batch.pk),
    }
    kinds = {entry["kind"] for entry in _queued()}
    assert {f"agencies.placing.{step}" for step in ("proposed", "approved", "placed")} <= kinds


def _queued() -> list[dict[str, Any]]:
    rows = QueuedEntry.objects.select_related("entry").values_list("entry__kind", flat=True)
    return [{"kind": kind} for kind in rows]


def test_who_must_stay_is_taken_out_and_told_why() -> None:
    today = access_day(now())
    open_agency("HENGXIN")
    first = open_agency("FIRST")
    debtor("P-free")
    for reason in ("dispute", "death", "insolvency", "moratorium", "complaint"):
        held = debtor(f"P-{reason}")
        place_hold(held, reason=reason, today=held.as_of, until_on=None, by=None, at=now())
    person = debtor("P-person", name="赵试一")
    place_hold(
        debtor("P-other-loan", party=person.party), reason="hospital", today=person.as_of,
        until_on=None, by=None, at=now(), whole_person=True,
    )  # fmt: skip
    make_promise(debtor("P-promise"), (100_00, today + timedelta(days=9)))
    appeals = debtor("P-appeal", name="钱试二")
    assert appeals.party is not None
    Ruling.objects.create(
        party=appeals.party, kind=RulingKind.FROZEN, loan_no="L-P-appeal", ceiling=1,
        cause="an appeal", placed_at=now(),
    )  # fmt: skip
    barred = debtor("P-barred", name="孙试三")
    assert barred.party is not None
    bar_contact(barred.party, reason="他说的", from_on=today, until_on=None, by=None, at=now())
    place(debtor("P-placed"), first)
    for number, days in (("P-rest", 7), ("P-rested", 8)):
        begin, end = today - timedelta(days=60), today - timedelta(days=days)
        place(debtor(number), first, from_on=begin, until_on=end)

    assert why(proposed()) == {
        "P-free": "", "P-rested": "", "P-rest": "rest", "P-placed": "placed",
        "P-dispute": "dispute", "P-death": "death", "P-insolvency": "insolvency",
        "P-moratorium": "moratorium", "P-complaint": "complaint",
        "P-person": "hospital", "P-other-loan": "hospital",
        "P-promise": "promise", "P-appeal": "appeal", "P-barred": "barred",
    }  # fmt: skip
    to = PlacingLine.objects.get(obligor_no="P-rested").batch
    assert to is not None
    assert to.agency.key == "HENGXIN"  # it had been with the other


def test_an_open_complaint_keeps_all_that_the_person_owes() -> None:
    open_agency("HENGXIN")
    one = debtor("P-1", name="赵试一")
    debtor("P-2", party=one.party)
    Complaint.objects.create(
        key="C-1", party=one.party, loan_no="elsewhere", received_at=now(), category="conduct",
        channel="phone", complainant="borrower", jurisdiction="cn",
    )  # fmt: skip
    assert why(proposed()) == {"P-1": "complaint_open", "P-2": "complaint_open"}


def test_two_people_are_needed_and_only_one_of_them_decides(lead: User, officer: User) -> None:
    open_agency("HENGXIN")
    debtor("P-1")
    placing = proposed(by=lead)
    with pytest.raises(CaseworkError, match="does not approve"):
        approve(placing, by=lead, at=now())
    with pytest.raises(IntegrityError), transaction.atomic():
        Placing.objects.update(decided_by=lead, decided_at=now(), state="approved")
    with pytest.raises(CaseworkError, match="another proposal"):
        proposed(by=lead)
    with pytest.raises(CaseworkError, match="reason"):
        refuse(placing, reason=" ", by=officer, at=now())
    refused = refuse(placing, reason=typed("机构尚未评估"), by=officer, at=now())
    assert refusals_of([refused]) == {placing.pk: typed("机构尚未评估")}
    assert read_in_clear(NAME) == []
    with pytest.raises(CaseworkError, match="decided already"):
        approve(placing, by=officer, at=now())
    place_lines(placing, at=now())
    assert placed() == set()
    assert proposed(by=lead).pk != placing.pk


def test_what_cannot_be_proposed_is_refused() -> None:
    with pytest.raises(CaseworkError, match="no open agency"):
        proposed()
    open_agency("HENGXIN")
    with pytest.raises(CaseworkError, match="no rule fits"):
        proposed()
    with pytest.raises(CaseworkError, match="past"):
        proposed(first_on=access_day(now()) - timedelta(days=1))


def test_what_happened_since_the_preview_takes_him_out(officer: User) -> None:
    open_agency("HENGXIN")
    for number in ("P-1", "P-2", "P-3"):
        debtor(number)
    placing = proposed()
    approve(placing, by=officer, at=now())
    held = Case.objects.get(obligor_no="P-1")
    place_hold(held, reason="hardship", today=held.as_of, until_on=None, by=None, at=now())
    Case.objects.filter(obligor_no="P-2").update(
        state=CaseState.CLOSED, closed_on=access_day(now()), close_reason="cured"
    )
    place_lines(placing, at=now())
    assert why(placing) == {"P-1": "hardship", "P-2": "gone", "P-3": ""}
    assert placed() == {"P-3"}


def test_a_killed_placing_goes_on_where_it_was(
    officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_agency("HENGXIN")
    for number in range(5):
        debtor(f"P-{number}", loan_id=number)
    placing = proposed()
    approve(placing, by=officer, at=now())
    monkeypatch.setattr(approving, "_AT_ONCE", 2)
    assert approving._place_some(placing, at=now())
    assert len(placed()) == 2
    place_lines(placing, at=now())
    place_lines(placing, at=now())
    assert len(placed()) == Placement.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_of_two_who_approve_at_once_one_does(officer: User) -> None:
    open_agency("HENGXIN")
    debtor("P-1")
    second = make_user(role="compliance_officer", username="second")
    placing, refused = proposed(), []

    def go(by: User) -> None:
        try:
            approve(placing, by=by, at=now())
        except CaseworkError as error:
            refused.append(str(error))
        finally:
            connection.close()

    both = [threading.Thread(target=go, args=(by,)) for by in (officer, second)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert refused == ["it is decided already"]
    place_lines(placing, at=now())
    assert Placement.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_payment_that_ends_the_case_while_it_is_placed_comes_before_it(officer: User) -> None:
    open_agency("HENGXIN")
    debtor("P-1")
    placing = proposed()
    approve(placing, by=officer, at=now())
    held, go_on = threading.Event(), threading.Event()

    def pay() -> None:
        try:
            with transaction.atomic():
                Case.objects.filter(obligor_no="P-1").update(
                    state=CaseState.CLOSED, closed_on=date(2026, 6, 30), close_reason="paid_off"
                )
                held.set()
                go_on.wait(10)
        finally:
            connection.close()

    paying = threading.Thread(target=pay)
    paying.start()
    assert held.wait(10)
    work = threading.Thread(target=lambda: (place_lines(placing, at=now()), connection.close()))
    work.start()
    work.join(0.5)
    assert work.is_alive()  # it waits for the payment
    go_on.set()
    paying.join()
    work.join(20)
    assert why(placing) == {"P-1": "gone"}
    assert placed() == set()


def test_the_agency_sees_its_own_and_no_batch(officer: User) -> None:
    abroad: Abroad = go_abroad()
    debtor("P-1")
    placing = proposed()
    approve(placing, by=officer, at=now())
    place_lines(placing, at=now())
    seen = {one.loan_no for one in visible_cases(User.objects.get(pk=abroad.user.pk))}
    assert seen == {"PLACED-1", "L-P-1"} | ({"OTHERS-9"} & seen)
    for table in ("agencies_placing", "agencies_batch", "agencies_placingline"):
        assert asked(abroad.user, f"select count(*) from {table}") == [0]  # noqa: S608  ours
    recall(list(Placement.objects.all()), reason="x", by=None, at=now())
    assert not visible_cases(User.objects.get(pk=abroad.user.pk)).exists()
