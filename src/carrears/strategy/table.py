"""One decision table to axes, a plan and output columns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import zen

from carrears.strategy.atoms import Mask, cut_column, is_cuttable, judge_test
from carrears.strategy.cells import parse_cell
from carrears.strategy.codes import AxisCode, Lookups, column_code
from carrears.strategy.constants import FailsAlwaysError
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.expression import parse_expression
from carrears.strategy.fold import ENTRY_BUDGET, Bits, Plan, group_codes, is_neutral, make_plan
from carrears.strategy.jdm import Column, TableNode, node_label
from carrears.strategy.outputs import Output, errors_by_row, read_output
from carrears.strategy.proof import prove_cells
from carrears.strategy.reasons import reason_of, say
from carrears.strategy.sql import Scope, guard, render
from carrears.strategy.syntax import Expr, Ref, UnknownSyntaxError, walk
from carrears.strategy.values import Piece, Value


@dataclass(frozen=True, slots=True)
class CompiledTable:
    """A decision table ready for SQL."""

    node: TableNode
    axes: tuple[AxisCode, ...]
    plan: Plan
    outputs: tuple[Output, ...]

    @property
    def is_list(self) -> bool:
        """Whether all rules that hold fire, each adding to a list."""
        return self.node.content.hit_policy == "collect"


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
    outputs = [read_output(node, column, scope) for column in content.outputs]
    axes += [
        _flag_axis(f"(NOT {error})", rows, len(content.rules))
        for error, rows in errors_by_row(outputs).items()
    ]
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
    if not cells:
        return []
    subject = _subject(node, column, scope)
    tests = {text: _parse_test(node, column, text, rows) for text, rows in cells.items()}
    cuttable = {
        text: test
        for text, test in tests.items()
        if isinstance(subject, Piece) and subject.kind and is_cuttable(test, subject.kind)
    }
    axes: list[_Axis] = []
    for text, rows in cells.items():
        if text not in cuttable:
            place = Place(node_label(node), rows[0] + 1, column.label)
            sql = _test_sql(place, (text, tests[text]), scope, subject)
            axes.append(_flag_axis(sql, rows, len(node.content.rules)))
    if cuttable and isinstance(subject, Piece):
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


def _subject(node: TableNode, column: Column, scope: Scope) -> Value | None:
    """What the column's cells look at; None where they are whole expressions."""
    place = Place(node_label(node), None, column.label)
    if not (column.field or "").strip():
        return None
    try:
        return render(parse_expression(str(column.field)), scope)
    except (UnknownSyntaxError, FailsAlwaysError) as error:
        raise RefusedError(place, reason_of(error)) from error


def _parse_test(node: TableNode, column: Column, text: str, rows: list[int]) -> Expr:
    try:
        return parse_cell(text) if column.field else parse_expression(text)
    except (UnknownSyntaxError, FailsAlwaysError) as error:
        place = Place(node_label(node), rows[0] + 1, column.label)
        raise RefusedError(place, say("{text!r}: {error}", text=text, error=error)) from error


def _test_sql(place: Place, cell: tuple[str, Expr], scope: Scope, subject: Value | None) -> str:
    text, test = cell
    if isinstance(subject, Piece) and subject.kind is None:
        known = _on_null(text, test)
        if known is not None:
            return known
    try:
        sql = guard(render(test, replace(scope, subject=subject)))
    except UnknownSyntaxError as error:
        raise RefusedError(place, say("{text!r}: {error}", text=text, error=error)) from error
    fails = subject.error if subject is not None else ""
    return f"(NOT {fails} AND {sql})" if fails else sql


def _on_null(text: str, test: Expr) -> str | None:
    """What the engine makes of a cell of a column that is always null."""
    if any(isinstance(part, Ref) for part in walk(test)):
        return None
    try:
        return "true" if zen.evaluate_unary_expression(text, '{"$":null}') else "false"
    except RuntimeError:  # an error in a cell counts as false
        return "false"


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
    # A last row for where the column's own expression fails: no cell holds there.
    allowed: npt.NDArray[np.bool_] = np.ones((atoms.size + bool(subject.error), rules), np.bool_)
    masks: dict[str, Mask] = {}
    for text, test in cut.tests.items():
        truth = judge_test(test, atoms)
        masks[text] = truth.true & ~truth.error
        place = Place(node_label(cut.node), cut.rows[text][0] + 1, cut.column.label)
        _refuse_always_failing(place, text, truth.error)
        allowed[: atoms.size, cut.rows[text]] = masks[text][:, None]
        allowed[atoms.size :, cut.rows[text]] = False
    prove_cells(cut.node, cut.column, masks, atoms, cut.rows)
    codes, bits = group_codes(allowed)
    code = column_code(subject, atoms, codes[: atoms.size], lookups)
    if subject.error:
        sql = f"(CASE WHEN {subject.error} THEN {int(codes[-1])} ELSE {code.sql} END)"
        code = replace(code, sql=sql)
    return _Axis(code, bits)


def _refuse_always_failing(place: Place, text: str, error: Mask) -> None:
    if error.all():
        raise RefusedError(
            place, say("{text!r}: the engine raises on it whatever the facts are", text=text)
        )
