"""What a thief who has the whole database reads in it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

from django.db import connection

NAME, PHONE, ID_NO = "欧阳金丝雀", "13987654321", "33010619880314275X"
CANARY = f"{NAME} {PHONE} {ID_NO}"


def typed(where: str) -> str:
    """What somebody types at a place: a name, a number and an identity number."""
    return f"{where}: {CANARY}"


def read_in_clear(*words: str) -> list[str]:
    """The rows, as a dump of the database has them, that give one of these words away.

    A word also counts as read where it is written as JSON escapes, or as plain bytes in
    hexadecimal digits or base64.
    """
    shapes = {shape for word in words for shape in _shapes(word)}
    return [row for row in _rows() if any(shape in row for shape in shapes)]


def _shapes(word: str) -> Iterator[str]:
    yield word
    yield json.dumps(word)[1:-1]
    yield word.encode().hex()
    yield base64.b64encode(word.encode()).decode().rstrip("=")[:-1]


def _rows() -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "select quote_ident(tablename) from pg_tables"
            " where schemaname = current_schema() order by 1"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"select t::text from {table} t")  # noqa: S608  the database's own names
            for (row,) in cursor.fetchall():
                yield f"{table}: {row}"
