"""A column's values cut into the pieces that no rule can tell apart.

Every test that the rules of a table make on one column compares it with constants. Cut at
those constants, the column falls into *atoms*: missing, each constant, each gap between two
(numbers, days), everything else (texts). A test is true, false or an error on a whole atom.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import zip_longest
from typing import Any

import numpy as np
import numpy.typing as npt

from carrears.strategy.facts import Kind
from carrears.strategy.syntax import (
    Binary,
    Const,
    DayConst,
    Expr,
    Interval,
    Items,
    Member,
    Subject,
    walk,
)

Mask = npt.NDArray[np.bool_]
_CUT = frozenset({Kind.NUMBER, Kind.STRING, Kind.BOOLEAN, Kind.DATE})
NULL = 0  # every column's first atom: the value is missing


@dataclass(frozen=True, slots=True)
class Truth:
    """On which atoms a test is true and on which the engine raises."""

    true: Mask
    error: Mask


@dataclass(frozen=True, slots=True)
class Atoms:
    """The atoms of one column.

    Numbers and days: missing, then gap, constant, gap, … constant, gap. Texts and booleans:
    missing, each constant, everything else.
    """

    kind: Kind
    constants: tuple[Any, ...]  # sorted; Decimal, ISO day or text; booleans: False, True

    @property
    def is_ordered(self) -> bool:
        """Whether values between two constants exist."""
        return self.kind in {Kind.NUMBER, Kind.DATE}

    @property
    def size(self) -> int:
        """How many atoms there are."""
        return 2 + (2 if self.is_ordered else 1) * len(self.constants)

    def index(self, constant: Any) -> int:
        """The atom of one of the constants."""
        place = bisect_left(self.constants, constant)
        return 2 + 2 * place if self.is_ordered else 1 + place


def is_cuttable(test: Expr, kind: Kind) -> bool:
    """Whether a cell's test compares its column with constants only, so that atoms decide it."""
    match test:
        case Binary("and" | "or", left, right):
            return is_cuttable(left, kind) and is_cuttable(right, kind)
        case Binary("==" | "!=", Subject(), DayConst()):
            return kind is Kind.DATE
        case Binary("<" | "<=" | ">" | ">=", Subject(), constant):
            return _is_bound(constant, kind)
        case Member(Subject(), Interval(low, high)):
            return kind is Kind.NUMBER and _is_bound(low, kind) and _is_bound(high, kind)
    return kind in _CUT and _is_listing(test)


def _is_listing(test: Expr) -> bool:
    match test:
        case Binary("==" | "!=", Subject(), Const(value)):
            return not isinstance(value, tuple | dict)
        case Member(Subject(), Items(items)):
            return all(isinstance(item, Const) for item in items)
        case Member(Subject(), Const(value)):
            return isinstance(value, tuple) and not any(isinstance(v, tuple | dict) for v in value)
    return False


def _is_bound(constant: Expr, kind: Kind) -> bool:
    if kind is Kind.DATE:
        return isinstance(constant, DayConst)
    is_number = isinstance(constant, Const) and isinstance(constant.value, Decimal)
    return kind is Kind.NUMBER and is_number


def cut_column(kind: Kind, tests: Iterable[Expr]) -> Atoms:
    """The atoms that these tests of one column ask for."""
    if kind is Kind.BOOLEAN:
        return Atoms(kind, (False, True))
    found = {constant for test in tests for constant in _constants(test, kind)}
    return Atoms(kind, tuple(sorted(found)))


def _constants(test: Expr, kind: Kind) -> list[Any]:
    values: list[Any] = []
    for part in walk(test):
        if isinstance(part, DayConst):
            values.append(part.iso)
        elif isinstance(part, Const):
            values += part.value if isinstance(part.value, tuple) else [part.value]
    return [value for value in values if _is_of(value, kind)]


