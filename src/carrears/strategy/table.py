"""One decision table to axes, a plan and output columns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt

from carrears.strategy.atoms import Mask, cut_column, is_cuttable, judge_test
from carrears.strategy.cells import parse_cell
from carrears.strategy.codes import AxisCode, Lookups, column_code
from carrears.strategy.constants import FailsAlwaysError
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.expression import (
    Const,
    Expr,
    Ref,
    UnknownSyntaxError,
    parse_expression,
)
from carrears.strategy.facts import Kind, decimal_places
from carrears.strategy.fold import ENTRY_BUDGET, Bits, Plan, group_codes, is_neutral, make_plan
from carrears.strategy.jdm import Column, TableNode, node_label
from carrears.strategy.proof import prove_cells
from carrears.strategy.sql import Piece, Scope, guard, render

_WIDEST = 38  # digits of DuckDB's DECIMAL
ABSENT = object()  # an empty output cell: the key is not there at all


@dataclass(frozen=True, slots=True)
class Output:
    """An output column: its constants by rule, and what must be computed.

    ``constants[r]`` is ABSENT for an empty cell and None for one in ``computed``.
    """

    path: str
    kind: Kind | None
    is_list: bool
    digits: int
    scale: int
    constants: tuple[Any, ...]
    computed: dict[int, Piece]


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A decision table ready for SQL."""

    node: TableNode
    axes: tuple[AxisCode, ...]
    plan: Plan
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class _Axis:
    code: AxisCode
    bits: Bits


@dataclass(frozen=True, slots=True)
class _Cut:
    """The cells of one column that constants decide, and the rules that hold each."""

    node: TableNode
    column: Column
    tests: dict[str, Expr]
    rows: dict[str, list[int]]


def compile_table(
    node: TableNode, scope: Scope, lookups: Lookups, *, entry_budget: int = ENTRY_BUDGET
) -> CompiledTable:
    """Compile one table over the columns in scope.

    Raises:
        RefusedError: a cell that has no exact counterpart; names node, rule and column.
    """
    content = node.content
    axes: list[_Axis] = []
    for column in content.inputs:
        axes += _input_axes(node, column, scope, lookups)
    outputs = [_output(node, column, scope) for column in content.outputs]
    axes += _output_guards(outputs, len(content.rules))
    axes = [axis for axis in axes if not is_neutral(axis.bits, len(content.rules))]
    plan = make_plan(
        [axis.bits for axis in axes],
        len(content.rules),
        collect=content.hit_policy == "collect",
        entry_budget=entry_budget,
    )
    return CompiledTable(node, tuple(axis.code for axis in axes), plan, tuple(outputs))


def _input_axes(node: TableNode, column: Column, scope: Scope, lookups: Lookups) -> list[_Axis]:
    cells = _cells_by_text(node, column)
    subject = _subject(node, column, scope)
    tests = {text: _parse_test(node, column, text, rows) for text, rows in cells.items()}
    cuttable = {
        text: test
        for text, test in tests.items()
        if subject is not None and subject.kind and is_cuttable(test, subject.kind)
    }
    axes: list[_Axis] = []
    for text, rows in cells.items():
        if text not in cuttable:
            place = Place(node_label(node), rows[0] + 1, column.label)
            sql = _test_sql(place, tests[text], scope, subject)
            axes.append(_flag_axis(sql, rows, len(node.content.rules)))
    if cuttable and subject is not None:
        cut = _Cut(node, column, cuttable, {text: cells[text] for text in cuttable})
        axes.append(_column_axis(cut, subject, lookups))
    return axes


def _cells_by_text(node: TableNode, column: Column) -> dict[str, list[int]]:
    cells: dict[str, list[int]] = {}
    for row, rule in enumerate(node.content.rules):
        text = rule.get(column.id, "").strip()
        if text:
            cells.setdefault(text, []).append(row)
    return cells


def _subject(node: TableNode, column: Column, scope: Scope) -> Piece | None:
    place = Place(node_label(node), None, column.label)
    if not (column.field or "").strip():
        return None
    try:
        tree = parse_expression(str(column.field))
        piece = render(tree, scope)
    except (UnknownSyntaxError, FailsAlwaysError) as error:
        raise RefusedError(place, str(error)) from error
    if not isinstance(tree, Ref):
        raise RefusedError(place, "the column's field must name a fact or an earlier output")
    return piece


def _parse_test(node: TableNode, column: Column, text: str, rows: list[int]) -> Expr:
    try:
        return parse_cell(text) if column.field else parse_expression(text)
    except (UnknownSyntaxError, FailsAlwaysError) as error:
        place = Place(node_label(node), rows[0] + 1, column.label)
        raise RefusedError(place, f"{text!r}: {error}") from error


def _test_sql(place: Place, test: Expr, scope: Scope, subject: Piece | None) -> str:
    try:
        return guard(render(test, scope, subject))
    except UnknownSyntaxError as error:
        raise RefusedError(place, str(error)) from error


