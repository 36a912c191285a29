"""Collection of many stopped at once: counted before, each held once, lifted as a whole."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from access.outsiders import open_agency, place
from django.core.exceptions import PermissionDenied
from django.test import Client
from factories import DAY, MOMENT, make_action, make_case, make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.casework import holding_together
from carrears.casework.holding_chosen import Chosen, Wanted, preview
from carrears.casework.holding_together import (
    counts_of,
    hold_opened_together,
    lift_order,
    order_holding,
    orders_under_way,
    reasons_of,
    work_off,
)
from carrears.casework.holds import move_end, place_hold, standing
from carrears.casework.models import Case, CaseEvent, Hold, HoldingTogether, PlannedAction
from carrears.casework.services import CaseworkError
from carrears.evidence.models import Entry
from carrears.parties.models import LoanParty

pytestmark = pytest.mark.django_db
FLOOD = Wanted(reason="disaster", from_on=DAY, until_on=DAY + timedelta(days=30), takes_new=True)
SICHUAN = Chosen(regions=("51",))


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead")


def settle(loan_no: str, region: str, **changes: Any) -> Case:
    """A case of somebody who lives in a region."""
    case = make_case(loan_no=loan_no, name=f"赵{loan_no}", obligor_no=f"P-{loan_no}", **changes)
    assert case.party is not None
    case.party.region = region
    case.party.save()
    return case


def also(case: Case, loan_no: str) -> Case:
    """Another loan of the same person."""
    assert case.party is not None
    LoanParty.objects.create(loan_no=loan_no, party=case.party, role="obligor")
    return make_case(loan_no=loan_no, name="", party=case.party, obligor_no=case.obligor_no)


def give(lead: User, expected: int, *, chosen: Chosen = SICHUAN, **more: Any) -> HoldingTogether:
    values: dict[str, Any] = {"why": "汛情通告", "key": "k-1", "by": lead, "at": MOMENT}
    return order_holding(chosen, FLOOD, expected=expected, **(values | more))


def go_on() -> None:
    """What the worker does each minute."""
    for order in orders_under_way():
        work_off(order)


def is_held(case: Case) -> bool:
    return standing(case, on=DAY).exists()


def test_what_it_would_come_to_is_counted_before(lead: User) -> None:
    first = settle("A", "510100", arrears=9_000_00)
    also(first, "A2")
    second, third = settle("B", "510700"), settle("C", "510700", bucket=2)
    settle("D", "440100")
    for case in (first, second):
        make_action(case=case)
    long = {"today": DAY, "until_on": None, "by": lead, "at": MOMENT, "whole_person": True}
    place_hold(second, reason="disaster", **long)
    place_hold(third, reason="legal", **long)
    place(first, open_agency("AG-1"), from_on=DAY)

    told = preview(lead, SICHUAN, FLOOD)
    assert (told.people, told.unknown, told.cases, told.planned) == (3, 0, 4, 1)
    assert (told.stopped, told.before, told.placed) == (2, 1, 1)
    assert told.regions == (("510700", 2), ("510100", 1))
    assert told.sample[0].loan_no == "A"
    assert preview(lead, Chosen(regions=("5101", "44")), FLOOD).people == 2
    assert preview(lead, Chosen(regions=("51",), buckets=(2,)), FLOOD).people == 1
    assert preview(lead, Chosen(treatments=("nothing",)), FLOOD).people == 0
    assert Hold.objects.count() == 2
    other = make_user(role="collector", username="other")
    assert preview(other, SICHUAN, FLOOD).people == 0  # of the cases that one sees


def test_each_is_held_with_all_that_he_owes_and_once(lead: User) -> None:
    first = settle("A", "510100")
    second, elsewhere = also(first, "A2"), settle("D", "440100")
    held_before = settle("B", "510700")
    for case in (first, second, elsewhere):
        make_action(case=case)
    long = {"today": DAY, "until_on": None, "by": lead, "at": MOMENT, "whole_person": True}
    place_hold(held_before, reason="disaster", **long)
    order = give(lead, 2)
    assert give(lead, 2) == order  # a second click

    assert work_off(order) == 2
    assert work_off(order) == 0
    assert counts_of(order) == {"held": 1, "before": 1}
    assert [is_held(case) for case in (first, second, elsewhere)] == [True, True, False]
    hold = Hold.objects.get(party=first.party)
    assert (hold.case, hold.reason, hold.until_on, hold.placed_by) == (
        None, "disaster", FLOOD.until_on, lead,
    )  # fmt: skip
    states = dict(PlannedAction.objects.values_list("case__loan_no", "state"))
    assert states == {"A": "cancelled", "A2": "cancelled", "D": "planned"}
    kinds = Entry.objects.filter(kind__startswith="holds.").values_list("kind", flat=True)
    assert sorted(kinds) == ["holds.asked", "holds.done"]
    assert Entry.objects.filter(kind="case.hold").count() == 3
    assert reasons_of([order]) == {order.pk: "汛情通告"}
    assert orders_under_way() == []


def test_a_run_that_was_killed_goes_on_where_it_was(
    lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [settle(f"A{place}", "510100") for place in range(4)]
    order = give(lead, 4)
    place_alone, held = holding_together.place_hold_once, 0

    def killed(*args: Any, **kwargs: Any) -> Hold:
        nonlocal held
        hold = place_alone(*args, **kwargs)
        held += 1
        if held == 3:  # after its work, before it is noted
            raise KeyboardInterrupt
        return hold

    monkeypatch.setattr(holding_together, "place_hold_once", killed)
    with pytest.raises(KeyboardInterrupt):
        work_off(order)
    assert counts_of(order) == {"held": 2, "": 2}
    assert [one.pk for one in orders_under_way()] == [order.pk]
    monkeypatch.setattr(holding_together, "place_hold_once", place_alone)
    go_on()
    assert counts_of(order) == {"held": 4}
    assert Hold.objects.count() == 4
    assert all(map(is_held, cases))


def test_one_that_meets_an_error_stops_no_other(
    lead: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = settle("A", "510100"), settle("B", "510100")
    order, place_alone = give(lead, 2), holding_together.place_hold_once

    def broken(case: Case, **kwargs: Any) -> Hold:
        if case == bad:
            raise RuntimeError(case.loan_no)
        return place_alone(case, **kwargs)

    monkeypatch.setattr(holding_together, "place_hold_once", broken)
    work_off(order)
    assert counts_of(order) == {"held": 1, "broken": 1}
    assert [is_held(bad), is_held(good)] == [False, True]


def test_lifted_as_a_whole_but_for_what_a_person_changed(lead: User) -> None:
    first, second, third = (settle(name, "510100") for name in "ABC")
    order = give(lead, 3)
    work_off(order)
    extended = Hold.objects.get(party=second.party)
    told = {"today": DAY, "by": lead, "at": MOMENT, "why": "房屋受损"}
    move_end(extended, until_on=None, **told)

    lifted = lift_order(order, why="险情解除", by=lead, at=MOMENT)
    with pytest.raises(CaseworkError, match="lifted before"):
        lift_order(order, why="again", by=lead, at=MOMENT)
    assert work_off(lifted) == 3
    assert counts_of(order) == {"lifted": 2, "kept": 1}
    assert [is_held(case) for case in (first, second, third)] == [False, True, False]
    order.refresh_from_db()
    assert order.lifted_at is not None
    assert CaseEvent.objects.filter(kind="hold_lifted").count() == 2
    kinds = Entry.objects.filter(kind__startswith="holds.").values_list("kind", flat=True)
    assert sorted(kinds) == ["holds.asked", "holds.done", "holds.lift", "holds.lifted"]


def test_lifted_before_its_turn_nobody_is_held(lead: User) -> None:
    case = settle("A", "510100")
    order = give(lead, 1)
    lift_order(order, why="irrtum", by=lead, at=MOMENT)
    work_off(order)
    assert counts_of(order) == {"stopped": 1}
    assert not is_held(case)
    assert orders_under_way() == []


def test_whoever_comes_in_while_it_lasts_is_held_too(lead: User) -> None:
    settle("A", "510100")
    order = give(lead, 1)
    work_off(order)
    new, elsewhere = settle("N", "510900"), settle("E", "440100")
    more = also(new, "N2")
    opened = [case.loan_no for case in (new, elsewhere, more)]
    for _ in range(2):  # a step of the night bears a second start
        hold_opened_together(opened, from_on=DAY, at=MOMENT)
    assert [is_held(case) for case in (new, more, elsewhere)] == [True, True, False]
    assert Hold.objects.filter(party=new.party).count() == 1
    assert counts_of(order) == {"held": 2}

    assert hold_opened_together(["E"], from_on=DAY + timedelta(days=31), at=MOMENT) == 0
    lift_order(order, why="over", by=lead, at=MOMENT)
    work_off(order)
    assert not is_held(new)
    later = settle("L", "510900")
    assert hold_opened_together(["L"], from_on=DAY, at=MOMENT) == 0
    assert not is_held(later)


def test_whoever_is_not_on_record_comes_in_too(lead: User) -> None:
    settle("A", "510100", bucket=3)
    order = give(lead, 1, chosen=Chosen(buckets=(3,), owner="none"))
    work_off(order)
    nobody = make_case(loan_no="X", loan_id=9, name="", bucket=3)
    early = make_case(loan_no="Y", loan_id=10, name="", bucket=1)
    taken = make_case(loan_no="Z", loan_id=11, name="", bucket=3, assignee=lead)
    for _ in range(2):
        hold_opened_together(["X", "Y", "Z"], from_on=DAY, at=MOMENT)
    assert [is_held(case) for case in (nobody, early, taken)] == [True, False, False]
    assert counts_of(order) == {"held": 2}
    lift_order(order, why="over", by=lead, at=MOMENT)
    work_off(order)
    assert not is_held(nobody)


def test_what_is_refused(lead: User) -> None:
    settle("A", "510100")
    with pytest.raises(PermissionDenied):
        give(make_user(role="collector"), 1)
    for fault, values in {
        "a reason is needed": {"why": " "},
        "there are more or fewer": {"expected": 2},
        "say whose collection": {"chosen": Chosen()},
        "cannot be chosen by words": {"chosen": Chosen(text="A")},
        "nobody fits": {"chosen": Chosen(regions=("99",))},
    }.items():
        with pytest.raises(CaseworkError, match=fault):
            give(lead, **({"expected": 1} | values))
    for days, fault in (((-1, 3), "in the past"), ((3, 2), "before it begins")):
        first, last = (DAY + timedelta(days=n) for n in days)
        wanted = Wanted(reason="disaster", from_on=first, until_on=last)
        told: dict[str, Any] = {"why": "x", "key": "k", "by": lead, "at": MOMENT}
        with pytest.raises(CaseworkError, match=fault):
            order_holding(SICHUAN, wanted, expected=1, **told)
    assert not HoldingTogether.objects.exists()


def test_the_api_counts_orders_and_lifts(lead: User) -> None:
    case = settle("A", "510100")
    client, path = Client(), "/api/holds/together"

    def ask(address: str, told: dict[str, Any], user: User = lead) -> Any:
        headers = {"Authorization": f"Bearer {issue_token(user, name='test')}"}
        return client.post(address, told, "application/json", headers=headers)

    wanted = {"regions": ["51"], "reason": "disaster", "until_on": FLOOD.until_on.isoformat()}  # type: ignore[union-attr]
    told = ask(f"{path}/preview", wanted).json()
    assert (told["people"], told["regions"], told["sample"]) == (1, {"510100": 1}, ["A"])
    order = wanted | {"key": "flood-0001", "why": "flood", "expected": 1}
    answer = ask(path, order)
    assert (answer.status_code, answer.json()["fared"]) == (202, {"waiting": 1})
    number = answer.json()["id"]
    assert ask(path, order).json()["id"] == number
    go_on()
    assert is_held(case)
    headers = {"Authorization": f"Bearer {issue_token(lead, name='test')}"}
    told = client.get(f"{path}/{number}", headers=headers).json()
    assert (told["fared"], told["done_at"] is not None) == ({"held": 1}, True)
    assert ask(path, order | {"key": "flood-0002", "expected": 9}).status_code == 409
    assert ask(path, order, make_user(role="collector")).status_code == 403
    assert ask(f"{path}/{number}/lift", {"why": "over"}).status_code == 202
    go_on()
    assert not is_held(case)
