"""Of many plans at once the same is found as of each, whatever happened to their cases."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, time, timedelta

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
from factories import make_user

from carrears.access.models import User
from carrears.casework.day_plan_stands import Summary, read_stands, sum_stands
from carrears.casework.day_plans import plan_day_of_house, plans_today
from carrears.casework.models import Case, Desk, Hold
from carrears.casework.services import add_note
from carrears.clock import now


def work(case: Case) -> None:
    add_note(case, text="reached", by=case.assignee, at=now())


def hold_person(case: Case) -> None:
    assert case.party is not None
    Hold.objects.create(party=case.party, reason="hospital", from_on=case.as_of)


def hold_in_a_week(case: Case) -> None:
    Hold.objects.create(case=case, reason="hospital", from_on=case.as_of + timedelta(days=7))


def promise_now_and_later(case: Case) -> None:
    promise_later(case)
    due_today(case)


def work_and_put_off(case: Case) -> None:
    work(case)
    come_back_later(case)


def come_back(case: Case) -> None:
    """What had gone is his business again."""
    Hold.objects.filter(case=case).update(lifted_on=case.as_of)
    Case.objects.filter(pk=case.pk).update(follow_up_on=None)


_HAPPENS: tuple[Callable[[Case], object], ...] = (
    lambda case: close(case, "cured"),
    lambda case: close(case, "repossessed"),
    *(pull, hand_over, place, hold, hold_person, hold_in_a_week, keep_promise, promise_later),
    *(promise_now_and_later, come_back_later, work_and_put_off, reply, due_today),
    *(broken_today, urgent_task, come_back, come_back, work, work, work, work),
)


def expected(user: User, day: date) -> Summary:
    """By the cases of one plan; of those that do not fit only whether they are his no more."""
    stands = read_stands(user.pk, day)
    his = set(Case.objects.filter(state="open", assignee=user).values_list("pk", flat=True))
    other = {
        "cases": lambda one: not one.worked and one.why is not None,
        "rest": lambda one: one.case not in his,
        "left": lambda one: one.why is None,
    }
    return Summary(
        done=sum(one.part == "cases" and one.worked for one in stands),
        is_other=any(other[one.part](one) for one in stands),
    )


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(4))
def test_many_plans_stand_as_each_by_itself(seed: int) -> None:
    chance, day = random.Random(seed), plan_day_of_house()  # noqa: S311  a repeated draw
    users = [make_user(role="collector", username=f"c{one}") for one in range(6)]
    for nth, user in enumerate(users):
        Desk.objects.create(user=user, begins_at=time(9), ends_at=time(10, 20))
        for number in range(10 * nth, 10 * nth + 7):
            some_case(number, user, name=f"虚构{number}")
    pks = [user.pk for user in users]
    plans_today(users)
    assert sum_stands(pks, day) == dict.fromkeys(pks, Summary(0, is_other=False))
    seen: set[tuple[int, bool]] = set()
    for _ in range(4):
        for case in Case.objects.filter(assignee__isnull=False).exclude(state="closed"):
            if chance.random() < 0.25:
                chance.choice(_HAPPENS)(case)
        found = sum_stands(pks, day)
        assert found == {user.pk: expected(user, day) for user in users}
        seen |= {(one.done, one.is_other) for one in found.values()}
        plans_today(chance.sample(users, 2))  # some are followed, others lag behind
    assert len(seen) > 2  # some worked, some not, some otherwise
