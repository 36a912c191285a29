"""A decision graph to one exact set-based plan.

Compiled now: input → decision tables in a chain → output. Every other shape is refused by
the name of its node. What a table means is in ``table``; here its columns get names and the
tables are put one after the other.

A graph that would need more look-ups than the budget allows is still exact: the axes that do
not fold are judged on the combinations that occur (see ``fold``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from carrears.strategy.codes import Lookups
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.expression import UnknownSyntaxError, tokenize
from carrears.strategy.facts import Fact, Facts
from carrears.strategy.fold import ENTRY_BUDGET
from carrears.strategy.jdm import Document, OtherNode, TableNode, content_hash, node_label
from carrears.strategy.sql import Piece
from carrears.strategy.table import CompiledTable, Output, compile_table


@dataclass(frozen=True, slots=True)
class Step:
    """One table of the chain and the SQL names of what it writes.

    ``names[i]`` is the column of the table's output ``i``; ``before[i]`` the column that
    shows through where a rule leaves the cell empty.
    """

    table: CompiledTable
    names: tuple[str, ...]
    before: tuple[Piece | None, ...]


@dataclass(frozen=True, slots=True)
class Compiled:
    """A strategy ready for a whole book.

    ``facts`` are the facts it reads, with the SQL name of each. ``outputs`` are the fields
    that it writes, with the SQL name of each.
    """

    version: str
    facts: dict[str, tuple[str, Fact]]
    steps: tuple[Step, ...]
    outputs: dict[str, str]
    lookups: Lookups


class _Scope(dict[str, Piece]):
    """The columns in scope; notes which were asked for."""

    def __init__(self, columns: Mapping[str, Piece], used: set[str]) -> None:
        super().__init__(columns)
        self.used = used

    def __getitem__(self, path: str) -> Piece:
        self.used.add(super().__getitem__(path).sql)
        return super().__getitem__(path)


def compile_graph(
    document: Document, facts: Facts, *, entry_budget: int = ENTRY_BUDGET
) -> Compiled:
    """Compile a decision graph for these declared facts.

    Raises:
        RefusedError: a node or a cell that has no exact counterpart, by name.
    """
    tables = chain_of(document)
    version = content_hash(document)
    lookups = Lookups(f"strategy_{version[:12]}")
    names = {path: f"f{number}" for number, path in enumerate(sorted(facts))}
    used: set[str] = set()
    scope = _Scope({path: fact_piece(names[path], facts[path]) for path in facts}, used)
    written: dict[str, str] = {}
    steps: list[Step] = []
    for number, node in enumerate(tables):
        table = compile_table(node, scope, lookups, entry_budget=entry_budget)
        _check_paths(node, table, [*facts, *written])
        step = _step(number, table, scope)
        steps.append(step)
        passes = bool(node.content.pass_through)
        scope = _scope_after(step, scope if passes else {}, used)
        here = dict(zip(_paths(step), step.names, strict=True))
        written = (written if passes else {}) | here
    read = {path: (names[path], facts[path]) for path in facts if names[path] in used}
    return Compiled(version, read, tuple(steps), written, lookups)


def fact_piece(name: str, fact: Fact) -> Piece:
    """A fact's column as it stands in SQL."""
    return Piece(name, fact.kind, fact.digits, fact.scale)


def chain_of(document: Document) -> list[TableNode]:
    """The tables of a graph that is a chain, in order.

    Raises:
        RefusedError: another node, a branch, a node off the chain; by name.
    """
    tables: list[TableNode] = []
    inputs = [node for node in document.nodes if node.type == "inputNode"]
    if len(inputs) > 1:
        raise RefusedError(Place(node_label(inputs[1])), "a second input node")
    node: TableNode | OtherNode | None = inputs[0]
    visited: list[str] = []
    while node is not None:
        visited.append(node.id)
        if isinstance(node, TableNode):
            _check_features(node)
            tables.append(node)
        elif node.type not in {"inputNode", "outputNode"}:
            raise RefusedError(Place(node_label(node)), f"{node.type} is not compiled")
        elif _has_schema(node) and node.type == "outputNode":
            raise RefusedError(Place(node_label(node)), "an output schema is not compiled")
        node = _next(document, node)
    for other in document.nodes:
        if other.id not in visited:
            raise RefusedError(Place(node_label(other)), "the node is not on the one chain")
    if not tables:
        raise RefusedError(Place(node_label(inputs[0])), "no decision table follows")
    return tables


