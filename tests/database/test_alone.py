"""Two processes that would migrate at once take turns, whatever the first of them builds."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from carrears.database import migrations


@pytest.fixture
def table() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("create table built_beside (number int)")
        yield "built_beside"
        cursor.execute("drop table built_beside")


@pytest.mark.django_db(transaction=True)
def test_who_waits_does_not_hold_up_an_index_that_is_built_beside_its_users(table: str) -> None:
    done: list[str] = []

    def wait() -> None:
        with migrations._alone():
            done.append("second")
        connection.close()

    second = threading.Thread(target=wait)
    with migrations._alone(), connection.cursor() as cursor:
        second.start()
        second.join(1)  # waits by now
        cursor.execute("set statement_timeout = '20s'")
        cursor.execute(f"create index concurrently beside on {table} (number)")
        cursor.execute("reset statement_timeout")
        done.append("first")
    second.join(20)
    assert done == ["first", "second"]
