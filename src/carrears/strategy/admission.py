"""What the engine may be asked at all: no foreign code, and nothing that ends the process."""

from __future__ import annotations

import re
from collections.abc import Iterator

from carrears.strategy.cells import parse_cell
from carrears.strategy.circles import refuse_circles
from carrears.strategy.constants import FailsAlwaysError
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.jdm import (
    Document,
    ExpressionNode,
    Node,
    SwitchNode,
    TableNode,
    node_label,
)
from carrears.strategy.parsing import CLOSURES
from carrears.strategy.ranges import refuse_long_ranges
from carrears.strategy.reasons import Reason, reason_of, say
from carrears.strategy.syntax import UnknownSyntaxError

_KINDS = frozenset({"inputNode", "outputNode", "decisionTableNode", "expressionNode", "switchNode"})
_REASONS = {
    "functionNode": say("a function node runs JavaScript, which cannot be compiled"),
    "customNode": say("a custom node is code of its own, which cannot be compiled"),
    "decisionNode": say("a decision by reference cannot be compiled"),
}
# In the document's JSON, where a line break is written as two signs.
_CLOSURE = re.compile(rf"\b(?:{'|'.join(sorted(CLOSURES))})(?:\s|\\.)*\(")


def admit(document: Document) -> None:
    """Refuse a graph that the engine must not be asked, whether it can be compiled or not.

    A draft may come out of a file that somebody else has written: its functions would run
    here and could reach other machines.

    Raises:
        RefusedError: names the node.
    """
    for node in document.nodes:
        reason = reason_against(node.type)
        if reason is not None:
            raise RefusedError(Place(node_label(node)), reason)
    if _CLOSURE.search(document.text):  # only they write ranges out
        for node in document.nodes:
            for place, text in _texts(node):
                _refuse_long_ranges(place, text)
    refuse_circles(document)


def reason_against(kind: str) -> Reason | None:
    """Why nodes of this type are not run; None where they are."""
    if kind in _KINDS:
        return None
    return _REASONS.get(kind, say("{kind} is not compiled", kind=kind))


def _refuse_long_ranges(place: Place, text: str) -> None:
    if ".." not in text:
        return
    try:
        tree = parse_cell(text)  # whatever an expression is, a cell may be too
        refuse_long_ranges(tree)
    except UnknownSyntaxError as error:
        raise RefusedError(place, reason_of(error)) from error
    except FailsAlwaysError:
        return


def _texts(node: Node) -> Iterator[tuple[Place, str]]:
    """Every expression of a node, and where it stands."""
    label = node_label(node)
    if isinstance(node, TableNode | ExpressionNode):
        yield Place(label), node.content.input_field or ""
    if isinstance(node, SwitchNode):
        for statement in node.content.statements:
            yield Place(label), statement.condition
    if isinstance(node, ExpressionNode):
        for line in node.content.expressions:
            yield Place(label, None, line.key), line.value
    if isinstance(node, TableNode):
        columns = (*node.content.inputs, *node.content.outputs)
        for column in columns:
            yield Place(label, None, column.label), column.field or ""
        for row, rule in enumerate(node.content.rules, 1):
            for column in columns:
                yield Place(label, row, column.label), rule.get(column.id, "")