def _flag_axis(sql: str, rows: list[int], rules: int) -> _Axis:
    """A test that compares facts with each other: two codes, false and true."""
    allowed = np.ones((2, rules), dtype=np.bool_)
    allowed[0, rows] = False
    bits: Bits = np.packbits(allowed, axis=1, bitorder="little")
    return _Axis(AxisCode(f"CAST({sql} AS INTEGER)"), bits)


def _column_axis(cut: _Cut, subject: Piece, lookups: Lookups) -> _Axis:
    if subject.kind is None:
        raise TypeError("a column without a kind has no atoms")
    atoms = cut_column(subject.kind, cut.tests.values())
    rules = len(cut.node.content.rules)
    allowed: npt.NDArray[np.bool_] = np.ones((atoms.size, rules), np.bool_)
    masks: dict[str, Mask] = {}
    for text, test in cut.tests.items():
        truth = judge_test(test, atoms)
        masks[text] = truth.true & ~truth.error
        place = Place(node_label(cut.node), cut.rows[text][0] + 1, cut.column.label)
        _refuse_always_failing(place, text, truth.error)
        allowed[:, cut.rows[text]] = masks[text][:, None]
    prove_cells(cut.node, cut.column, masks, atoms, cut.rows)
    codes, bits = group_codes(allowed)
    return _Axis(column_code(subject, atoms, codes, lookups), bits)


def _refuse_always_failing(place: Place, text: str, error: Mask) -> None:
    if error.all():
        raise RefusedError(place, f"{text!r}: the engine raises on it whatever the facts are")


def _output(node: TableNode, column: Column, scope: Scope) -> Output:
    prefix = f"{node.content.output_path}." if node.content.output_path else ""
    collect = node.content.hit_policy == "collect"
    cells = [rule.get(column.id, "").strip() for rule in node.content.rules]
    parsed: dict[str, Expr | Piece] = {}
    constants: list[Any] = []
    computed: dict[int, Piece] = {}
    for row, text in enumerate(cells):
        place = Place(node_label(node), row + 1, column.label)
        if text and text not in parsed:
            parsed[text] = _output_cell(place, text, scope)
        cell = parsed.get(text)
        if isinstance(cell, Piece):
            if collect:
                raise RefusedError(place, "a collect table's outputs must be constants")
            computed[row] = cell
        constants.append(cell.value if isinstance(cell, Const) else None if text else ABSENT)
    place = Place(node_label(node), None, column.label)
    return _shape_output(place, prefix + str(column.field), constants, computed)


def _output_cell(place: Place, text: str, scope: Scope) -> Const | Piece:
    try:
        tree = parse_expression(text)
        return tree if isinstance(tree, Const) else render(tree, scope)
    except (UnknownSyntaxError, FailsAlwaysError) as error:
        raise RefusedError(place, f"{text!r}: {error}") from error


def _shape_output(
    place: Place, path: str, constants: list[Any], computed: dict[int, Piece]
) -> Output:
    given = [value for value in constants if value is not ABSENT and value is not None]
    is_list = any(isinstance(value, tuple) for value in given)
    if is_list and (computed or not all(isinstance(value, tuple) for value in given)):
        raise RefusedError(place, "lists and single values do not mix in a column")
    scalars = [v for value in given for v in (value if is_list else [value]) if v is not None]
    pieces = [*map(_constant_piece, scalars), *computed.values()]
    kinds = {piece.kind for piece in pieces} - {None}
    if len(kinds) > 1 or any(piece.is_day_const for piece in pieces):
        shown = sorted(str(kind) for kind in kinds)
        raise RefusedError(place, f"a column holds values of one kind, not {shown}")
    scale = max((piece.scale for piece in pieces), default=0)
    whole = max((piece.digits - piece.scale for piece in pieces), default=0)
    if whole + scale > _WIDEST:
        raise RefusedError(place, f"the column's values need more than {_WIDEST} digits together")
    kind = kinds.pop() if kinds else None
    return Output(path, kind, is_list, whole + scale, scale, tuple(constants), computed)


def _constant_piece(value: Any) -> Piece:
    if isinstance(value, bool):
        return Piece("", Kind.BOOLEAN)
    if isinstance(value, Decimal):
        scale = decimal_places(value)
        return Piece("", Kind.NUMBER, max(value.adjusted() + 1, 1) + scale, scale)
    return Piece("", Kind.STRING)


def _output_guards(outputs: list[Output], rules: int) -> list[_Axis]:
    """An output cell that fails passes its row over: the failure becomes a condition."""
    rows_of: dict[str, list[int]] = {}
    for output in outputs:
        for row, piece in output.computed.items():
            if piece.error:
                rows_of.setdefault(piece.error, []).append(row)
    return [_flag_axis(f"(NOT {error})", rows, rules) for error, rows in rows_of.items()]
