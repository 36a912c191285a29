"""The code of a row on one axis, as SQL: an array look-up, a decision tree or a choice."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import pyarrow as pa

from carrears.strategy.atoms import NULL, Atoms
from carrears.strategy.facts import Kind
from carrears.strategy.fold import Codes
from carrears.strategy.values import Piece, quote_text

_DOMAIN = 1 << 16  # values of a whole number that an array look-up takes without thought
_WIDE_DOMAIN = 1 << 20  # and where a tree would be deep
_SHALLOW = 24  # leaves up to which a tree beats an array with conversion
_SHORT = 16  # texts up to which a choice beats a join
_EPOCH = date(1970, 1, 1)


@dataclass(slots=True)
class Lookups:
    """The small tables that a compiled strategy's SQL reads, by name."""

    prefix: str
    tables: dict[str, pa.Table] = field(default_factory=dict)

    def add(self, table: pa.Table) -> str:
        """Keep the table; returns its name."""
        name = f"{self.prefix}_{len(self.tables)}"
        self.tables[name] = table
        return name

    def add_array(self, values: Sequence[int] | Codes) -> str:
        """Keep an array; returns SQL that gives it as one list."""
        column = pa.array([values], pa.list_(pa.int32()))
        return f"(SELECT v FROM {self.add(pa.table({'v': column}))})"  # noqa: S608  our own name


@dataclass(frozen=True, slots=True)
class AxisCode:
    """SQL of a code, and a join it needs."""

    sql: str
    join: str = ""


def column_code(piece: Piece, atoms: Atoms, codes: Codes, lookups: Lookups) -> AxisCode:
    """The code of a column whose atom ``a`` has the code ``codes[a]``."""
    if atoms.kind is Kind.BOOLEAN:
        null, false, true = (int(codes[atom]) for atom in range(3))
        return AxisCode(
            f"(CASE WHEN {piece.sql} THEN {true} WHEN NOT {piece.sql} THEN {false} ELSE {null} END)"
        )
    if atoms.kind is Kind.STRING:
        return _text_code(piece, atoms, codes, lookups)
    return _ordered_code(piece, atoms, codes, lookups)


def _text_code(piece: Piece, atoms: Atoms, codes: Codes, lookups: Lookups) -> AxisCode:
    null, other = int(codes[NULL]), int(codes[-1])
    by_code: dict[int, list[str]] = {}
    for place, text in enumerate(atoms.constants):
        if codes[1 + place] != other:
            by_code.setdefault(int(codes[1 + place]), []).append(text)
    if sum(map(len, by_code.values())) <= _SHORT:
        whens = [
            f"WHEN {piece.sql} IN ({', '.join(map(quote_text, texts))}) THEN {code}"
            for code, texts in by_code.items()
        ]
        rest = f"WHEN {piece.sql} IS NULL THEN {null} ELSE {other}"
        return AxisCode(f"(CASE {' '.join(whens)} {rest} END)")
    texts = [text for group in by_code.values() for text in group]
    numbers = [code for code, group in by_code.items() for _ in group]
    name = lookups.add(pa.table({"t": texts, "c": pa.array(numbers, pa.int32())}))
    sql = f"(CASE WHEN {piece.sql} IS NULL THEN {null} ELSE coalesce({name}.c, {other}) END)"
    return AxisCode(sql, f"LEFT JOIN {name} ON {name}.t = {piece.sql}")


@dataclass(frozen=True, slots=True)
class _Steps:
    """A step function over whole units: ``codes[i]`` holds below ``bounds[i]``."""

    bounds: list[int]
    codes: list[int]


def _ordered_code(piece: Piece, atoms: Atoms, codes: Codes, lookups: Lookups) -> AxisCode:
    steps = _steps(piece, atoms, codes)
    null = int(codes[NULL])
    span = steps.bounds[-1] - steps.bounds[0] if steps.bounds else 0
    is_whole = piece.scale == 0 or piece.kind is Kind.DATE
    if (span <= _DOMAIN and is_whole) or (span <= _WIDE_DOMAIN and len(steps.bounds) > _SHALLOW):
        return AxisCode(_array_sql(piece, steps, null, lookups))
    tree = _tree_sql(piece, steps, 0, len(steps.bounds))
    return AxisCode(f"(CASE WHEN {piece.sql} IS NULL THEN {null} ELSE {tree} END)")


def _steps(piece: Piece, atoms: Atoms, codes: Codes) -> _Steps:
    """Where the code changes, in units of the column's last digit; unreachable steps go."""
    limit = 10**piece.digits if piece.kind is Kind.NUMBER else 10**7
    bounds: list[int] = []
    kept = [int(codes[1])]
    for place, constant in enumerate(atoms.constants):
        at, after = _units(constant, piece)
        for bound, code in ((at, codes[2 + 2 * place]), (after, codes[3 + 2 * place])):
            if bound <= -limit or (bounds and bound == bounds[-1]):
                kept[-1] = int(code)
            elif bound < limit and int(code) != kept[-1]:
                bounds.append(bound)
                kept.append(int(code))
    return _Steps(bounds, kept)


def _units(constant: Any, piece: Piece) -> tuple[int, int]:
    """The first unit not below the constant, and the first above it."""
    if piece.kind is Kind.DATE:
        day = (date.fromisoformat(constant) - _EPOCH).days
        return day, day + 1
    scaled = Decimal(constant).scaleb(piece.scale)
    return (
        int(scaled.to_integral_value(ROUND_CEILING)),
        int(scaled.to_integral_value(ROUND_FLOOR)) + 1,
    )


def _array_sql(piece: Piece, steps: _Steps, null: int, lookups: Lookups) -> str:
    if not steps.bounds:
        return f"(CASE WHEN {piece.sql} IS NULL THEN {null} ELSE {steps.codes[0]} END)"
    low, high = steps.bounds[0] - 1, steps.bounds[-1]
    values = [steps.codes[bisect_left(steps.bounds, unit + 1)] for unit in range(low, high + 1)]
    units = piece.sql
    if piece.kind is Kind.DATE:
        units = f"({piece.sql} - DATE '{_EPOCH}')"
    elif piece.scale:
        units = f"({piece.sql} * {10**piece.scale})"
    clamped = f"CAST(greatest(least({units}, {high}), {low}) AS BIGINT)"
    found = f"list_extract({lookups.add_array(values)}, {clamped} - ({low}) + 1)"
    # greatest and least skip nulls, so a missing value has to be asked for.
    return f"(CASE WHEN {piece.sql} IS NULL THEN {null} ELSE {found} END)"


def _tree_sql(piece: Piece, steps: _Steps, begin: int, end: int) -> str:
    if begin == end:
        return str(steps.codes[begin])
    middle = (begin + end) // 2
    below = _tree_sql(piece, steps, begin, middle)
    above = _tree_sql(piece, steps, middle + 1, end)
    bound = _bound_sql(steps.bounds[middle], piece)
    return f"(CASE WHEN {piece.sql} < {bound} THEN {below} ELSE {above} END)"


def _bound_sql(units: int, piece: Piece) -> str:
    if piece.kind is Kind.DATE:
        return f"(DATE '{_EPOCH}' + ({units}))"
    value = Decimal(units).scaleb(-piece.scale)
    return f"{value:f}::DECIMAL({piece.digits},{piece.scale})" if piece.scale else f"({units})"
