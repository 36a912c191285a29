"""What the outcomes of a decision table write, as a small table to join."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pyarrow as pa

from carrears.strategy.facts import Kind
from carrears.strategy.jdm import rule_id
from carrears.strategy.nodes import collected_shape
from carrears.strategy.outputs import ABSENT, Output
from carrears.strategy.table import CompiledTable
from carrears.strategy.values import ListShape, RecordShape, Shape

_WHOLE_DIGITS = 18  # of 64 bits


def outcome_table(table: CompiledTable, outcomes: Sequence[tuple[int, ...]]) -> pa.Table:
    """Each outcome's number ``k`` and the ids ``r`` of its rules.

    With the first rule only: the outputs ``c0…`` and whether they are there ``p0…``. With all:
    the list ``c0`` of what they write, or of their indexes where something is computed.
    """
    ids = ["/".join(rule_id(table.node, row) for row in rows) or None for rows in outcomes]
    columns: dict[str, pa.Array] = {
        "k": pa.array(range(len(outcomes)), pa.int32()),
        "r": pa.array(ids, pa.string()),
    }
    if table.is_list:
        columns["c0"] = _collected(table, outcomes)
        return pa.table(columns)
    for place, output in enumerate(table.outputs):
        cells = [output.constants[rows[0]] if rows else ABSENT for rows in outcomes]
        kind = arrow_type(output.shape)
        values = [None if cell is ABSENT else plain(cell, output.shape) for cell in cells]
        columns[f"c{place}"] = pa.array(values, kind)
        columns[f"p{place}"] = pa.array([cell is not ABSENT for cell in cells], pa.bool_())
    return pa.table(columns)


def _collected(table: CompiledTable, outcomes: Sequence[tuple[int, ...]]) -> pa.Array:
    if any(output.computed for output in table.outputs):
        return pa.array([list(rows) for rows in outcomes], pa.list_(pa.int32()))
    shape = collected_shape(table.outputs)
    lists = [[plain(_row(table.outputs, row), shape) for row in rows] for rows in outcomes]
    return pa.array(lists, pa.list_(arrow_type(shape)))


def _row(outputs: Sequence[Output], row: int) -> dict[str, Any]:
    """What a rule writes, as an object."""
    found: dict[str, Any] = {}
    for output in outputs:
        if output.constants[row] is ABSENT:
            continue
        *outer, last = output.path.split(".")
        inner = found
        for name in outer:
            inner = inner.setdefault(name, {})
        inner[last] = output.constants[row]
    return found


def arrow_type(shape: Shape) -> pa.DataType:
    """The Arrow type of constants of the shape."""
    if isinstance(shape, ListShape):
        return pa.list_(arrow_type(shape.element))
    if isinstance(shape, RecordShape):
        if not shape.fields:
            return pa.struct([pa.field("nothing", pa.bool_())])
        return pa.struct([pa.field(name, arrow_type(inner)) for name, inner in shape.fields])
    if shape.kind is Kind.NUMBER:
        whole = shape.scale == 0 and shape.digits <= _WHOLE_DIGITS
        return (
            pa.int64() if whole else pa.decimal128(max(shape.digits, shape.scale, 1), shape.scale)
        )
    if shape.kind is Kind.DAY:
        return pa.date32()
    return pa.bool_() if shape.kind is Kind.BOOLEAN else pa.string()


def plain(value: Any, shape: Shape) -> Any:
    """A constant as Arrow takes it for the shape."""
    if value is None:
        return None
    if isinstance(shape, ListShape):
        return [plain(item, shape.element) for item in value]
    if isinstance(shape, RecordShape):
        if not shape.fields:
            return {"nothing": None}
        return {name: plain(value.get(name), inner) for name, inner in shape.fields}
    if isinstance(value, Decimal) and shape.kind is Kind.NUMBER:
        whole = shape.scale == 0 and shape.digits <= _WHOLE_DIGITS
        return int(value) if whole else value
    return value
