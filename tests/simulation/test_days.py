"""Which days can be simulated, and what is said of those that cannot."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest
from delinquency.books import START, Book, loan
from django.test import Client
from factories import make_user
from standing_book import stand

from carrears.portfolio.services import BookError
from carrears.simulation.models import Simulation
from carrears.simulation.sights import days_between, find_sights
from simulation.test_equal import root  # noqa: F401  a fixture

pytestmark = pytest.mark.django_db
NEWEST = START.replace(day=1) + timedelta(days=400)


@pytest.fixture(autouse=True)
def book(root: Path) -> None:  # noqa: F811
    """A book of one loan, as it is known on ``NEWEST``, which ends no month."""
    stand(Book([loan(originated_on=START)], [], [], []), root, NEWEST)


def test_the_month_ends_between_two_days_and_the_newest_for_its_month() -> None:
    days = days_between(START, NEWEST)

    assert days[-1] == NEWEST
    assert all((day + timedelta(days=1)).day == 1 for day in days[:-1])
    assert len(days) == 14
    assert [sight.as_of for sight in find_sights(days)] == days
    assert days_between(days[3], days[5]) == days[3:6]
    assert days_between(days[4], days[4]) == [days[4]]


def test_one_day_twice_is_that_day_whether_it_ends_a_month_or_not() -> None:
    middle = date(NEWEST.year, NEWEST.month, 1)

    assert days_between(middle, middle) == [middle]


@pytest.mark.parametrize(
    ("first", "last", "told"),
    [
        (NEWEST, START, "lies after"),
        (NEWEST.replace(day=1), NEWEST.replace(day=2), "no month ends from"),
    ],
)
def test_days_without_a_month_end_are_refused(first: date, last: date, told: str) -> None:
    with pytest.raises(BookError, match=told):
        days_between(first, last)


def test_a_day_before_the_first_loan_is_refused() -> None:
    early = START - timedelta(days=1)

    with pytest.raises(BookError, match=f"does not reach back to {early}: .* of {START}"):
        find_sights([early, NEWEST])
    assert find_sights([START])[0].source == "book"


@pytest.mark.parametrize(
    ("since", "until", "told"),
    [
        (START - timedelta(days=40), NEWEST, f"第一笔贷款发放于 {START}"),
        (NEWEST, NEWEST + timedelta(days=1), f"{NEWEST} 至 {NEWEST + timedelta(days=1)} 之间没有"),
        (NEWEST + timedelta(days=1), NEWEST + timedelta(days=1), f"晚于最新快照 {NEWEST}"),
        (NEWEST, START, f"{NEWEST} 晚于 {START}"),
    ],
)
def test_the_form_says_what_the_book_does_not_reach(since: date, until: date, told: str) -> None:
    client = Client()
    client.force_login(make_user(role="strategy_manager"))

    answer = client.post(
        "/simulations/",
        {"first": "in-force", "second": "in-force", "since": since, "until": until},
    )

    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Simulation.objects.exists()


def test_the_form_takes_any_first_and_last_day() -> None:
    client = Client()
    client.force_login(make_user(role="strategy_manager"))
    form = client.get("/simulations/").content.decode()

    begun = client.post(
        "/simulations/",
        {"first": "in-force", "second": "in-force", "since": START, "until": NEWEST},
    )

    assert form.count(f'min="{START}" max="{NEWEST}"') == 2
    assert begun.status_code == 302
    assert Simulation.objects.get().days == [d.isoformat() for d in days_between(START, NEWEST)]
