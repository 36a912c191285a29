"""Many rows at once into a table: thousands by PostgreSQL's COPY, some by one text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from django.db import connection, models
from psycopg import sql


def copy_rows(
    model: type[models.Model],
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    skip_known: bool = False,
) -> int:
    """Insert rows into a model's table; returns how many.

    ``columns`` are names of the database, values are as psycopg takes them. With
    ``skip_known`` rows that a unique constraint refuses are passed over. Ten times as quick
    as ``bulk_create``, which builds an object and a parameter list for each row.
    """
    target = sql.Identifier(model._meta.db_table)  # noqa: SLF001  Django's documented name
    listed = sql.SQL(", ").join(map(sql.Identifier, columns))
    with connection.cursor() as cursor:
        # Of a name that no table of the session has (``database.session``).
        empty = "create temp table copied_in on commit drop as select {} from {} limit 0"
        cursor.execute(sql.SQL(empty).format(listed, target))
        with cursor.copy(sql.SQL("copy copied_in ({}) from stdin").format(listed)) as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            sql.SQL("insert into {} ({}) select {} from copied_in {}").format(
                target,
                listed,
                listed,
                sql.SQL("on conflict do nothing" if skip_known else ""),
            )
        )
        count = int(cursor.rowcount)
        cursor.execute("drop table copied_in")
    return count


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Insert new rows of one model, in their order, and give them their numbers.

    One statement with one JSON text, which is quoted several times faster than each value:
    twenty verdicts with their facts take less than two by ``bulk_create``. Signals are not sent.

    Raises:
        What the database raises; then none is there.
    """
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(_insert_of(type(rows[0])), [_told(rows)])
        numbers = [number for (number,) in cursor.fetchall()]
    for row, number in zip(rows, numbers, strict=True):
        row.pk = number
        row._state.adding, row._state.db = False, connection.alias  # noqa: SLF001  as Django does


def insert_unknown_rows(rows: Sequence[models.Model]) -> int:
    """As ``insert_rows``, but rows that a unique constraint refuses are passed over.

    Returns how many are new; the objects get no numbers.
    """
    if not rows:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_insert_of(type(rows[0]), skip_known=True), [_told(rows)])
        return int(cursor.rowcount)


def update_rows(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of rows that are there, as the objects have them.

    One statement with one JSON text, for the same reason; ``bulk_update`` makes a condition for
    each field of each row. Signals are not sent, and a row that is gone is passed over.
    """
    if not rows:
        return
    model = type(rows[0])
    chosen = _chosen_fields(model, fields)
    told = [
        {"pk__": row.pk}
        | {each.column: _plain(each, getattr(row, each.attname)) for each in chosen}
        for row in rows
    ]
    with connection.cursor() as cursor:
        cursor.execute(_update_of(model, tuple(fields)), [_json(told)])


def _chosen_fields(model: type[models.Model], names: Sequence[str]) -> list[Any]:
    return [model._meta.get_field(name) for name in names]  # noqa: SLF001  see above


@cache
def _update_of(model: type[models.Model], names: tuple[str, ...]) -> sql.Composed:
    number: Any = model._meta.pk  # noqa: SLF001  see above
    fields = _chosen_fields(model, names)
    columns = [sql.Identifier(each.column) for each in fields]
    types = [sql.SQL(each.db_type(connection)) for each in fields]
    told = [sql.SQL("{} {}").format(*each) for each in zip(columns, types, strict=True)]
    return sql.SQL(
        "update {table} as kept set {changes} from json_to_recordset(%s)"
        " as told (pk__ {kind}, {told}) where kept.{number} = told.pk__"
    ).format(
        table=sql.Identifier(model._meta.db_table),  # noqa: SLF001  see above
        changes=sql.SQL(", ").join([sql.SQL("{0} = told.{0}").format(each) for each in columns]),
        kind=sql.SQL(number.rel_db_type(connection)),
        told=sql.SQL(", ").join(told),
        number=sql.Identifier(number.column),
    )


def _told(rows: Sequence[models.Model]) -> str:
    fields = _stored_fields(type(rows[0]))
    return _json(
        [
            {field.column: _plain(field, field.pre_save(row, add=True)) for field in fields}
            for row in rows
        ]
    )


# As the standard library does it, a night's verdicts take a twentieth of the night to be told. A
# moment or an object that nobody put into words before is refused, as there.
_TOLD_AS = (
    orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS
)


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows, option=_TOLD_AS).decode()


def _stored_fields(model: type[models.Model]) -> list[Any]:
    """What a row is told; the database works out the rest."""
    fields = model._meta.concrete_fields  # noqa: SLF001  Django's documented name
    return [each for each in fields if not each.generated and not each.primary_key]


@cache
def _insert_of(model: type[models.Model], *, skip_known: bool = False) -> sql.Composed:
    fields = _stored_fields(model)
    names = [sql.Identifier(field.column) for field in fields]
    types = [sql.SQL(field.db_type(connection)) for field in fields]
    columns = [sql.SQL(" ").join(pair) for pair in zip(names, types, strict=True)]
    comma = sql.SQL(", ")
    return sql.SQL(
        "insert into {table} ({names}) select {names}"
        " from rows from (json_to_recordset(%s) as ({columns})) with ordinality"
        " as told ({names}, nth__) order by nth__ {unless} returning {number}"
    ).format(
        table=sql.Identifier(model._meta.db_table),  # noqa: SLF001  see above
        names=comma.join(names),
        columns=comma.join(columns),
        unless=sql.SQL("on conflict do nothing" if skip_known else ""),
        number=sql.Identifier(str(model._meta.pk.column)),  # noqa: SLF001  see above
    )


# Nearly all are: PostgreSQL reads the text of each as its column has it.
_AS_THEY_ARE = frozenset({str, int, bool, type(None)})


def _plain(field: Any, value: Any) -> Any:
    """A value as JSON tells it and PostgreSQL reads it."""
    if type(value) in _AS_THEY_ARE or isinstance(field, models.JSONField):
        return value
    value = field.get_prep_value(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    return value
