"""GoRules JDM documents: a graph of decision tables, read and checked.

Format: https://docs.gorules.io (JSON Decision Model). Unknown keys are kept, so that a
document edited elsewhere is stored and hashed as it came.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import zen
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from carrears.strategy.constants import engine_message
from carrears.strategy.errors import DocumentError, Place
from carrears.strategy.misfits import misfit
from carrears.strategy.reasons import say

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

RULE_ID = "_id"


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, populate_by_name=True)


class Column(_Part):
    """An input or output column of a decision table."""

    id: str
    name: str = ""
    field: str | None = None

    @property
    def label(self) -> str:
        """What the author sees as the column's name."""
        return self.name or self.field or self.id


class TableContent(_Part):
    """What a decision table holds."""

    hit_policy: Literal["first", "collect"] = Field("first", alias="hitPolicy")
    inputs: list[Column] = []
    outputs: list[Column] = []
    rules: list[dict[str, str]] = []
    pass_through: bool | None = Field(None, alias="passThrough")
    input_field: str | None = Field(None, alias="inputField")
    output_path: str | None = Field(None, alias="outputPath")
    execution_mode: str | None = Field(None, alias="executionMode")

    @field_validator("rules", mode="before")
    @classmethod
    def _blank_missing(cls, rules: Any) -> Any:
        """A null cell is an empty one; anything else must be text."""
        if not isinstance(rules, list):
            return rules
        return [
            {k: "" if v is None else v for k, v in rule.items()} if isinstance(rule, dict) else rule
            for rule in rules
        ]


class TableNode(_Part):
    """A decision table in the graph."""

    type: Literal["decisionTableNode"]
    id: str
    name: str = ""
    content: TableContent


class Assignment(_Part):
    """A line of an expression node: a field and the expression that gives it."""

    id: str = ""
    key: str = ""
    value: str = ""


class ExpressionContent(_Part):
    """What an expression node holds."""

    expressions: list[Assignment] = []
    pass_through: bool | None = Field(None, alias="passThrough")
    input_field: str | None = Field(None, alias="inputField")
    output_path: str | None = Field(None, alias="outputPath")
    execution_mode: str | None = Field(None, alias="executionMode")


class ExpressionNode(_Part):
    """A node that computes fields."""

    type: Literal["expressionNode"]
    id: str
    name: str = ""
    content: ExpressionContent


class Statement(_Part):
    """A branch of a switch; without a condition it always holds."""

    id: str
    condition: str = ""


class SwitchContent(_Part):
    """What a switch node holds."""

    hit_policy: Literal["first", "collect"] = Field("first", alias="hitPolicy")
    statements: list[Statement] = []


class SwitchNode(_Part):
    """A node that lets branches through."""

    type: Literal["switchNode"]
    id: str
    name: str = ""
    content: SwitchContent


class OtherNode(_Part):
    """Any other node; ``content`` is as the document has it."""

    type: str
    id: str
    name: str = ""
    content: Any = None


Node = TableNode | ExpressionNode | SwitchNode | OtherNode
_KNOWN: dict[str, type[TableNode | ExpressionNode | SwitchNode]] = {
    "decisionTableNode": TableNode,
    "expressionNode": ExpressionNode,
    "switchNode": SwitchNode,
}


class Edge(_Part):
    """A link from one node to the next."""

    id: str = ""
    source_id: str = Field(alias="sourceId")
    target_id: str = Field(alias="targetId")
    source_handle: str | None = Field(None, alias="sourceHandle")


class Document(_Part):
    """A decision graph together with the JSON it was read from."""

    nodes: list[Node]
    edges: list[Edge] = []
    source: dict[str, Any] = Field(default_factory=dict, exclude=True)

    @cached_property
    def text(self) -> str:
        """The canonical JSON: sorted keys, no spaces, UTF-8 as it is."""
        return _canonical(self.source)

    def text_of(self, node_id: str) -> str:
        """A node's own JSON."""
        found = next(node for node in self.source["nodes"] if node.get("id") == node_id)
        return json.dumps(found, ensure_ascii=False)

    def node(self, node_id: str) -> Node:
        """The node of that id, which a checked document has."""
        return next(node for node in self.nodes if node.id == node_id)


def parse_document(raw: Mapping[str, Any]) -> Document:
    """Read a decision graph from parsed JSON.

    Raises:
        DocumentError: not a decision graph, names used twice, edges into nowhere, a circle.
    """
    source = dict(raw)
    nodes = [_parse_node(node, n) for n, node in enumerate(_list_of(source, "nodes"))]
    edges = [_parse_edge(edge, n) for n, edge in enumerate(_list_of(source, "edges"))]
    document = Document(nodes=nodes, edges=edges, source=source)
    _check_names(document)
    _check_edges(document)
    for node in document.nodes:
        if isinstance(node, TableNode):
            _check_table(node)
    try:
        zen.ZenDecisionContent(document.text)
    except Exception as error:  # the engine has no error type of its own for this
        raise DocumentError(
            Place(), say("the engine cannot read it: {told}", told=engine_message(error))
        ) from error
    return document


