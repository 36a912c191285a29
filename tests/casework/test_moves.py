"""Cases moved by hand: together, told, looked at first, and taken back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from access.outsiders import open_agency, place
from django.db import connection
from factories import make_case, make_user

from carrears.access.models import Kind, User
from carrears.access.organisations import access_day, lender, open_organisation
from carrears.casework.assigning import assign_cases
from carrears.casework.models import Absence, Case, CaseEvent, Desk, Move, MovedCase, Way
from carrears.casework.move_plans import Chosen, MoveWanted, plan_move
from carrears.casework.moves import move_cases, reasons_of, undo_move
from carrears.casework.services import CaseworkError
from carrears.casework.showing import take
from carrears.casework.words import text_of
from carrears.clock import now
from carrears.evidence.models import Entry


def collector(name: str, **desk: object) -> User:
    user = make_user(role="collector", username=name)
    if desk:
        Desk.objects.create(user=user, **desk)
    return user


def some_case(loan_no: str, owner: User | None, debtor: str = "", **more: object) -> Case:
    place_no = int(loan_no.removeprefix("L"))
    return make_case(loan_no=loan_no, loan_id=place_no, name="", assignee=owner,
                     obligor_no=debtor or f"P-{place_no}", **more)  # fmt: skip


def owners() -> dict[str, str | None]:
    return dict(Case.objects.order_by("loan_no").values_list("loan_no", "assignee__username"))


def do(wanted: MoveWanted, by: User) -> Move:
    seen = plan_move(wanted, by=by).digest
    return move_cases(wanted, reason="balance", seen=seen, by=by, at=now())[0]


def all_of(owner: User, to: User | None = None, **chosen: object) -> MoveWanted:
    way = Way.RULES if to is None else Way.PERSON
    return MoveWanted(chosen=Chosen(owner=owner, **chosen), way=way, to=to)  # type: ignore[arg-type]


@pytest.fixture
def lead() -> User:
    return make_user(role="team_lead")


@pytest.mark.django_db
def test_a_move_is_told_case_by_case_and_taken_back(lead: User) -> None:
    li, wang = collector("li"), collector("wang")
    for number in (1, 2):
        some_case(f"L{number}", li)
    move = do(all_of(li, wang), lead)

    assert owners() == {"L1": "wang", "L2": "wang"}
    told = CaseEvent.objects.get(case__loan_no="L1")
    assert (told.kind, told.actor) == ("assigned", lead)
    assert (text_of(told), told.data) == (
        "balance",
        {"from": "li", "to": "wang", "text": "", "move": move.pk},
    )
    entry = Entry.objects.get(kind="casework.cases.moved")
    assert (entry.subject, entry.actor) == (f"move:{move.pk}", "team_lead")
    assert Entry.objects.filter(kind="case.assigned").count() == 2
    assert (move.reason, reasons_of([move])) == ("", {move.pk: "balance"})
    assert "balance" not in entry.payload

    Case.objects.filter(loan_no="L2").update(assignee=None)  # went on since
    assert undo_move(move, by=lead, at=now()) == (1, 1)
    assert owners() == {"L1": "li", "L2": None}
    newest = CaseEvent.objects.filter(case__loan_no="L1").order_by("-pk")[0]
    assert newest.data == {"from": "wang", "to": "li", "undo_of": move.pk}
    with pytest.raises(CaseworkError, match="taken back before"):
        undo_move(move, by=lead, at=now())


@pytest.mark.django_db
def test_it_can_be_taken_back_for_an_hour_alone(lead: User) -> None:
    li, wang = collector("li"), collector("wang")
    some_case("L1", li)
    move = do(all_of(li, wang), lead)
    with pytest.raises(CaseworkError, match="too late"):
        undo_move(move, by=lead, at=move.at + timedelta(minutes=60, seconds=1))
    assert owners() == {"L1": "wang"}
    assert undo_move(move, by=lead, at=move.at + timedelta(minutes=60)) == (1, 0)


@pytest.mark.django_db
def test_a_debtors_loans_go_together_even_from_two_hands(lead: User) -> None:
    li, wang, zhao = collector("li"), collector("wang"), collector("zhao")
    some_case("L1", li, "P-1"), some_case("L2", wang, "P-1"), some_case("L3", wang, "P-3")
    do(all_of(li, zhao), lead)
    assert owners() == {"L1": "zhao", "L2": "zhao", "L3": "wang"}


@pytest.mark.django_db
def test_what_stays_says_why(lead: User) -> None:
    li, wang = collector("li"), collector("wang", room=2)
    there = some_case("L1", li, priority=9)
    for number in (2, 3, 4):
        some_case(f"L{number}", li, priority=9 - number)
    some_case("L5", wang)
    some_case("L6", None, "P-6")
    place(Case.objects.get(loan_no="L6"), open_agency("HENGXIN"))
    assert take(there.pk, li, renew=False)

    numbers = ("L1", "L2", "L3", "L4", "L5", "L6", "NONE")
    wanted = MoveWanted(chosen=Chosen(loan_nos=numbers), way=Way.PERSON, to=wang)
    plan = plan_move(wanted, by=lead)
    assert [one.found.loan_no for one in plan.going] == ["L2"]
    assert plan.stays == {
        "not_found": ["NONE"],
        "agency": ["L6"],
        "open_now": ["L1"],
        "full": ["L3", "L4"],
        "same": ["L5"],
    }
    Absence.objects.create(user=wang, from_on=access_day(now()), until_on=None, added_at=now())
    assert set(plan_move(wanted, by=lead).stays["away"]) == {"L2", "L3", "L4", "L5"}


@pytest.mark.django_db
def test_what_is_pulled_back_goes_by_the_rules_to_others_or_waits(lead: User) -> None:
    li, _ = collector("li"), collector("wang", room=1)
    some_case("L1", li, priority=1), some_case("L2", li, priority=2)
    do(all_of(li), lead)
    assert owners() == {"L1": None, "L2": "wang"}
    rules = dict(CaseEvent.objects.values_list("case__loan_no", "data"))
    assert rules["L2"]["rule"] == "local_language"
    assert "to" not in rules["L1"]


@pytest.mark.django_db
def test_the_most_urgent_people_first_and_back_to_the_pool(lead: User) -> None:
    li = collector("li")
    some_case("L1", li, "P-1", priority=1), some_case("L2", li, "P-2", priority=5)
    some_case("L3", li, "P-2", priority=0)
    do(MoveWanted(chosen=Chosen(owner=li, people=1), way=Way.POOL), lead)
    assert owners() == {"L1": "li", "L2": None, "L3": None}


@pytest.mark.django_db
def test_nobody_moves_what_he_does_not_see_nor_half_a_debtor() -> None:
    east, west = (
        open_organisation(key, name=key, kind=Kind.BRANCH, parent=lender(), by=None, at=now())
        for key in ("EAST", "WEST")
    )
    near = make_user(role="collector", username="near", organisation=east)
    other = make_user(role="collector", username="other", organisation=east)
    far = make_user(role="collector", username="far", organisation=west)
    lead = make_user(role="team_lead", organisation=east)
    some_case("L1", near, "P-1"), some_case("L2", far, "P-1"), some_case("L3", far, "P-3")

    wanted = MoveWanted(chosen=Chosen(loan_nos=("L1", "L3")), way=Way.PERSON, to=other)
    plan = plan_move(wanted, by=lead)
    assert plan.going == []
    assert plan.stays == {"not_found": ["L3"], "elsewhere": ["L1"]}


@pytest.mark.django_db
def test_what_has_changed_is_looked_at_anew(lead: User) -> None:
    li, wang = collector("li"), collector("wang")
    some_case("L1", li)
    wanted = all_of(li, wang)
    seen = plan_move(wanted, by=lead).digest
    some_case("L2", li)
    with pytest.raises(CaseworkError, match="look again"):
        move_cases(wanted, reason="balance", seen=seen, by=lead, at=now())
    for told, words in ((" ", "a reason is needed"), ("x", "only a team lead")):
        with pytest.raises(CaseworkError, match=words):
            move_cases(wanted, reason=told, seen=seen, by=lead if told == " " else li, at=now())
    assert not Move.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_and_the_rules_neither_split_nor_lose_anybody(lead: User) -> None:
    li, wang, zhao = collector("li"), collector("wang"), collector("zhao")
    for number in range(40):
        some_case(f"L{number}", li if number % 4 else None, f"P-{number % 20}")
    start = threading.Barrier(3)

    def at_once(work: Callable[[], object]) -> str:
        start.wait(30)
        try:
            work()
        except CaseworkError as error:
            return str(error)
        finally:
            connection.close()
        return ""

    deeds = [lambda: do(all_of(li, wang), lead), lambda: do(all_of(li, zhao), lead), assign_cases]
    with ThreadPoolExecutor(3) as pool:
        said = list(pool.map(at_once, deeds))

    assert said[2] == ""
    known = {"", "it has changed meanwhile; look again", "nothing would be moved"}
    assert set(said) <= known
    debtors: dict[str, set[str | None]] = {}
    for debtor, user in Case.objects.values_list("obligor_no", "assignee__username"):
        debtors.setdefault(debtor, set()).add(user)
    assert all(len(users) == 1 and None not in users for users in debtors.values())
    moved = MovedCase.objects.count()
    assert CaseEvent.objects.filter(data__has_key="move").count() == moved
    assert bool(moved) == Move.objects.exists()
