"""Promises due in a period by what became of them: every figure by hand, within the wall."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from factories import DAY, MOMENT, make_case, make_promise, make_user

from carrears.access.models import Kind, Membership, Organisation, User
from carrears.access.organisations import lender
from carrears.casework.models import Case, Promise
from carrears.casework.promise_quality import Quality, currencies_of, promises_due, quality_of
from carrears.casework.promises import PartWanted, record_promise
from carrears.strategy.services import published_strategy

pytestmark = pytest.mark.django_db
JUNE = (date(2026, 6, 1), date(2026, 6, 30))


def made(case: Case, amount: int, state: str, **changes: Any) -> Promise:
    told = {"made_on": date(2026, 6, 1), "state": state} | changes
    return make_promise(case, (amount, told.pop("due_on", date(2026, 6, 20))), **told)


@pytest.fixture
def manager() -> User:
    return make_user(role="strategy_manager")


def due(user: User) -> Any:
    return promises_due(user, first=JUNE[0], last=JUNE[1])


def by_key(found: list[Quality]) -> dict[str, Quality]:
    return {one.key: one for one in found}


def test_every_state_is_counted_with_its_amount(manager: User) -> None:
    case = make_case()
    made(case, 100_00, "kept", paid_since=99_50)
    made(case, 200_00, "kept", paid_since=200_00)
    made(case, 300_00, "partly", paid_since=60_00)
    made(case, 400_00, "broken")
    made(case, 500_00, "open", paid_since=50_00)
    made(case, 600_00, "cancelled")
    made(case, 700_00, "kept", due_on=date(2026, 7, 1))
    made(case, 800_00, "kept", due_on=date(2026, 5, 31))

    [found] = quality_of(due(manager))

    assert (found.made, found.amount_made, found.cancelled) == (5, 1_500_00, 1)
    assert (found.kept, found.partly, found.broken, found.open) == (2, 1, 1, 1)
    assert (found.kept_amount, found.partly_amount, found.broken_amount, found.open_amount) == (
        300_00, 300_00, 400_00, 500_00,
    )  # fmt: skip
    assert found.kept_rate == 2 / 4
    assert found.met_rate == 359_50 / 1_000_00


def test_rates_of_nothing_are_none(manager: User) -> None:
    made(make_case(), 100_00, "open")
    [found] = quality_of(due(manager))
    assert (found.kept_rate, found.met_rate) == (None, None)


def test_they_are_grouped_by_who_took_them_and_where_he_was_at_home_then(manager: User) -> None:
    lead, anna, ben = (make_user(username=name) for name in ("lead", "anna", "ben"))
    north = Organisation.objects.create(key="north", name="北区", kind=Kind.TEAM, parent=lender())
    south = Organisation.objects.create(key="south", name="南区", kind=Kind.TEAM, parent=lender())
    Membership.objects.filter(user__in=[anna, ben]).delete()
    Membership.objects.create(
        user=anna, organisation=north, from_on=date(2026, 1, 1), until_on=date(2026, 6, 10)
    )
    Membership.objects.create(user=anna, organisation=south, from_on=date(2026, 6, 11))
    case = make_case()
    made(case, 1, "kept", made_by=anna, channel="call")
    made(case, 1, "broken", made_by=anna, made_on=date(2026, 6, 11), channel="call")
    made(case, 1, "broken", made_by=ben, channel="visit")
    made(case, 1, "broken", made_by=lead)

    people = by_key(quality_of(due(manager), by="collector"))
    assert {key: (one.kept, one.broken) for key, one in people.items()} == {
        str(anna.pk): (1, 1), str(ben.pk): (0, 1), str(lead.pk): (0, 1),
    }  # fmt: skip
    teams = by_key(quality_of(due(manager), by="team"))
    assert (teams[str(north.pk)].kept, teams[str(south.pk)].broken) == (1, 1)
    channels = by_key(quality_of(due(manager), by="channel"))
    assert {key: one.made for key, one in channels.items()} == {"call": 2, "visit": 1, "": 1}


def test_a_promise_keeps_what_was_done_when_it_was_made(manager: User) -> None:
    version = published_strategy()
    case = make_case(treatment="early_call", strategy=version)
    record_promise(case, parts=[PartWanted(100_00, DAY)], today=DAY, by=make_user(), at=MOMENT)
    Case.objects.filter(pk=case.pk).update(treatment="await_promise", strategy=None)

    assert [one.key for one in quality_of(due(manager), by="treatment")] == ["early_call"]
    assert [one.key for one in quality_of(due(manager), by="strategy")] == [version.version]


def test_currencies_are_not_added_up(manager: User) -> None:
    made(make_case(), 100, "kept")
    abroad = make_case(loan_no="B-01", name="", currency="USD")
    for _ in range(2):
        made(abroad, 100, "kept")
    assert currencies_of(due(manager)) == ["USD", "CNY"]
    [found] = quality_of(due(manager).filter(currency="USD"))
    assert found.amount_made == 200


def test_one_sees_the_promises_of_the_cases_that_one_sees() -> None:
    me, other = (make_user(role="collector", username=name) for name in ("me", "other"))
    made(make_case(assignee=me), 1, "kept")
    made(make_case(loan_no="B-01", name="", assignee=other), 1, "broken")
    [mine] = quality_of(due(me))
    assert (mine.kept, mine.broken) == (1, 0)
    with pytest.raises(PermissionDenied):
        due(User.objects.create_user(username="nobody"))
