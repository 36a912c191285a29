"""Two processes that would migrate at once take turns, whatever the first of them builds."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.backends.utils import CursorWrapper

from carrears.database import migrations


@pytest.fixture
def table() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("create table built_beside (number int)")
        yield "built_beside"
        cursor.execute("drop table built_beside")


def is_asked_for(cursor: CursorWrapper) -> bool:
    """Whether another session has asked for the turn."""
    cursor.execute(
        "select exists (select from pg_stat_activity"
        " where query like '%advisory_lock%' and pid <> pg_backend_pid())"
    )
    return bool(cursor.fetchone()[0])


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
        while not is_asked_for(cursor):
            time.sleep(0.05)
        cursor.execute("set statement_timeout = '20s'")
        cursor.execute(f"create index concurrently beside on {table} (number)")
        cursor.execute("reset statement_timeout")
        done.append("first")
    second.join(20)
    assert done == ["first", "second"]
