"""One connection that people of two teams and an agency share by turns shows each what is his.

Kept by a thread, lent by psycopg's pool of one, and lent by the transaction by PgBouncer.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from access.storeys import House, make_house
from access.test_pools import ask, left_behind, rows, shown, way
from django.db import DatabaseError, connection, transaction
from django.http import HttpResponse
from django.test import Client

from carrears.access.walls import ensure_walls
from carrears.casework.models import Case
from carrears.database.wall import as_house

__all__ = ["way"]  # a fixture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(way: str) -> House:  # noqa: ARG001  what it makes lies in the database so reached
    ensure_walls()
    made = make_house()
    connection.close()
    return made


def expect_each_his_own(house: House) -> None:
    assert left_behind() == (True, "")
    for _ in range(2):
        for user, cases in (
            (house.e1, ["OWN-1"]),
            (house.west, ["FAR-2"]),
            (None, []),
            (house.lead, ["OTHERS-9", "OWN-1"]),
            (house.e2, []),
            (house.abroad.user, ["PLACED-1"]),
        ):
            assert shown(user) == cases
    assert left_behind() == (True, "")


def test_by_turns_through_one_session(house: House) -> None:
    pid = "select pg_backend_pid()"
    pids = {tuple(shown(user, pid)) for user in (house.e1, house.west, None, house.lead)}
    assert len(pids) == 1
    expect_each_his_own(house)


def _fails_in_a_transaction(_: Any) -> HttpResponse:
    with transaction.atomic():
        assert Case.objects.count() == 1
        raise ConnectionAbortedError


def _fails_in_the_database(_: Any) -> HttpResponse:
    with transaction.atomic():
        rows("select 1 / 0")
    raise AssertionError


def _dies_as_the_house(_: Any) -> HttpResponse:
    with as_house(), transaction.atomic():
        assert Case.objects.count() > 1
        raise ConnectionAbortedError


@pytest.mark.parametrize(
    "view", [_fails_in_a_transaction, _fails_in_the_database, _dies_as_the_house]
)
def test_what_fails_in_mid_request_leaves_nothing(
    house: House, view: Callable[[Any], HttpResponse]
) -> None:
    with pytest.raises((ConnectionAbortedError, DatabaseError)):
        ask(house.e1, view)
    expect_each_his_own(house)


def test_a_move_of_the_setting_is_no_way_out(house: House) -> None:
    """What one says of himself in a transaction does not stay for the next."""

    def view(_: Any) -> HttpResponse:
        with transaction.atomic():
            rows("select set_config('carrears.pool', 'seen', true)")
        return HttpResponse()

    ask(house.e1, view)
    expect_each_his_own(house)


def test_the_pages_of_two_teams(house: House) -> None:
    for _ in range(2):
        for user, own, other in (
            (house.e1, "OWN-1", "FAR-2"),
            (house.west, "FAR-2", "OWN-1"),
        ):
            client = Client()
            client.force_login(user)
            queue = client.get("/queue/").content.decode()
            assert (own in queue, other in queue) == (True, False)
            assert client.get(f"/case/{own}/").status_code == 200
            assert client.get(f"/case/{other}/").status_code == 404
    assert left_behind() == (True, "")