def _has_schema(node: OtherNode) -> bool:
    return isinstance(node.content, dict) and bool(node.content.get("schema"))


def _next(document: Document, node: TableNode | OtherNode) -> TableNode | OtherNode | None:
    after = [edge.target_id for edge in document.edges if edge.source_id == node.id]
    if len(after) > 1:
        raise RefusedError(Place(node_label(node)), "more than one edge leaves the node")
    if not after:
        return None
    into = [edge for edge in document.edges if edge.target_id == after[0]]
    target = document.node(after[0])
    if len(into) > 1:
        raise RefusedError(Place(node_label(target)), "more than one edge enters the node")
    return target


def _check_features(node: TableNode) -> None:
    content, place = node.content, Place(node_label(node))
    if content.execution_mode not in {None, "single"}:
        raise RefusedError(place, f"execution mode {content.execution_mode!r} is not compiled")
    if content.input_field:
        raise RefusedError(place, "an input field is not compiled")
    if content.hit_policy == "collect" and not content.output_path:
        raise RefusedError(place, "a collect table needs an output path")
    for path in [content.output_path, *(column.field for column in content.outputs)]:
        if path and not _is_path(path):
            raise RefusedError(place, f"the output field {path!r} is not a dotted name")
    fields = [str(column.field) for column in content.outputs]
    if content.hit_policy == "collect" and any("." in field for field in fields):
        raise RefusedError(place, "a collect table's fields are plain names")
    if len(set(fields)) < len(fields):
        raise RefusedError(place, "two output columns write the same field")


def _is_path(path: str) -> bool:
    try:
        words = tokenize(path)
    except UnknownSyntaxError:
        return False
    expected = ["name" if place % 2 == 0 else "op" for place in range(len(words))]
    kinds = [word.kind for word in words]
    dots = all(word.text == "." for word in words[1::2])
    return len(words) % 2 == 1 and kinds == expected and dots


def _check_paths(node: TableNode, table: CompiledTable, known: list[str]) -> None:
    """Names that SQL cannot tell apart, and a field that would be a value and an object.

    Fields of one object written by different tables merge, as they do in the engine.
    """
    place, outer = Place(node_label(node)), node.content.output_path
    paths = [outer or ""] if _is_collect(node) else [output.path for output in table.outputs]
    for path in paths:
        for other in [*known, *paths]:
            if path != other and path.lower() == other.lower():
                raise RefusedError(place, f"{path!r} and {other!r} differ in case only")
            if path.startswith(f"{other}.") or other.startswith(f"{path}."):
                raise RefusedError(place, f"{path!r} and {other!r}: both a value and an object")
    # Where no rule fires the engine drops whatever the output path held before.
    for other in known:
        if outer and f"{other}.".startswith(f"{outer}."):
            raise RefusedError(place, f"the output path {outer!r} already holds {other!r}")


def _is_collect(node: TableNode) -> bool:
    return node.content.hit_policy == "collect"


def _paths(step: Step) -> list[str]:
    node = step.table.node
    if _is_collect(node):
        return [str(node.content.output_path)]
    return [output.path for output in step.table.outputs]


def _step(number: int, table: CompiledTable, scope: _Scope) -> Step:
    if _is_collect(table.node):
        return Step(table, (f"o{number}_list",), (None,))
    names = tuple(f"o{number}_{place}" for place in range(len(table.outputs)))
    passes = bool(table.node.content.pass_through)
    before = tuple(_shows_through(table, out, scope) if passes else None for out in table.outputs)
    return Step(table, names, before)


def _shows_through(table: CompiledTable, output: Output, scope: _Scope) -> Piece | None:
    """The earlier value of a field that this table writes again."""
    if output.path not in scope:
        return None
    earlier = scope[output.path]
    same = earlier.kind is output.kind and not output.is_list
    fits = earlier.digits - earlier.scale <= output.digits - output.scale
    if not same or (earlier.scale, fits) != (output.scale, True):
        place = Place(node_label(table.node), None, output.path)
        raise RefusedError(place, "the field is written over with a value of another kind or size")
    return earlier


def _scope_after(step: Step, kept: Mapping[str, Piece], used: set[str]) -> _Scope:
    columns = dict(kept)
    if _is_collect(step.table.node):
        return _Scope(columns, used)
    for output, name in zip(step.table.outputs, step.names, strict=True):
        columns.pop(output.path, None)
        if not output.is_list:
            columns[output.path] = Piece(name, output.kind, output.digits, output.scale)
    return _Scope(columns, used)
