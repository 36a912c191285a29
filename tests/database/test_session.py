"""Statements whose plans a session keeps give what they gave when they were planned each time."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection, transaction

from carrears.database.session import ensure_tables, execute_kept

pytestmark = pytest.mark.django_db

ADDED = "insert into sums select n, %(day)s, %(word)s || n from generate_series(1, %(n)s) as s (n)"
TABLE = {"sums": {"n": "integer", "day": "date", "word": "text"}}
DAY = date(2026, 7, 1)


class UndoError(Exception):
    pass


def plans() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from pg_prepared_statements where name like 'kept%%'")
        [count] = cursor.fetchone()
    return int(count)


def rows() -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("select * from sums order by n")
        return list(cursor.fetchall())


def test_a_statement_is_planned_once_a_session() -> None:
    ensure_tables(TABLE)
    before, added = plans(), f"{ADDED} where n > 0"
    with connection.cursor() as cursor:
        for n in (1, 2):
            execute_kept(cursor, added, {"n": n, "day": DAY, "word": "x"})
            assert cursor.rowcount == n
    assert rows() == [(1, DAY, "x1"), (1, DAY, "x1"), (2, DAY, "x2")]
    assert plans() == before + 1


def test_a_name_may_stand_twice_and_rows_come_back() -> None:
    with connection.cursor() as cursor:
        execute_kept(cursor, "select %(a)s::int + %(b)s::int - %(a)s::int", {"a": 4, "b": 3})
        assert cursor.fetchall() == [(3,)]


def test_a_plan_outlives_a_table_that_is_made_anew() -> None:
    for word in ("a", "b"):
        with pytest.raises(UndoError):
            fill_and_undo(word)


@transaction.atomic
def fill_and_undo(word: str) -> None:
    ensure_tables(TABLE)
    with connection.cursor() as cursor:
        execute_kept(cursor, ADDED, {"n": 1, "day": DAY, "word": word})
    assert rows() == [(1, DAY, f"{word}1")]
    raise UndoError


@pytest.mark.parametrize("many", [1, 20_000])
def test_tables_are_empty_before_each_use(many: int) -> None:
    assert ensure_tables(TABLE)
    with connection.cursor() as cursor:
        execute_kept(cursor, ADDED, {"n": many, "day": DAY, "word": "x"})
    assert not ensure_tables(TABLE)
    assert rows() == []
