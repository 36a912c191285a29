"""Ask a function of the database through libpq itself, as the layers above cost more than it does.

For what is done thousands of times a second, one transaction each: Django's cursor and the driver's
own take about 100 µs a statement, the server answers a short call in half of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

from django.db import DEFAULT_DB_ALIAS, connection, connections
from psycopg import errors
from psycopg.pq import ExecStatus, Format, TransactionStatus

_TEXT, _BINARY, _ROWS = int(Format.TEXT), int(Format.BINARY), int(ExecStatus.TUPLES_OK)
_IN_TRANSACTION = int(TransactionStatus.INTRANS)
# The functions that a session has a plan for. Unlike a table, a plan outlives a rollback.
_planned: WeakKeyDictionary[Any, dict[str, bytes]] = WeakKeyDictionary()


def says_yes(function: str, given: Sequence[str | bytes]) -> bool:
    """What a function of the database that returns a truth value says to these values.

    Text goes as text, whatever the type of the parameter; bytes as they are. In a transaction it is
    part of it, else one of its own. Where somebody looks at each statement (the wall of a request,
    a test that counts), where a pooler lends sessions out, or where the driver has still to begin
    the transaction, it goes Django's way.

    Raises:
        django.db.Error: as the server refuses it.
    """
    database: Any = connections[DEFAULT_DB_ALIAS]  # ``connection`` looks it up at each attribute
    if database.connection is None:
        database.ensure_connection()
    raw = database.connection
    if not _may_go_directly(database, raw.pgconn):
        return _by_cursor(function, given)
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        name = _plan(raw, function, len(given))
        values = [one if isinstance(one, bytes) else one.encode() for one in given]
        formats = [_BINARY if isinstance(one, bytes) else _TEXT for one in given]
        answer = raw.pgconn.exec_prepared(name, values, formats)
        _expect(raw, answer, _ROWS)
    return bool(answer.get_value(0, 0) == b"t")


def _may_go_directly(database: Any, server: Any) -> bool:
    if database.execute_wrappers or database.queries_logged:
        return False
    if database.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
        return False
    # As numbers: to make a member of an enumeration of each answer costs as much as the call.
    return bool(server.transaction_status == _IN_TRANSACTION or database.connection.autocommit)


def _by_cursor(function: str, given: Sequence[str | bytes]) -> bool:
    marks = ", ".join(["%s"] * len(given))
    with connection.cursor() as cursor:
        cursor.execute(f"select {function}({marks})", given)
        return bool(cursor.fetchone()[0])


def _plan(raw: Any, function: str, count: int) -> bytes:
    """The name under which this session knows the call."""
    known = _planned.get(raw)
    if known is None:
        known = _planned[raw] = {}
    if function not in known:
        name = f"call_{function}".encode()
        marks = ", ".join(f"${number + 1}" for number in range(count))
        call = f"select {function}({marks})".encode()
        _expect(raw, raw.pgconn.prepare(name, call), ExecStatus.COMMAND_OK)
        known[function] = name
    return known[function]


def _expect(raw: Any, answer: Any, wanted: int) -> None:
    if answer.status != wanted:
        raise errors.error_from_result(answer, encoding=raw.info.encoding)
