"""A visit for which nothing is left is called off by the house, before somebody goes."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from factories import make_promise
from outreach.visiting import at, case, order, pair

from carrears.access.models import User
from carrears.casework.models import Case, CloseReason
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.outreach.models import FieldVisit
from carrears.outreach.visit_ends import call_off_all_needless
from carrears.outreach.visit_steps import keep_step
from carrears.outreach.visit_told import ToldStep
from carrears.outreach.visits import check_in

__all__ = ["case", "pair"]  # fixtures
pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)
LATER = DAY + timedelta(days=3)


def settle(case: Case) -> None:
    case.state, case.closed_on, case.close_reason = "closed", case.as_of, CloseReason.CURED
    case.save(update_fields=["state", "closed_on", "close_reason"])


def standing(visit: FieldVisit) -> tuple[str, str]:
    found = FieldVisit.objects.get(pk=visit.pk)
    return found.state, found.called_off


def test_of_a_case_that_is_closed(case: Case, pair: tuple[User, User]) -> None:
    visit = order(case, pair)
    assert call_off_all_needless(at=at(9)) == 0
    settle(case)

    assert call_off_all_needless(at=at(9)) == 1

    assert standing(visit) == ("called_off", "settled")
    told = Entry.objects.get(kind="visit.failed")
    assert (told.subject, told.actor) == ("A-03", "")  # the house itself
    assert abs(told.occurred_at - now()) < timedelta(minutes=1)  # then, not when it was to be
    assert call_off_all_needless(at=at(9)) == 0


def test_of_a_promise_since_that_falls_due_later(case: Case, pair: tuple[User, User]) -> None:
    visit = order(case, pair)
    make_promise(case, (100_00, LATER))
    assert call_off_all_needless(at=at(9)) == 1
    assert standing(visit) == ("called_off", "promise")


@pytest.mark.parametrize(
    ("parts", "changes"),
    [
        (((100_00, DAY),), {}),  # due on the day itself
        (((100_00, DAY - timedelta(days=1)), (100_00, LATER)), {}),  # a part of it is
        (((100_00, LATER),), {"state": "cancelled"}),
        (((100_00, LATER),), {"state": "kept"}),
    ],
)
def test_what_is_still_to_be_asked_for_lets_it_stand(
    case: Case, pair: tuple[User, User], parts: tuple[tuple[int, date], ...], changes: Any
) -> None:
    visit = order(case, pair)
    make_promise(case, *parts, **changes)
    assert call_off_all_needless(at=at(9)) == 0
    assert standing(visit) == ("ordered", "")


def test_who_orders_it_beside_a_promise_means_it(case: Case, pair: tuple[User, User]) -> None:
    make_promise(case, (100_00, LATER))
    order(case, pair)
    assert call_off_all_needless(at=at(9)) == 0


def test_an_older_promise_that_is_due_is_still_to_be_asked_for(
    case: Case, pair: tuple[User, User]
) -> None:
    make_promise(case, (100_00, DAY))
    visit = order(case, pair)
    make_promise(case, (100_00, LATER))
    assert call_off_all_needless(at=at(9)) == 0
    assert standing(visit) == ("ordered", "")


def test_what_is_begun_or_over_is_left_alone(case: Case, pair: tuple[User, User]) -> None:
    begun = order(case, pair)
    check_in(begun, by=pair[0])
    settle(case)
    assert call_off_all_needless(at=at(9)) == 0
    assert standing(begun) == ("there", "")


def test_one_whose_window_is_over_is_left_alone(case: Case, pair: tuple[User, User]) -> None:
    order(case, pair)
    settle(case)
    assert call_off_all_needless(at=at(12)) == 0


def test_at_the_door_at_the_latest(case: Case, pair: tuple[User, User]) -> None:
    visit = order(case, pair)
    settle(case)

    assert check_in(visit, by=pair[0]).state == "called_off"

    assert standing(visit) == ("called_off", "settled")
    assert not Entry.objects.filter(kind="visit.checked_in").exists()


def test_a_phone_that_tells_of_it_is_told(case: Case, pair: tuple[User, User]) -> None:
    visit = order(case, pair)
    make_promise(case, (100_00, LATER))
    moment: datetime = timezone.now()
    step = keep_step(
        visit,
        ToldStep(id=uuid4(), kind="check_in", claimed_at=moment, no_position="denied"),
        by=pair[0],
    )
    assert (step.standing, step.why) == ("conflict", "the visit was called_off by then")
    assert standing(visit) == ("called_off", "promise")
