"""Temporary tables of a database session: made once a session, emptied at every commit.

Making a table costs PostgreSQL a dozen writes to its catalogue; filling one that stands costs
none. Their names are found before those of the permanent tables.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakSet

import pyarrow as pa
from django.db import connection, transaction
from psycopg import sql
from pyarrow import csv

_CSV = csv.WriteOptions(include_header=False)


def ensure_tables(tables: Mapping[str, Mapping[str, str]]) -> bool:
    """Make those that this session lacks, empty the others; tells whether any was made.

    ``tables`` gives the type of each column, by name.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select name, to_regclass('pg_temp.' || quote_ident(name)) is not null"
            " from unnest(%s::text[]) as wanted (name)",
            [list(tables)],
        )
        known = dict(cursor.fetchall())
        lacking = [name for name, is_there in known.items() if not is_there]
        statements: list[sql.Composable] = [_creation(name, tables[name]) for name in lacking]
        if connection.connection in _used:
            standing = [name for name, is_there in known.items() if is_there]
            statements += [sql.SQL("delete from {}").format(_temporary(n)) for n in standing]
        if statements:
            cursor.execute(sql.SQL(";").join(statements))
    _mark_used(connection.connection)
    return bool(lacking)


# Sessions whose tables may hold rows of the transaction that is open. A commit empties them; one
# that is rolled back leaves its mark, which costs the next one a look at empty tables.
_used: WeakSet[Any] = WeakSet()


def _mark_used(session: Any) -> None:
    if session not in _used:
        _used.add(session)
        transaction.on_commit(lambda: _used.discard(session))


def _creation(name: str, columns: Mapping[str, str]) -> sql.Composable:
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    return sql.SQL(f'create temp table "{name}" ({listed}) on commit delete rows')


def _temporary(name: str) -> sql.Identifier:
    return sql.Identifier("pg_temp", name)


def copy_table(name: str, rows: pa.Table) -> None:
    """Copy Arrow rows into a session's table, by the names of their columns. Lists do not go."""
    if not rows.num_rows:
        return
    text = io.BytesIO()
    csv.write_csv(rows, text, _CSV)
    columns = sql.SQL(", ").join(map(sql.Identifier, rows.column_names))
    command = sql.SQL("copy {} ({}) from stdin (format csv)").format(_temporary(name), columns)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        copy.write(text.getbuffer())


def copy_tuples(name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Copy Python rows into a session's table."""
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    command = sql.SQL("copy {} ({}) from stdin").format(_temporary(name), listed)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for row in rows:
            copy.write_row(row)
