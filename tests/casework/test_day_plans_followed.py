"""A collector's day follows what happens in it: what goes out and why, and what comes in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import time, timedelta
from unittest import mock

import pytest
from casework.day_changes import (
    broken_today,
    close,
    come_back_later,
    due_today,
    hand_over,
    hold,
    keep_promise,
    place,
    promise_later,
    pull,
    reply,
    some_case,
    urgent_task,
)
from django.db import connection, transaction
from factories import make_person, make_user

from carrears.access.models import User
from carrears.casework import day_plans
from carrears.casework.assigning import give, have_assigning
from carrears.casework.day_plans import PlanToday, plan_day_of_house, plans_today
from carrears.casework.holds import lift_hold, place_hold
from carrears.casework.models import Case, DayPlan, Desk, Hold, Promise
from carrears.casework.services import add_note
from carrears.clock import local_day, now


@pytest.fixture
def li() -> User:
    user = make_user(role="collector", username="li")
    # 20 minutes a day: four cases of the shipped five minutes
    Desk.objects.create(user=user, begins_at=time(9), ends_at=time(10, 20))
    return user


def queue_of(owner: User, number: int = 7) -> list[Case]:
    """His cases in their order, and the day planned: L00 to L03 fit."""
    cases = [some_case(one, owner) for one in range(number)]
    plan = today(owner)
    assert (names(plan.plan.cases), plan.rest) == (["L00", "L01", "L02", "L03"], number - 4)
    return cases


def today(user: User) -> PlanToday:
    return plans_today([user])[user.pk]


def names(cases: list[int]) -> list[str]:
    known = dict(Case.objects.values_list("pk", "loan_no"))
    return [known[pk] for pk in cases]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("happen", "why"),
    [
        (lambda case: close(case, "cured"), "paid"),
        (lambda case: close(case, "repossessed"), "closed"),
        (pull, "pulled_back"),
        (hand_over, "moved"),
        (place, "placed"),
        (hold, "held"),
        (keep_promise, "paid"),
        (promise_later, "promised"),
        (come_back_later, "later"),
    ],
    ids=["cured", "ended", "pulled", "moved", "placed", "held", "kept", "promised", "later"],
)
def test_what_is_no_business_of_his_any_more_goes_and_says_why(
    li: User, happen: Callable[[Case], None], why: str
) -> None:
    cases = queue_of(li)
    made = DayPlan.objects.get().made_at
    happen(cases[1])
    found = today(li)
    assert names(found.plan.cases) == ["L00", "L02", "L03", "L04"]
    assert names(found.plan.rest) == ["L05", "L06"]
    assert (found.left, found.plan.rest_minutes) == ({why: 1}, 10)
    assert found.plan.made_at == made  # followed, not planned anew
    assert today(li) == found


@pytest.mark.django_db
def test_what_he_worked_is_done_whatever_becomes_of_it_then(li: User) -> None:
    cases = queue_of(li)
    add_note(cases[0], text="paid at the counter", by=li, at=now())
    close(cases[0], "cured")
    found = today(li)
    assert (found.done, found.planned, found.left) == (1, 4, {})


@pytest.mark.django_db
def test_what_he_works_of_the_rest_is_done_and_takes_its_time(li: User) -> None:
    cases = queue_of(li)
    add_note(cases[6], text="rang by himself", by=li, at=now())
    found = today(li)
    assert (found.done, names(found.plan.cases)) == (1, ["L06", "L00", "L01", "L02"])
    assert names(found.plan.rest) == ["L03", "L04", "L05"]


@pytest.mark.django_db
def test_what_went_from_the_rest_is_counted_too(li: User) -> None:
    cases = queue_of(li)
    close(cases[5], "paid_off")
    found = today(li)
    assert (found.rest, found.left) == (2, {"paid": 1})


@pytest.mark.django_db
def test_a_reply_comes_in_first_and_what_does_not_fit_then_waits(li: User) -> None:
    cases = queue_of(li)
    reply(cases[6])
    found = today(li)
    # six minutes of twenty, and fourteen for two of five
    assert names(found.plan.cases) == ["L06", "L00", "L01"]
    assert found.plan.takes == [6, 5, 5]
    assert names(found.plan.rest) == ["L02", "L03", "L04", "L05"]
    assert found.entered == {"reply": 1}
    assert today(li) == found


@pytest.mark.django_db
def test_nothing_comes_in_above_what_a_desk_allows_a_day(li: User) -> None:
    cases = queue_of(li)
    for one in cases[:3]:
        add_note(one, text="done", by=li, at=now())
    Desk.objects.filter(user=li).update(a_day=3)
    DayPlan.objects.update(at_most=3)
    reply(cases[6])
    found = today(li)
    assert (found.done, found.planned, names(found.plan.rest)[0]) == (3, 3, "L06")
    assert today(li) == found


@pytest.mark.django_db
def test_a_reply_after_he_worked_it_asks_for_work_again(li: User) -> None:
    cases = queue_of(li)
    add_note(cases[0], text="reached", by=li, at=now())
    assert today(li).done == 1
    reply(cases[0])
    again = today(li)
    assert (again.done, names(again.plan.cases)) == (0, ["L00", "L01"])
    assert again.plan.takes == [11, 5]  # six of the reply beside what it took
    add_note(cases[0], text="answered", by=li, at=now())
    assert today(li).done == 1
    assert today(li).entered == {"reply": 1}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("happen", "why", "minutes"),
    [
        (reply, "reply", 6),
        (due_today, "promise", 4),
        (broken_today, "broken", 6),
        (urgent_task, "task", 7),
    ],
)
def test_what_was_put_off_comes_in_when_it_presses(
    li: User, happen: Callable[[Case], None], why: str, minutes: int
) -> None:
    ahead = local_day(now(), "Asia/Shanghai") + timedelta(days=4)
    put_off = some_case(50, li, follow_up_on=ahead)
    queue_of(li)
    happen(put_off)
    found = today(li)
    assert (names(found.plan.cases)[0], found.plan.takes[0]) == ("L50", minutes)
    assert found.entered == {why: 1}
    assert sum(found.plan.takes) <= found.plan.minutes
    assert today(li) == found


@pytest.mark.django_db
def test_a_promise_withdrawn_after_it_broke_presses_no_more(li: User) -> None:
    ahead = local_day(now(), "Asia/Shanghai") + timedelta(days=4)
    put_off = some_case(50, li, follow_up_on=ahead)
    queue_of(li)
    broken_today(put_off)
    Promise.objects.update(state="cancelled", cancelled_for="withdrawn")
    found = today(li)
    assert "L50" not in names(found.plan.cases) + names(found.plan.rest)
    assert found.entered == {}


@pytest.mark.django_db
def test_a_hold_keeps_out_what_presses(li: User) -> None:
    held = some_case(50, li)
    hold(held)
    queue_of(li)
    reply(held)
    assert today(li).entered == {}


@pytest.mark.django_db
def test_what_is_held_no_longer_comes_back_before_what_did_not_fit(li: User) -> None:
    cases = queue_of(li)
    one = hold(cases[1])
    assert names(today(li).plan.rest) == ["L05", "L06"]
    Hold.objects.filter(pk=one.pk).update(lifted_on=cases[1].as_of)
    found = today(li)
    assert names(found.plan.cases) == ["L00", "L02", "L03", "L04"]
    assert (names(found.plan.rest), found.left) == (["L01", "L05", "L06"], {})


@pytest.mark.django_db
@pytest.mark.parametrize("of_person", [False, True])
def test_a_hold_that_came_and_went_between_two_looks_is_told_of(li: User, of_person: bool) -> None:  # noqa: FBT001
    cases = queue_of(li)
    day = cases[1].as_of
    if of_person:
        cases[1].party = make_person(loan_no=cases[1].loan_no)
        cases[1].save()
    seen = today(li)
    lead = make_user(role="team_lead")
    held = place_hold(
        cases[1], reason="hospital", today=day, until_on=None, by=lead, at=now(),
        whole_person=of_person,
    )  # fmt: skip
    lift_hold(held, today=day, by=lead, at=now(), why="误登记")
    found = today(li)
    assert (found.plan.cases, found.left, found.paused) == (seen.plan.cases, {}, 1)

    hold(cases[1])  # held again, for good: then it went
    found = today(li)
    assert (found.left, found.paused) == ({"held": 1}, 0)


@pytest.mark.django_db
def test_a_hold_of_another_day_or_of_a_case_of_another_is_none_of_the_plans(li: User) -> None:
    cases = queue_of(li)
    day = cases[1].as_of
    other = some_case(51, make_user(role="collector", username="wang"))
    before = Hold.objects.create(case=cases[1], reason="hospital", from_on=day - timedelta(days=1))
    Hold.objects.filter(pk=before.pk).update(lifted_on=day - timedelta(days=1))
    Hold.objects.filter(pk=hold(other).pk).update(lifted_on=day)
    assert today(li).paused == 0


@pytest.mark.django_db
def test_what_went_and_came_stays_told_when_the_day_is_planned_anew(li: User) -> None:
    cases = queue_of(li)
    close(cases[0], "cured")
    reply(cases[6])
    today(li)
    DayPlan.objects.update(stale=True)
    found = today(li)
    assert (found.left, found.entered) == ({"paid": 1}, {"reply": 1})


@pytest.mark.django_db
def test_a_plan_of_the_release_before_is_made_anew(li: User) -> None:
    queue_of(li)
    DayPlan.objects.update(rest_takes=None, rest=[])
    assert today(li).rest == 3


@pytest.mark.django_db
def test_a_day_on_which_nothing_happens_asks_five_questions(
    li: User, django_assert_num_queries: Callable[[int], object]
) -> None:
    queue_of(li)
    with django_assert_num_queries(5):  # type: ignore[attr-defined]
        plans_today([li])


@pytest.mark.django_db(transaction=True)
def test_two_who_look_at_once_bring_in_each_case_once(li: User) -> None:
    cases = queue_of(li, 9)
    reply(cases[8])
    reply(cases[7])
    close(cases[0], "cured")
    start = threading.Barrier(4)

    def look(_: int) -> PlanToday:
        start.wait(30)
        try:
            return today(li)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        seen = list(pool.map(look, range(4)))
    plan = DayPlan.objects.get()
    assert [one.plan.cases for one in seen] == [plan.cases] * 4
    assert sorted(names(plan.cases)[:2]) == ["L07", "L08"]
    assert len(plan.cases + plan.rest) == len({*plan.cases, *plan.rest}) == 8
    assert plan.promises == 0
    assert {one["why"] for one in plan.left.values()} == {"paid"}


@pytest.mark.django_db(transaction=True)
def test_what_is_given_while_a_day_is_followed_is_planned_by_the_next_look(li: User) -> None:
    cases = queue_of(li)
    more = some_case(60, None, arrears=900_000_00)
    close(cases[0], "cured")
    reached, go_on = threading.Event(), threading.Event()
    read = day_plans.read_stands

    def slowly(*asked: object) -> object:
        found = read(*asked)  # type: ignore[arg-type]
        reached.set()
        assert go_on.wait(30)
        return found

    def follow() -> None:
        try:
            with mock.patch.object(day_plans, "read_stands", slowly):
                today(li)
        finally:
            connection.close()

    def give_one() -> None:
        try:
            with transaction.atomic():
                have_assigning()
                give([(more.pk, None, li.pk)])
        finally:
            connection.close()

    following, giving = threading.Thread(target=follow), threading.Thread(target=give_one)
    following.start()
    assert reached.wait(30)
    giving.start()
    giving.join(1)  # waits for the plan that is being followed
    assert giving.is_alive()
    go_on.set()
    following.join(30)
    giving.join(30)
    assert DayPlan.objects.get(day=plan_day_of_house()).stale
    assert names(today(li).plan.cases)[0] == "L60"


@pytest.mark.django_db
def test_one_look_at_many_makes_and_follows_so_many(li: User) -> None:
    wang = make_user(role="collector", username="wang")
    for number in range(3):
        some_case(number, li)
        some_case(10 + number, wang)
    both = [li, wang]
    assert plans_today(both, at_once=1).keys() == {li.pk}
    made = plans_today(both, at_once=1)
    assert [made[one.pk].planned for one in both] == [3, 3]

    for number in (0, 10):
        close(Case.objects.get(loan_id=number), "cured")
    assert sorted(one.planned for one in plans_today(both, at_once=1).values()) == [2, 3]
    assert [one.planned for one in plans_today(both, at_once=1).values()] == [2, 2]
