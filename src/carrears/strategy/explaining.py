"""What the engine's trace says, node by node: which rule fired, and what the loan had there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from carrears.strategy.jdm import (
    Document,
    ExpressionNode,
    SwitchNode,
    TableNode,
    node_label,
    rule_id,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """A condition that held: ``wanted`` is the rule's cell, ``actual`` what the loan had.

    ``field`` is what the column asks, empty where the cell is a whole condition of its own.
    """

    field: str
    title: str
    wanted: str
    actual: Any


@dataclass(frozen=True, slots=True)
class Step:
    """What one node did: ``rule`` and ``description`` of a table, ``results`` of an expression."""

    node: str
    rule: str = ""
    description: str = ""
    reasons: tuple[Reason, ...] = ()
    results: tuple[tuple[str, Any], ...] = ()


def explain(document: Document, trace: Mapping[str, Any]) -> tuple[Step, ...]:
    """The trace in the order in which the engine went: a step for each rule that fired.

    Nodes that decided nothing (the input, the output, a table without a hit) have no step.
    """
    visited = sorted(trace.items(), key=lambda item: item[1]["order"])
    return tuple(
        step
        for node_id, entry in visited
        if entry.get("traceData")
        for step in _steps(document, node_id, entry["traceData"])
    )


def _steps(document: Document, node_id: str, data: Any) -> Iterator[Step]:
    node = document.node(node_id)
    if isinstance(node, TableNode):
        for hit in data if isinstance(data, list) else [data]:
            yield _table_step(node, hit["index"], hit["reference_map"])
    elif isinstance(node, ExpressionNode):
        results = tuple((name, as_decimal(one.get("result"))) for name, one in data.items())
        yield Step(node_label(node), results=results)
    elif isinstance(node, SwitchNode):
        taken = {one["id"] for one in data["statements"]}
        yield Step(
            node_label(node),
            reasons=tuple(
                Reason("", "", one.condition, actual=True)
                for one in node.content.statements
                if one.id in taken
            ),
        )


def _table_step(node: TableNode, row: int, seen: Mapping[str, Any]) -> Step:
    rule = node.content.rules[row]
    reasons = tuple(
        Reason(column.field or "", column.label, wanted, as_decimal(seen.get(column.field or "")))
        for column in node.content.inputs
        if (wanted := rule.get(column.id, "").strip())
    )
    return Step(node_label(node), rule_id(node, row), rule.get("_description", ""), reasons)


def as_decimal(value: Any) -> Any:
    """A float that stands for a decimal of at most 15 digits, as that decimal again."""
    return Decimal(repr(value)) if isinstance(value, float) else value


def in_signs(wanted: str) -> str:
    """A cell of a table without the marks of its language, for people to read."""
    for mark, sign in ((">=", "≥"), ("<=", "≤"), ("!=", "≠")):
        wanted = wanted.replace(mark, sign)
    if wanted.startswith("[") and wanted.endswith("]") and wanted.count("[") == 1:
        wanted = wanted[1:-1]
    return wanted.replace("'", "").replace('"', "").replace("..", " … ")
