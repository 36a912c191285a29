"""A question of the ORM put together once: over each, Django takes longer than PostgreSQL does.

For what every request asks, in the same words but for a value or two. The words still come from
the querysets that say each rule.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import BooleanField, Func, Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler

_Model = TypeVar("_Model", bound=Model)


@dataclass(frozen=True, slots=True)
class _Blank:
    name: str


class Blank(RawSQL):
    """What a ``Prepared`` question leaves open, to stand where a value would."""

    def __init__(self, name: str) -> None:
        super().__init__("%s", (_Blank(name),))
        self.name = name

    def has(self, column: str, kind: str = "bigint") -> AmongBlank:
        """That ``column``, which PostgreSQL has as ``kind``, is in the list that is filled in."""
        return AmongBlank(column, self.name, kind=kind)


class AmongBlank(Func):
    """Whether a column is one of the values of a blank, which is filled in with a list of them."""

    template = "(%(expressions)s = any(%%s::%(kind)s[]))"
    output_field = BooleanField()

    def __init__(self, column: str, name: str, *, kind: str = "bigint") -> None:
        super().__init__(column, kind=kind)
        self._blank = _Blank(name)

    def as_sql(self, *arguments: Any, **given: Any) -> tuple[str, tuple[Any, ...]]:
        """The condition and its values."""
        said, values = super().as_sql(*arguments, **given)
        return said, (*values, self._blank)


class Prepared(Generic[_Model]):
    """The statement of a queryset, with its blanks. What it prefetches is asked anew each time."""

    def __init__(self, asked: QuerySet[_Model, Any]) -> None:
        self._asked = asked
        self._compiler: SQLCompiler = asked.query.get_compiler(DEFAULT_DB_ALIAS)
        self._sql, self._values = self._compiler.as_sql()
        self._blanks = {one.name for one in self._values if isinstance(one, _Blank)}

    def ask(self, **given: Any) -> list[tuple[Any, ...]]:
        """The rows as the database has them, of which these are the blanks.

        Raises:
            TypeError: a blank is not filled in, or a value has none.
        """
        values = self._filled(given)
        with connection.cursor() as cursor:
            cursor.execute(self._sql, values)
            return list(cursor.fetchall())

    def find(self, **given: Any) -> list[_Model]:
        """The rows as the queryset makes them: of a model, with all that was selected beside it.

        Raises:
            TypeError: as above.
        """
        values = self._filled(given)
        asked = self._asked.all()
        asked.query.get_compiler = lambda *_args, **_given: self._compiled(values)  # type: ignore[method-assign]
        return list(asked)

    def _filled(self, given: dict[str, Any]) -> list[Any]:
        if given.keys() != self._blanks:
            raise TypeError(f"blanks {sorted(self._blanks)}, given {sorted(given)}")
        return [given[one.name] if isinstance(one, _Blank) else one for one in self._values]

    def _compiled(self, values: Sequence[Any]) -> SQLCompiler:
        """One for this question and this thread, which need not put the statement together."""
        compiler = copy.copy(self._compiler)
        compiler.connection = connection
        compiler.as_sql = lambda *_args, **_given: (self._sql, tuple(values))  # type: ignore[method-assign]
        return compiler


class Question(Generic[_Model]):
    """A function that says a queryset, put together once, with its parameters as the blanks."""

    def __init__(self, says: Callable[..., QuerySet[_Model, Any]]) -> None:
        self._says = says
        self.__doc__ = says.__doc__

    @cached_property
    def _prepared(self) -> Prepared[_Model]:
        return Prepared(self._says(*map(Blank, inspect.signature(self._says).parameters)))

    def ask(self, **given: Any) -> list[tuple[Any, ...]]:
        """As ``Prepared`` does."""
        return self._prepared.ask(**given)

    def find(self, **given: Any) -> list[_Model]:
        """As ``Prepared`` does."""
        return self._prepared.find(**given)


def prepared(says: Callable[..., QuerySet[_Model, Any]]) -> Question[_Model]:
    """Put together what a function says when it is first asked; its parameters are ``Blank``."""
    return Question(says)