def load_document(path: Path) -> Document:
    """Read a decision graph from a ``.json`` file.

    Raises:
        DocumentError: not JSON, or not a decision graph.
        OSError: the file cannot be read.
    """
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DocumentError(
            Place(), say("{file} is not JSON in UTF-8: {error}", file=path.name, error=error)
        ) from error
    if not isinstance(raw, dict):
        raise DocumentError(Place(), say("{file} holds no JSON object", file=path.name))
    return parse_document(raw)


def content_hash(jdm: Document | Mapping[str, Any]) -> str:
    """SHA-256 (hex) of the document's canonical JSON: sorted keys, no spaces, UTF-8."""
    text = jdm.text if isinstance(jdm, Document) else _canonical(jdm)
    return hashlib.sha256(text.encode()).hexdigest()


def _canonical(source: Mapping[str, Any]) -> str:
    return json.dumps(dict(source), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def node_label(node: Node) -> str:
    """What the author sees as the node's name."""
    return node.name or node.id


def rule_id(table: TableNode, row: int) -> str:
    """The id of a rule, by its index from 0."""
    return table.content.rules[row].get(RULE_ID) or str(row + 1)


def _list_of(source: Mapping[str, Any], member: str) -> list[Any]:
    found = source.get(member) or []
    if not isinstance(found, list):
        raise DocumentError(Place(), say("{member!r} has to be a list", member=member))
    return found


def _parse_node(raw: Any, number: int) -> Node:
    kind = _KNOWN.get(str(raw.get("type"))) if isinstance(raw, dict) else None
    try:
        return (kind or OtherNode).model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        if kind is None:
            raise _misfit("nodes", number, first) from error
        raise DocumentError(_table_place(raw, first["loc"]), misfit(first)) from error


def _parse_edge(raw: Any, number: int) -> Edge:
    try:
        return Edge.model_validate(raw)
    except ValidationError as error:
        raise _misfit("edges", number, error.errors()[0]) from error


def _misfit(member: str, number: int, error: ErrorDetails) -> DocumentError:
    """What does not fit in an element that has no name of its own yet; ``number`` from 0."""
    where = _dotted((member, number, *error["loc"]))
    return DocumentError(Place(), say("{where}: {told}", where=where, told=misfit(error)))


def _table_place(raw: Mapping[str, Any], loc: tuple[int | str, ...]) -> Place:
    label = str(raw.get("name") or raw.get("id") or "")
    where = loc[1:] if loc and loc[0] == "content" else loc
    if len(where) > 1 and where[0] == "rules" and isinstance(where[1], int):
        return Place(label, where[1] + 1, str(where[2]) if len(where) > 2 else "")  # noqa: PLR2004
    return Place(label, None, _dotted(where))


def _dotted(loc: Iterable[int | str]) -> str:
    return ".".join(map(str, loc))


def _check_names(document: Document) -> None:
    _refuse_twice([node.id for node in document.nodes], Place(), "node id")
    if not any(node.type == "inputNode" for node in document.nodes):
        raise DocumentError(Place(), "the graph has no input node")


def _check_edges(document: Document) -> None:
    names = {node.id: node_label(node) for node in document.nodes}
    before: dict[str, set[str]] = {node_id: set() for node_id in names}
    for edge in document.edges:
        for end in (edge.source_id, edge.target_id):
            if end not in names:
                raise DocumentError(Place(), say("an edge names the missing node {end!r}", end=end))
        before[edge.target_id].add(edge.source_id)
    try:
        TopologicalSorter(before).prepare()
    except CycleError as error:
        circle = " → ".join(repr(names[node_id]) for node_id in reversed(error.args[1]))
        place = Place(names[error.args[1][0]])
        raise DocumentError(
            place, say("the graph runs in a circle: {circle}", circle=circle)
        ) from error


def _check_table(table: TableNode) -> None:
    content, place = table.content, Place(node_label(table))
    _refuse_twice([c.id for c in (*content.inputs, *content.outputs)], place, "column id")
    _refuse_twice([rule_id(table, row) for row in range(len(content.rules))], place, "rule id")
    for column in content.outputs:
        if not column.field:
            raise DocumentError(
                Place(place.node, None, column.label), "an output column needs a field"
            )


def _refuse_twice(names: Iterable[str], place: Place, what: str) -> None:
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DocumentError(
            place, say("the {what} {name!r} is used twice", what=what, name=twice[0])
        )
