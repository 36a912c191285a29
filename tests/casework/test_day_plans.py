"""A collector's day: what of his queue fits into it, what does not, and what was done of it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from factories import make_action, make_case, make_promise, make_user
from hypothesis import given
from hypothesis import strategies as st

from carrears.access.models import User
from carrears.casework.assigning import assign_cases, give, have_assigning
from carrears.casework.attendance import Away
from carrears.casework.day_plan_rules import (
    DayPlanRulesError,
    Need,
    fitting,
    load_day_plan_rules,
)
from carrears.casework.day_plans import (
    plan_collector,
    plan_collectors,
    plan_day_of_house,
    plans_today,
)
from carrears.casework.desks import DeskWanted, add_absence, change_desk
from carrears.casework.models import Absence, Case, DayPlan, Desk, Hold
from carrears.casework.next_case import order_by_worth
from carrears.casework.services import add_note
from carrears.clock import business_moment, local_day, now

DAY_FILE = """
- {from: 2020-01-01, work_minutes: 9, begins_at: "09:00", pause_minutes: 0, minutes: {%s}}
"""
NEEDS = st.lists(
    st.builds(Need, case=st.integers(1, 10**6), minutes=st.integers(1, 480)), max_size=60
)


@given(needs=NEEDS, minutes=st.integers(0, 3000), at_most=st.none() | st.integers(0, 40))
def test_what_fits_is_the_longest_beginning_that_does(
    needs: list[Need], minutes: int, at_most: int | None
) -> None:
    many = fitting(needs, minutes=minutes, at_most=at_most)
    assert sum(one.minutes for one in needs[:many]) <= minutes
    assert at_most is None or many <= at_most
    is_all = many == len(needs)
    one_more = sum(one.minutes for one in needs[: many + 1])
    assert is_all or one_more > minutes or many == at_most


@given(needs=NEEDS, minutes=st.integers(0, 3000), more=st.integers(0, 600))
def test_a_longer_day_holds_no_less(needs: list[Need], minutes: int, more: int) -> None:
    assert fitting(needs, minutes=minutes) <= fitting(needs, minutes=minutes + more)


@pytest.fixture
def li() -> User:
    user = make_user(role="collector", username="li")
    # 40 minutes a day: eight cases of the shipped five minutes
    Desk.objects.create(user=user, begins_at=time(9), ends_at=time(10, 40))
    return user


def some_case(number: int, owner: User | None, **more: object) -> Case:
    given = {"name": "", "assignee": owner, "arrears": 1000_00 * (100 - number)} | more
    return make_case(loan_no=f"L{number:02}", loan_id=number, obligor_no=f"P-{number}", **given)


def loans(pks: list[int]) -> list[str]:
    found = dict(Case.objects.values_list("pk", "loan_no"))
    return [found[pk] for pk in pks]


@pytest.mark.django_db
def test_a_plan_is_the_beginning_of_his_queue(li: User) -> None:
    for number in range(12):
        some_case(number, li)
    plan = plan_collector(li, plan_day_of_house())
    queue = order_by_worth(
        Case.objects.filter(assignee=li), user=li, moment=now(), first=0, number=99
    )
    ordered = [one.case for one in queue]
    assert plan.minutes == 40
    assert plan.cases == ordered[:8]
    assert plan.rest == ordered[8:]
    assert (plan.takes, plan.rest_minutes) == ([5] * 8, 20)


@pytest.mark.django_db
def test_what_is_put_off_is_not_of_today_and_what_is_asked_for_takes_its_time(li: User) -> None:
    called, due, held, later, waits = (some_case(number, li) for number in range(5))
    day = plan_day_of_house()
    make_action(case=called, channel="call", as_of=called.as_of)
    make_promise(due, (100, due.as_of))
    Hold.objects.create(case=held, reason="legal", from_on=held.as_of)
    Case.objects.filter(pk=later.pk).update(follow_up_on=later.as_of + timedelta(days=3))
    make_promise(waits, (100, waits.as_of + timedelta(days=3)))
    plan = plan_collector(li, day)
    takes = dict(zip(loans(plan.cases), plan.takes, strict=True))
    assert takes == {"L00": 7, "L01": 4}
    assert plan.promises == 1


@pytest.mark.django_db
def test_what_he_does_counts_and_stays_when_it_is_planned_anew(li: User) -> None:
    for number in range(12):
        some_case(number, li)
    [before] = plans_today([li]).values()
    assert (before.planned, before.done, before.left, before.rest) == (8, 0, {}, 4)
    worked = Case.objects.get(pk=before.plan.cases[1])
    add_note(worked, text="called", by=li, at=moment_of(worked))
    [after] = plans_today([li]).values()
    assert (after.planned, after.done, after.rest) == (8, 1, 4)

    have = before.plan.cases[2]
    give_away(have, li)
    [anew] = plans_today([li]).values()
    assert (anew.planned, anew.done, anew.left, anew.rest) == (8, 1, {"moved": 1}, 3)
    assert anew.plan.cases[0] == worked.pk  # done comes first, then the queue
    assert have not in anew.plan.cases


def moment_of(case: Case) -> datetime:
    return business_moment(case.as_of, "Asia/Shanghai", moment=now())


def give_away(case: int, owner: User) -> None:
    have_assigning()
    assert give([(case, owner.pk, None)]) == {case}


@pytest.mark.django_db
def test_who_is_away_has_no_day_and_a_desk_says_how_many(li: User) -> None:
    for number in range(6):
        some_case(number, li)
    day = plan_day_of_house()
    change_desk(li, DeskWanted(a_day=3), by=None, at=now())
    [one] = plans_today([li]).values()
    assert (one.planned, one.rest, one.plan.minutes) == (3, 3, 420)
    Absence.objects.create(user=li, from_on=day, until_on=day, added_at=now())
    plan = plan_collector(li, day)
    assert (plan.minutes, plan.cases, len(plan.rest)) == (0, [], 6)


@pytest.mark.django_db
def test_a_plan_is_made_anew_once_a_desk_an_absence_or_the_cases_change(li: User) -> None:
    some_case(1, li)
    day = plan_day_of_house()

    def is_stale() -> bool:
        found = DayPlan.objects.get(user=li, day=day).stale
        plan_collector(li, day)
        return found

    plan_collector(li, day)
    assert not is_stale()
    change_desk(li, DeskWanted(room=9), by=None, at=now())
    assert is_stale()
    ahead = local_day(now(), "Asia/Shanghai") + timedelta(days=9)
    add_absence(li, Away(ahead), by=None, at=now())
    assert is_stale()
    some_case(2, None)
    make_user(role="collector", username="wang")
    assert assign_cases() == 1
    assert is_stale() == Case.objects.filter(loan_no="L02", assignee=li).exists()


@pytest.mark.django_db
def test_a_night_plans_everybody_who_has_cases(li: User) -> None:
    make_user(role="collector", username="wang")
    some_case(1, li)
    assert plan_collectors(plan_day_of_house()) == 1
    assert plan_collectors(plan_day_of_house()) == 1
    assert DayPlan.objects.get().user == li


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[]", "follow each other"),
        ("[{from: 2020-01-01}]", "0.work_minutes: Field required"),
        (DAY_FILE % "call: 3", "minutes lacks follow_up, letter"),
        (DAY_FILE % "call: 0", "greater than or equal to 1"),
    ],
)
def test_a_faulty_file_is_told_of(
    tmp_path: Path, settings: LazySettings, text: str, fault: str
) -> None:
    settings.CARREARS_HOME = tmp_path
    (tmp_path / "day_plan.yaml").write_text(text)
    with pytest.raises(DayPlanRulesError, match=fault):
        load_day_plan_rules(tmp_path, on=date(2026, 1, 1))
