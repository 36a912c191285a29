"""Which treatments the tables of a strategy may give, and what goes with each."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from carrears.strategy.constants import FailsAlwaysError
from carrears.strategy.expression import parse_expression
from carrears.strategy.jdm import Document, TableNode
from carrears.strategy.syntax import Const, UnknownSyntaxError

TREATMENT = "treatment"


def treatments_of(document: Document) -> dict[str, dict[str, Any]]:
    """By treatment, what the first rule that gives it writes: channel, template and so on.

    Only what stands in the cells as it is: a treatment, or a part of an answer, that is computed
    cannot be chosen.
    """
    found: dict[str, dict[str, Any]] = {}
    for node in document.nodes:
        if not isinstance(node, TableNode):
            continue
        outputs = [(one.id, one.field) for one in node.content.outputs if one.field]
        if TREATMENT not in {name for _, name in outputs}:
            continue
        for rule in node.content.rules:
            answer = {name: _constant(rule.get(cell, "")) for cell, name in outputs}
            answer = {name: value for name, value in answer.items() if value is not None}
            if isinstance(code := answer.get(TREATMENT), str):
                found.setdefault(code, answer)
    return found


def _constant(cell: str) -> Any:
    """What a cell writes, as JSON has it; None for an empty one, and for one that is computed."""
    if not cell.strip():
        return None
    try:
        tree = parse_expression(cell.strip())
    except (UnknownSyntaxError, FailsAlwaysError):
        return None
    if not isinstance(tree, Const):
        return None
    value = tree.value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if isinstance(value, str | bool) else None
