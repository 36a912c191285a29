"""The end of a term: kept, extended, returned, called back; the wall closes the same moment."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from access.outsiders import open_agency, place
from access.test_walls import ask, asked
from django.http import HttpResponse
from dumped import NAME, read_in_clear, typed
from factories import make_case, make_promise, make_user

from carrears.access.models import Organisation, User
from carrears.access.organisations import access_day
from carrears.agencies.approving import approve, place_lines
from carrears.agencies.models import Batch, PlacementStep
from carrears.agencies.proposing import propose
from carrears.agencies.scrubbing import taken_out
from carrears.agencies.terms import end_terms, extend_batch, recall_batch
from carrears.casework.holds import place_hold
from carrears.casework.models import Case, CaseEvent, CaseState, Placement
from carrears.casework.placement_ends import recall_due, recall_paid
from carrears.casework.placements import place_debtors, recall, recall_words
from carrears.casework.seeing import visible_cases
from carrears.casework.services import CaseworkError
from carrears.casework.words import text_of
from carrears.clock import now

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("agency")]


def debtor(number: str, **changes: object) -> Case:
    told = {"loan_no": f"L-{number}", "obligor_no": number, "treatment": "agency_placement"}
    return make_case(**(told | {"dpd": 130, "stage": "late", "name": ""} | changes))


@pytest.fixture
def agency() -> Organisation:
    return open_agency("HENGXIN")


@pytest.fixture
def user(agency: Organisation) -> User:
    return make_user(role="agency_user", organisation=agency)


def placed_batch(*numbers: str) -> Batch:
    for n, number in enumerate(numbers):
        debtor(number, loan_id=n)
    placing = propose(first_on=access_day(now()), by=None, at=now())
    approve(placing, by=None, at=now())
    place_lines(placing, at=now())
    return placing.batches.get()


def on_last_day(batch: Batch) -> datetime:
    return now() + (batch.until_on - access_day(now()))


def ends() -> dict[str, date | None]:
    return dict(Placement.objects.values_list("obligor_no", "until_on"))


def seen(user: User) -> set[str]:
    return {case.obligor_no for case in visible_cases(User.objects.get(pk=user.pk))}


def test_who_promised_is_kept_by_rule_and_the_rest_goes_back() -> None:
    batch = placed_batch("P-1", "P-2")
    last, due = batch.until_on, batch.until_on + timedelta(days=9)
    make_promise(Case.objects.get(obligor_no="P-1"), (100_00, due))

    moment = on_last_day(batch)
    assert end_terms(at=moment) == {"kept": 1, "returned": 0, "recalled": 0}
    assert ends() == {"P-1": due + timedelta(days=1), "P-2": last}
    assert end_terms(at=moment)["kept"] == 0

    told = {"kept": 0, "returned": 1, "recalled": 0}
    assert end_terms(at=moment + timedelta(days=1)) == told
    assert end_terms(at=moment + timedelta(days=1))["returned"] == 0
    kinds = dict(CaseEvent.objects.filter(kind__startswith="placement_").values_list(
        "case__obligor_no", "kind"
    ))  # fmt: skip
    assert kinds == {"P-1": "placement_kept", "P-2": "placement_returned"}
    assert PlacementStep.objects.get(kind="kept").before_on == last


def test_a_far_promise_keeps_no_longer_than_the_rule_and_not_too_often() -> None:
    batch = placed_batch("P-1")
    make_promise(Case.objects.get(obligor_no="P-1"), (100_00, batch.until_on + timedelta(days=200)))
    moment = on_last_day(batch)
    for _ in range(2):
        assert end_terms(at=moment)["kept"] == 1
        moment += timedelta(days=30)
    assert end_terms(at=moment)["kept"] == 0
    assert ends() == {"P-1": batch.until_on + timedelta(days=60)}


def test_extending_is_for_who_is_still_there_and_never_shorter() -> None:
    batch = placed_batch("P-1", "P-2")
    later = batch.until_on + timedelta(days=30)
    [first] = Placement.objects.filter(obligor_no="P-1")
    with pytest.raises(CaseworkError, match="later day"):
        extend_batch(batch, until_on=batch.until_on, reason="x", by=None, at=now())
    with pytest.raises(CaseworkError, match="reason"):
        extend_batch(batch, until_on=later, reason="", by=None, at=now())
    place_hold(
        Case.objects.get(obligor_no="P-2"), reason="death", today=date(2026, 6, 30),
        until_on=None, by=None, at=now(),
    )  # fmt: skip
    assert extend_batch(batch, until_on=later, reason=typed("效果好"), by=None, at=now()) == 1
    assert ends() == {"P-1": later, "P-2": access_day(now()) - timedelta(days=1)}
    assert text_of(CaseEvent.objects.get(kind="placement_extended")) == typed("效果好")
    assert read_in_clear(NAME) == []
    assert Batch.objects.get().until_on == later
    assert first.steps.get().kind == "extended"


def test_extending_leaves_alone_whom_somebody_else_gets_next() -> None:
    batch = placed_batch("P-1")
    place(
        Case.objects.get(), open_agency("SECOND"),
        from_on=batch.until_on + timedelta(days=10),
    )  # fmt: skip
    with pytest.raises(CaseworkError, match="nobody of this batch"):
        extend_batch(
            batch, until_on=batch.until_on + timedelta(days=30), reason="x", by=None, at=now()
        )


def test_a_batch_is_called_back_at_once(user: User) -> None:
    batch = placed_batch("P-1", "P-2")
    assert seen(user) == {"P-1", "P-2"}
    assert recall_batch(batch, reason=typed("合作终止"), by=None, at=now()) == 2
    assert set(recall_words(Placement.objects.all()).values()) == {typed("合作终止")}
    assert read_in_clear(NAME) == []
    assert seen(user) == set()
    assert asked(user, "select count(*) from casework_case") == [0]
    with pytest.raises(CaseworkError, match="nobody of this batch"):
        recall_batch(batch, reason="again", by=None, at=now())


@pytest.mark.parametrize(
    ("reason", "stays"), [("dispute", False), ("insolvency", False), ("hospital", True)]
)
def test_a_hold_takes_back_by_rule(user: User, reason: str, *, stays: bool) -> None:
    placed_batch("P-1")
    case = Case.objects.get()
    place_hold(case, reason=reason, today=case.as_of, until_on=None, by=None, at=now())
    assert (seen(user) == {"P-1"}) is stays
    recalled = CaseEvent.objects.filter(kind="recalled")
    assert [one.data["reason"] for one in recalled] == ([] if stays else [reason])


def test_what_somebody_of_the_agency_records_takes_back_at_the_next_look(user: User) -> None:
    placed_batch("P-1")
    case = Case.objects.get()

    def hold(_: object) -> HttpResponse:
        place_hold(case, reason="dispute", today=case.as_of, until_on=None, by=user, at=now())
        return HttpResponse("[]")

    ask(user, hold)
    assert seen(user) == {"P-1"}
    assert end_terms(at=now())["recalled"] == 1
    assert seen(user) == set()
    assert asked(user, "select count(*) from casework_case") == [0]


def test_a_hold_that_begins_later_takes_back_when_it_begins(user: User) -> None:
    placed_batch("P-1")
    case, day = Case.objects.get(), access_day(now()) + timedelta(days=3)
    place_hold(
        case, reason="legal", today=case.as_of, from_on=day, until_on=None, by=None, at=now()
    )
    assert (recall_due(at=now()), seen(user)) == (0, {"P-1"})
    assert recall_due(at=now() + timedelta(days=3)) == 1


def test_who_owes_nothing_any_more_is_taken_back_and_told(user: User) -> None:
    placed_batch("P-1")
    second = debtor("P-1", loan_no="second")
    for case in (Case.objects.get(loan_no="L-P-1"), second):
        assert seen(user) == {"P-1"}
        Case.objects.filter(pk=case.pk).update(
            state=CaseState.CLOSED, closed_on=access_day(now()), close_reason="paid_off"
        )
        recall_paid([case.loan_no], at=now())
    assert seen(user) == set()
    told = CaseEvent.objects.get(kind="recalled")
    assert (told.case.loan_no, told.data["reason"]) == ("second", "paid")


def test_one_by_one_the_rotation_holds_too(agency: Organisation) -> None:
    today, other = access_day(now()), open_agency("SECOND")
    case = debtor("P-1")
    place(case, agency, from_on=today - timedelta(days=30), until_on=today - timedelta(days=7))

    def again(to: Organisation, on: date) -> None:
        place_debtors(["P-1"], agency=to, from_on=on, until_on=on, by=None, at=now())

    with pytest.raises(CaseworkError, match="too soon"):
        again(other, today)
    again(agency, today)
    Placement.objects.filter(from_on=today).delete()
    again(other, today + timedelta(days=1))


def test_the_rest_after_a_recall_begins_the_day_after_it(agency: Organisation) -> None:
    """The agency had the debtor on the day of the recall; seven full days lie between."""
    today, other = access_day(now()), open_agency("SECOND")
    for number, begun in (("P-1", 30), ("P-2", 0)):
        case = debtor(number)
        from_on = today - timedelta(days=begun)
        placed = place(case, agency, from_on=from_on, until_on=None)
        recall([placed], reason="申请更换", by=None, at=now())
        for days in (0, 7):
            on = today + timedelta(days=days)
            until = on + timedelta(days=30)
            assert taken_out([number], on=on, until=until, rest_days=7) == {number: "rest"}
            with pytest.raises(CaseworkError, match="too soon"):
                place_debtors([number], agency=other, from_on=on, until_on=on, by=None, at=now())
        on = today + timedelta(days=8)
        assert taken_out([number], on=on, until=on, rest_days=7) == {}
        assert place_debtors([number], agency=other, from_on=on, until_on=on, by=None, at=now())


def test_who_was_called_back_before_it_began_was_with_nobody(agency: Organisation) -> None:
    today, other = access_day(now()), open_agency("SECOND")
    placed = place(debtor("P-1"), agency, from_on=today + timedelta(days=3), until_on=None)
    recall([placed], reason="申请更换", by=None, at=now())
    assert place_debtors(["P-1"], agency=other, from_on=today, until_on=today, by=None, at=now())
