"""What the cells of an output column come to: constants by rule, and what must be computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from carrears.strategy.constants import FailsAlwaysError
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.expression import parse_expression
from carrears.strategy.facts import Kind
from carrears.strategy.jdm import Column, TableNode, node_label
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.sql import Scope, render, render_constant
from carrears.strategy.syntax import (
    Const,
    MomentConst,
    UnknownSyntaxError,
)
from carrears.strategy.values import (
    NOTHING,
    Piece,
    Shape,
    Value,
    shape_of,
    sql_type,
    unify,
)


class Absence(Enum):
    """An empty output cell: the key is not there at all. Stays itself when it travels."""

    ABSENT = "absent"


ABSENT = Absence.ABSENT


@dataclass(frozen=True, slots=True)
class Output:
    """An output column.

    ``constants[r]`` is ABSENT for an empty cell and None for one in ``computed``. ``path`` is
    the field that it writes, dotted.
    """

    path: str
    shape: Shape
    constants: tuple[Any, ...]
    computed: Mapping[int, Value]


def read_output(node: TableNode, column: Column, scope: Scope) -> Output:
    """An output column of a table.

    Raises:
        RefusedError: a cell that has no exact counterpart, or cells of several kinds.
    """
    cells = [rule.get(column.id, "").strip() for rule in node.content.rules]
    parsed: dict[str, tuple[Any, Shape] | Value] = {}
    constants: list[Any] = []
    computed: dict[int, Value] = {}
    shape: Shape = NOTHING
    for row, text in enumerate(cells):
        place = Place(node_label(node), row + 1, column.label)
        if not text:
            constants.append(ABSENT)
            continue
        is_new = text not in parsed
        if is_new:
            parsed[text] = _cell(place, text, scope)
        cell = parsed[text]
        if isinstance(cell, tuple):
            constants.append(cell[0])
        else:
            computed[row] = cell
            constants.append(None)
        if is_new:
            shape = _joined(place, text, shape, cell)
    shape = replace(shape, nullable=True)
    _check_type(Place(node_label(node), None, column.label), shape)
    return Output(str(column.field), shape, tuple(constants), computed)


def _cell(place: Place, text: str, scope: Scope) -> tuple[Any, Shape] | Value:
    """A constant with its shape, or what must be computed."""
    try:
        tree = parse_expression(text)
        match tree:
            case Const(value):
                return value, shape_of(render_constant(value))
            case MomentConst(moment):
                return moment, shape_of(render_constant(moment))
        # '$' has no meaning here: the engine gives it another value with its trace than without.
        return _no_day(render(tree, replace(scope, subject=None)))
    except (UnknownSyntaxError, FailsAlwaysError) as error:
        raise RefusedError(place, say("{text!r}: {error}", text=text, error=error)) from error


def _no_day(value: Value) -> Value:
    """A cell that is empty or null is no day, and the engine's invalid date is no null."""
    if isinstance(value, Piece) and value.kind is Kind.DAY:
        raise UnknownSyntaxError("a day; write it as a text, d(…).format('%Y-%m-%d')")
    return value


def _joined(place: Place, text: str, shape: Shape, cell: tuple[Any, Shape] | Value) -> Shape:
    other = cell[1] if isinstance(cell, tuple) else shape_of(cell)
    try:
        return unify(shape, other)
    except UnknownSyntaxError as error:
        raise RefusedError(
            place, say("{text!r}: {error}; a column holds one kind", text=text, error=error)
        ) from error


def _check_type(place: Place, shape: Shape) -> None:
    try:
        sql_type(shape)
    except UnknownSyntaxError as error:
        raise RefusedError(place, reason_of(error)) from error


def errors_by_row(outputs: list[Output]) -> dict[str, list[int]]:
    """The rows whose outputs fail, by the condition under which they do."""
    rows: dict[str, list[int]] = {}
    for output in outputs:
        for row, value in output.computed.items():
            if value.error:
                rows.setdefault(value.error, []).append(row)
    return rows
