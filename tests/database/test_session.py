"""Statements whose plans a session keeps give what they gave when they were planned each time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyarrow as pa
import pytest
from django.db import connection, transaction

from carrears.database import session
from carrears.database.session import ensure_tables, put_tables, run_kept

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
    for n in (1, 2):
        [answer] = run_kept([(added, {"n": n, "day": DAY, "word": "x"})])
        assert answer.count == n
    assert rows() == [(1, DAY, "x1"), (1, DAY, "x1"), (2, DAY, "x2")]
    assert plans() == before + 1


def test_a_name_may_stand_twice_and_rows_come_back() -> None:
    [answer] = run_kept([("select %(a)s::int + %(b)s::int - %(a)s::int", {"a": 4, "b": 3})])
    assert answer.rows == [(3,)]


def test_a_plan_outlives_a_table_that_is_made_anew() -> None:
    for word in ("a", "b"):
        with pytest.raises(UndoError):
            fill_and_undo(word)


@transaction.atomic
def fill_and_undo(word: str) -> None:
    ensure_tables(TABLE)
    run_kept([(ADDED, {"n": 1, "day": DAY, "word": word})])
    assert rows() == [(1, DAY, f"{word}1")]
    raise UndoError


@pytest.mark.parametrize("many", [1, 20_000])
def test_tables_are_empty_before_each_use(many: int) -> None:
    assert ensure_tables(TABLE)
    run_kept([(ADDED, {"n": many, "day": DAY, "word": "x"})])
    assert not ensure_tables(TABLE)
    assert rows() == []


def test_a_script_goes_in_order_and_each_answers() -> None:
    ensure_tables(TABLE)
    given = {"n": 2, "day": DAY, "word": "x"}
    added, counted, emptied, none = run_kept(
        [
            (ADDED, given),
            ("select count(*), max(word) from sums where day = %(day)s", given),
            ("delete from sums", {}),
            ("select n from sums", {}),
        ]
    )
    assert (added.rows, added.count) == ([], 2)
    assert counted.rows == [(2, "x2")]
    assert (emptied.rows, emptied.count) == ([], 2)
    assert (none.rows, none.count) == ([], 0)


@pytest.mark.parametrize("few", [0, 1000])
def test_rows_arrive_whichever_way_they_go(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(session, "_FEW_CELLS", few)
    kinds = {"n": "bigint", "day": "date", "word": "text", "rate": "numeric", "is_so": "boolean"}
    ensure_tables({"put_one": kinds, "put_two": {"word": "varchar"}, "put_none": {"n": "integer"}})
    words = ['it\'s "quoted", 100%', "逾期\n提醒", "", None]
    one = pa.table(
        {
            "word": words,
            "n": pa.array([2**62, -1, 0, None], pa.int64()),
            "day": pa.array([DAY, None, DAY, None]),
            "rate": pa.array([Decimal("0.10"), Decimal("-3.05"), None, Decimal(0)]),
            "is_so": [True, False, None, True],
        }
    )
    two, none = pa.table({"word": ["a"]}), pa.table({"n": pa.array([], pa.int32())})
    put_tables({"put_one": one, "put_two": two, "put_none": none})
    with connection.cursor() as cursor:
        cursor.execute('select word, n, day, rate, is_so from put_one order by word collate "C"')
        found = cursor.fetchall()
        cursor.execute("select word from put_two")
        assert cursor.fetchall() == [("a",)]
    expected = sorted(
        (tuple(row.values()) for row in one.to_pylist()), key=lambda r: (r[0] is None, r[0] or "")
    )
    assert found == expected