def _is_of(value: object, kind: Kind) -> bool:
    """Whether a column of the kind can hold this constant; days are texts to the engine."""
    if kind is Kind.BOOLEAN:
        return isinstance(value, bool)
    if kind is Kind.DATE:
        return isinstance(value, str) and _is_day(value)
    return isinstance(value, Decimal if kind is Kind.NUMBER else str)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def judge_test(test: Expr, atoms: Atoms) -> Truth:
    """Where a cuttable test is true and where it is an error, as the engine judges it."""
    match test:
        case Binary("and" | "or" as joint, left, right):
            return _join(joint, judge_test(left, atoms), judge_test(right, atoms))
        case Binary("==", _, constant):
            return _never_fails(_equal_to([_value(constant)], atoms))
        case Binary("!=", _, constant):
            return _never_fails(~_equal_to([_value(constant)], atoms))
        case Binary(op, _, constant):
            return _fails_on_null(_ordered(op, _value(constant), atoms))
        case Member(_, Interval(low, high, low_open, high_open), negated):
            above = _ordered(">" if low_open else ">=", _value(low), atoms)
            inside = above & _ordered("<" if high_open else "<=", _value(high), atoms)
            return _fails_on_null(~inside if negated else inside)
        case Member(_, container, negated):
            listed = _equal_to(_listed(container), atoms)
            return _never_fails(~listed if negated else listed)
    raise TypeError(f"{test!r} is not cuttable")


def _value(constant: Expr) -> Any:
    return constant.iso if isinstance(constant, DayConst) else getattr(constant, "value", None)


def _listed(container: Expr) -> list[Any]:
    if isinstance(container, Items):
        return [_value(item) for item in container.items]
    return list(_value(container))


def _equal_to(values: Iterable[Any], atoms: Atoms) -> Mask:
    equal = np.zeros(atoms.size, dtype=np.bool_)
    for value in values:
        if value is None:
            equal[NULL] = True
        elif _is_of(value, atoms.kind):
            equal[atoms.index(value)] = True
    return equal


def _ordered(op: str, constant: Any, atoms: Atoms) -> Mask:
    place = atoms.index(constant)
    true = np.zeros(atoms.size, dtype=np.bool_)
    if op.startswith(">"):
        true[place + 1 :] = True
    else:
        true[1:place] = True
    true[place] = op.endswith("=")
    return true


def _never_fails(true: Mask) -> Truth:
    return Truth(true, np.zeros_like(true))


def _fails_on_null(true: Mask) -> Truth:
    error = np.zeros_like(true)
    error[NULL] = True
    return Truth(true & ~error, error)


def _join(joint: str, left: Truth, right: Truth) -> Truth:
    """``and``/``or`` from left to right: what comes after a decision is not looked at."""
    decided = left.error | (left.true if joint == "or" else ~left.true)
    true = (left.true & ~left.error) if joint == "or" else np.zeros_like(left.true)
    return Truth(
        np.where(decided, true, right.true & ~right.error),
        np.where(decided, left.error, right.error),
    )


def representatives(atoms: Atoms) -> list[Any]:
    """One value of every atom, to put to the engine; a gap without a value gives ``...``."""
    if atoms.kind is Kind.BOOLEAN:
        return [None, False, True, ...]
    if not atoms.is_ordered:
        return [None, *atoms.constants, _other_text(atoms.constants)]
    points = list(atoms.constants)
    values: list[Any] = [None, _gap(None, points[0] if points else None, atoms.kind)]
    for here, after in zip_longest(points, points[1:]):
        values += [here, _gap(here, after, atoms.kind)]
    return values


def _other_text(taken: tuple[str, ...]) -> str:
    text = "其他 other"
    while text in taken:
        text += "·"
    return text


def _gap(low: Any, high: Any, kind: Kind) -> Any:
    if kind is Kind.NUMBER:
        if low is None or high is None:
            return Decimal(0) if low is high else (high - 1 if low is None else low + 1)
        middle = (low + high) / 2
        return middle if low < middle < high else ...
    first = date.fromisoformat(low).toordinal() if low else 0
    last = date.fromisoformat(high).toordinal() if high else date.max.toordinal()
    between = first + 1 if low else last - 1
    return date.fromordinal(between).isoformat() if first < between < last else ...
