"""The SQL of a graph in layers: each sees the columns of those below it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from carrears.strategy.table import CompiledTable
from carrears.strategy.values import Listed, Opaque, Piece, Record, Value, shape_of, sql_type

_NAME = re.compile(r"[a-z]+\d+(?:_\d+)?")
_TEXT = re.compile(r"'(?:[^']|'')*'", re.DOTALL)
_LITERAL = re.compile(r"true|false|NULL|DATE '[^']*'|'(?:[^']|'')*'|-?[\d.]+::DECIMAL\(\d+,\d+\)")


@dataclass(frozen=True, slots=True)
class Columns:
    """A layer that computes columns: name and SQL."""

    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class TableLayer:
    """A layer that looks a decision table up.

    It adds ``rule<number>``, the ids of the rules that fired, and for each output ``out…`` and
    ``has…``, whether a rule wrote it; of a collecting table ``out…_0``, the list.
    """

    table: CompiledTable
    number: int

    @property
    def rule(self) -> str:
        """The column with the ids of the rules."""
        return f"rule{self.number}"

    def out(self, place: int) -> str:
        """The column of an output."""
        return f"out{self.number}_{place}"

    def has(self, place: int) -> str:
        """The column that tells whether a rule wrote the output."""
        return f"has{self.number}_{place}"


Layer = Columns | TableLayer


def names_in(sql: str) -> set[str]:
    """The names of columns that an expression mentions; texts are passed over."""
    return set(_NAME.findall(_TEXT.sub("", sql)))


@dataclass(slots=True)
class Layers:
    """Layers under construction."""

    done: list[Layer] = field(default_factory=list)
    _open: dict[str, str] = field(default_factory=dict)
    _names: dict[str, str] = field(default_factory=dict)  # by SQL, so that it is worked out once
    _count: int = 0

    def add(self, sql: str, *, prefix: str = "x") -> str:
        """A column for an expression; the same expression has one column."""
        if sql in self._names:
            return self._names[sql]
        if names_in(sql) & self._open.keys():
            self.close()
        name = f"{prefix}{self.number()}"
        self._open[name] = sql
        self._names[sql] = name
        return name

    def number(self) -> int:
        """A number that no column has yet."""
        self._count += 1
        return self._count

    def add_table(self, table: CompiledTable) -> TableLayer:
        """A layer for a table."""
        self.close()
        layer = TableLayer(table, self.number())
        self.done.append(layer)
        return layer

    def close(self) -> None:
        """End the layer of columns that is open."""
        if self._open:
            self.done.append(Columns(tuple(self._open.items())))
            self._open = {}

    def keep(self, value: Value) -> Value:
        """The value with its parts in columns of their own; its error is left out."""
        if isinstance(value, Record):
            fields = {name: self.keep(inner) for name, inner in value.fields.items()}
            null = self.flag(value.null)
            presence = {
                name: self.flag(there) if "(" in there or " " in there else there
                for name, there in value.presence.items()
            }
            return replace(value, fields=fields, null=null, presence=presence, error="")
        if isinstance(value, Listed):
            sql = value.sql if self._is_short(value.sql) else self.add(value.sql)
            return replace(value, sql=sql, error="")
        if isinstance(value, Piece) and value.kind is not None:
            return self._keep_piece(value)
        return value if isinstance(value, Opaque) else replace(value, error="")

    def _keep_piece(self, piece: Piece) -> Piece:
        if self._is_short(piece.sql):
            return replace(piece, error="")
        # Written out with its type, so that what is declared is what is there.
        sql = self.add(f"CAST({piece.sql} AS {sql_type(shape_of(piece))})")
        return replace(piece, sql=sql, error="")

    def flag(self, condition: str) -> str:
        """A condition in a column of its own; empty stays empty."""
        return condition if self._is_short(condition) else self.add(condition, prefix="is")

    @staticmethod
    def _is_short(sql: str) -> bool:
        return not sql or bool(_NAME.fullmatch(sql) or _LITERAL.fullmatch(sql))


def leaves(record: Record, path: tuple[str, ...] = ()) -> Iterable[tuple[tuple[str, ...], Value]]:
    """The parts of an object that are not objects, by path; empty objects too."""
    for name, value in record.fields.items():
        if isinstance(value, Record) and value.fields:
            yield from leaves(value, (*path, name))
        else:
            yield (*path, name), value
