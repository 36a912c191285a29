"""Functions asked through libpq itself, and when they are asked another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DataError, ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext

from carrears.database.direct import says_yes

DOUBLE = """
create function is_double(whole text, half bytea, at timestamptz) returns boolean language sql
as $$ select length(whole) = 2 * length(half) and at < '2030-01-01T00:00:00Z' $$
"""
MOMENT = "2026-11-24T02:10:00.000000Z"


@pytest.fixture
def is_double(transactional_db: None) -> Iterator[None]:  # noqa: ARG001  before it there is no database
    with connection.cursor() as cursor:
        cursor.execute(DOUBLE)
    yield
    with connection.cursor() as cursor:
        cursor.execute("drop function is_double(text, bytea, timestamptz)")


@pytest.mark.usefixtures("is_double")
def test_text_and_bytes_arrive_as_they_are() -> None:
    assert says_yes("is_double", ["车'\\贷", b"\0\xff", MOMENT])
    assert not says_yes("is_double", ["车", b"\0\xff", MOMENT])


@pytest.mark.usefixtures("is_double")
def test_the_way_of_django_says_the_same() -> None:
    with CaptureQueriesContext(connection) as asked:
        assert says_yes("is_double", ["车'\\贷", b"\0\xff", MOMENT])
        assert not says_yes("is_double", ["车", b"\0\xff", MOMENT])
    assert len(asked) == 2


@pytest.mark.usefixtures("is_double")
def test_who_looks_at_statements_sees_it() -> None:
    seen = []

    def look(execute: Callable[..., Any], statement: str, *given: object) -> Any:
        seen.append(statement)
        return execute(statement, *given)

    with connection.execute_wrapper(look):
        says_yes("is_double", ["ab", b"c", MOMENT])
    assert seen == ["select is_double(%s, %s, %s)"]


@pytest.mark.usefixtures("is_double")
def test_what_the_server_refuses_is_an_error_of_django() -> None:
    with pytest.raises(DataError, match="invalid input syntax"):
        says_yes("is_double", ["ab", b"c", "yesterday evening"])
    with pytest.raises(ProgrammingError, match="is_triple"):
        says_yes("is_triple", ["ab"])
    assert says_yes("is_double", ["ab", b"c", MOMENT])


@pytest.mark.usefixtures("is_double")
@pytest.mark.parametrize("is_begun", [True, False])
def test_it_is_part_of_the_transaction(*, is_begun: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("create table noted (what text)")
        cursor.execute(
            "create function note(what text) returns boolean language sql"
            " as $$ insert into noted values (what) returning true $$"
        )
    try:
        with transaction.atomic():
            if is_begun:
                connection.cursor().execute("select 1")
            assert says_yes("note", ["undone"])
            transaction.set_rollback(True)
        assert says_yes("note", ["kept"])
        with connection.cursor() as cursor:
            cursor.execute("select what from noted")
            assert cursor.fetchall() == [("kept",)]
    finally:
        with connection.cursor() as cursor:
            cursor.execute("drop function note(text); drop table noted")


@pytest.mark.usefixtures("is_double")
def test_a_broken_transaction_takes_nothing_more() -> None:
    with transaction.atomic():
        transaction.set_rollback(True)
        with pytest.raises(transaction.TransactionManagementError):
            says_yes("is_double", ["ab", b"c", MOMENT])


@pytest.mark.usefixtures("is_double")
def test_a_new_session_plans_anew() -> None:
    assert says_yes("is_double", ["ab", b"c", MOMENT])
    connection.close()
    assert says_yes("is_double", ["ab", b"c", MOMENT])
