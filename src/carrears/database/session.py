"""Temporary tables of a database session: made once a session, emptied before each use.

Making a table costs PostgreSQL a dozen writes to its catalogue, and emptying all of them at each
commit a truncation of some sixty files; filling one that stands costs neither. Their names are
found before those of the permanent tables.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import WeakKeyDictionary

from django.db import connection, transaction
from psycopg import sql

if TYPE_CHECKING:
    import pyarrow as pa

Statement: TypeAlias = str | sql.Composable
# Deleted rows stay in their pages until the table is truncated, which costs new files.
_DELETED_BELOW = 256 * 1024
_FEW_CELLS = 64
_ROUGHLY = 10  # of 100


def ensure_tables(tables: Mapping[str, Mapping[str, str]]) -> bool:
    """Make those that this session lacks, and empty the others; tells whether any was made.

    Where a pooler lends sessions out by the transaction, they serve until the transaction ends.
    ``tables`` gives the type of each column, by name.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "select name, pg_relation_size(to_regclass('pg_temp.' || quote_ident(name)))"
            " from unnest(%s::text[]) as wanted (name)",
            [list(tables)],
        )
        sizes = dict(cursor.fetchall())
        lacking = [name for name, size in sizes.items() if size is None]
        statements = [_creation(name, tables[name]) for name in lacking]
        statements += [_emptying(name, size) for name, size in sizes.items() if size]
        if statements:
            cursor.execute(sql.SQL(";").join(statements))
    return bool(lacking)


def _emptying(name: str, size: int) -> sql.Composable:
    command = "truncate {}" if size > _DELETED_BELOW else "delete from {}"
    return sql.SQL(command).format(_temporary(name))


def weigh_table(name: str, *columns: str) -> None:
    """Let the planner know what a permanent table holds in these columns by now.

    After a night's bulk the server's own housekeeping would get to it within a minute; until then
    the planner takes a hundred thousand new rows for a few, and looks at each for each. For that
    a tenth of what the housekeeping looks at is enough.
    """
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"set local default_statistics_target = {_ROUGHLY}")
        cursor.execute(sql.SQL("analyze {} ({})").format(sql.Identifier(name), listed))
        cursor.execute("set local default_statistics_target to default")


def _creation(name: str, columns: Mapping[str, str]) -> sql.Composable:
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    # What is left in it is nobody's business who borrows the session next: behind the wall
    # (``database.wall``) it is refused, and whoever needs one there asks ``as_house``.
    return sql.SQL(f'create temp table "{name}" ({listed})')


def _temporary(name: str) -> sql.Identifier:
    return sql.Identifier("pg_temp", name)


def put_tables(tables: Mapping[str, pa.Table]) -> None:
    """Put Arrow rows into the session's tables, by the names of their columns. Lists do not go.

    Tables of a few cells go together in one statement: opening the way for a copy of each costs
    more. Many cells cost more to write into a statement and to read out of it.
    """
    small, values = {}, []
    for name, rows in tables.items():
        if rows.num_rows * rows.num_columns > _FEW_CELLS:
            copy_table(name, rows)
        elif rows.num_rows:
            small[name] = rows
            cells = zip(*rows.to_pydict().values(), strict=True)
            values += [cell for row in cells for cell in row]
    if small:
        with connection.cursor() as cursor:
            cursor.execute(";".join(map(_insertion, small, small.values())), values)


def _insertion(name: str, rows: pa.Table) -> str:
    columns = ", ".join(f'"{column}"' for column in rows.column_names)
    row = f"({', '.join(['%s'] * rows.num_columns)})"
    return f'insert into pg_temp."{name}" ({columns}) values {", ".join([row] * rows.num_rows)}'  # noqa: S608  names of this code


def copy_table(name: str, rows: pa.Table) -> None:
    """Copy Arrow rows into a session's table, by the names of their columns. Lists do not go."""
    if not rows.num_rows:
        return
    from pyarrow import csv  # noqa: PLC0415  every command imports this module, few copy tables

    text = io.BytesIO()
    csv.write_csv(rows, text, csv.WriteOptions(include_header=False))
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


# The statements that a session has planned. Unlike a table, a plan outlives a rollback.
_kept: WeakKeyDictionary[Any, dict[str, _Planned]] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class _Planned:
    """A statement that the session knows by a name; ``places`` are its values' in order."""

    name: str
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that a statement gave, if it gives any, and how many it gave or wrote."""

    rows: list[tuple[Any, ...]]
    count: int


def run_kept(script: Sequence[tuple[Statement, Mapping[str, Any]]]) -> list[Answer]:
    """Run statements whose plans the session keeps, in this order; the answer of each.

    ``%(name)s`` stands for one of a statement's values. Planning costs a short statement more than
    running it, and waiting for each of a dozen short answers costs more than the answers: they go
    to the server together. It plans anew what a change of a table, of an index or of statistics
    (``analyze``) calls for. Behind a pooler the next session may be another: nothing is kept.
    """
    with connection.cursor() as cursor:
        _execute(cursor, script)
        answers = [_answer(cursor)]
        while cursor.nextset():
            answers.append(_answer(cursor))
    return answers


def _answer(cursor: Any) -> Answer:
    return Answer(cursor.fetchall() if cursor.description else [], int(cursor.rowcount))


def _execute(cursor: Any, script: Sequence[tuple[Statement, Mapping[str, Any]]]) -> None:
    calls, given = [], []
    for statement, values in script:
        if connection.settings_dict.get("DISABLE_SERVER_SIDE_CURSORS"):
            text, places = _unplanned(cursor, statement)
            calls.append(text)
            given += [values[place] for place in places]
            continue
        plan = _planned(cursor, statement)
        listed = f"({', '.join(['%s'] * len(plan.places))})" if plan.places else ""
        calls.append(f"execute {plan.name}{listed}")
        given += [values[place] for place in plan.places]
    cursor.execute("\n;".join(calls), given)


def _unplanned(cursor: Any, statement: Statement) -> tuple[str, list[str]]:
    """The statement with a mark for each value, and whose value goes to each."""
    text = _text(cursor, statement)
    pieces = _NAMED.split(text)  # text and names by turns
    literal = [piece.replace("%", "%%") for piece in pieces[::2]]
    return "%s".join(literal), pieces[1::2]


def _text(cursor: Any, statement: Statement) -> str:
    return statement if isinstance(statement, str) else statement.as_string(cursor.connection)


def _planned(cursor: Any, statement: Statement) -> _Planned:
    text = _text(cursor, statement)
    known = _kept.setdefault(cursor.connection, {})
    if text not in known:
        places: dict[str, int] = {}
        numbered = _NAMED.sub(lambda m: f"${places.setdefault(m[1], len(places) + 1)}", text)
        name = f"kept_{hashlib.sha256(text.encode()).hexdigest()[:20]}"
        cursor.execute(f"prepare {name} as {numbered}")
        known[text] = _Planned(name, tuple(places))
    return known[text]


_NAMED = re.compile(r"%\((\w+)\)s")
