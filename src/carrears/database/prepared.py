"""A question of the ORM put together once: over each, Django takes longer than PostgreSQL does.

For what every request asks, in the same words but for a value or two. The words still come from
the querysets that say each rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL


@dataclass(frozen=True, slots=True)
class _Blank:
    name: str


def blank(name: str) -> RawSQL:
    """What a ``Prepared`` question leaves open, to stand where a value would."""
    return RawSQL("%s", (_Blank(name),))


class Prepared:
    """The statement of a queryset of ``values_list``, with its blanks."""

    def __init__(self, asked: QuerySet[Any, Any]) -> None:
        self._sql, self._values = asked.query.sql_with_params()
        self._blanks = {one.name for one in self._values if isinstance(one, _Blank)}

    def ask(self, **given: Any) -> list[tuple[Any, ...]]:
        """The rows as the database has them, of which these are the blanks.

        Raises:
            TypeError: a blank is not filled in, or a value has none.
        """
        if given.keys() != self._blanks:
            raise TypeError(f"blanks {sorted(self._blanks)}, given {sorted(given)}")
        values = [given[one.name] if isinstance(one, _Blank) else one for one in self._values]
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            return list(cursor.fetchall())
