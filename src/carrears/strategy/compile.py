"""A decision graph to one exact set-based plan.

Every way through the graph (see ``walker``) is a straight line of nodes. Nodes that see the
same input on several ways are worked out once; the ways differ in which of the columns they
end with. What a table means is in ``table``, what a node does in ``nodes``; what has no exact
counterpart is refused by the name of its node.

A table that would need more look-ups than the budget allows is still exact: the axes that do
not fold are judged on the combinations that occur (see ``fold``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

from carrears.strategy.admission import admit
from carrears.strategy.codes import Lookups
from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.facts import Fact, Facts
from carrears.strategy.fold import ENTRY_BUDGET
from carrears.strategy.inputs import fact_record, schema_errors, with_opaque
from carrears.strategy.jdm import Document, SwitchNode, content_hash, node_label
from carrears.strategy.layers import Columns, Layer, Layers, TableLayer, names_in
from carrears.strategy.merging import merge, merge_endings
from carrears.strategy.nodes import Builder, Outcome, turn_sql, work_out
from carrears.strategy.reasons import reason_of
from carrears.strategy.results import Ending, written_columns
from carrears.strategy.syntax import UnknownSyntaxError
from carrears.strategy.values import Record, Value
from carrears.strategy.walker import Turn, Visit, Way, ways_through

Step = Layer


@dataclass(frozen=True, slots=True)
class Compiled:
    """A strategy ready for a whole book.

    ``facts`` are the facts it reads, of those ``declared``, with the SQL name of each.
    ``outputs`` are the fields that it writes, with the SQL of each over the last layer, null
    where none was written; ``rule`` is the SQL of the rules that fired, ``failed`` of the node
    at which the engine would raise, empty where it never does. ``endings`` are the graph's
    whole answers.
    """

    version: str
    facts: dict[str, tuple[str, Fact]]
    steps: tuple[Step, ...]
    outputs: dict[str, str]
    lookups: Lookups
    rule: str = "CAST(NULL AS VARCHAR)"
    failed: str = ""
    endings: tuple[Ending, ...] = ()
    declared: dict[str, tuple[str, Fact]] = field(default_factory=dict)

    @property
    def tables(self) -> tuple[TableLayer, ...]:
        """The decision tables, in the order in which they are looked up."""
        return tuple(step for step in self.steps if isinstance(step, TableLayer))


@dataclass(slots=True)
class _Graph:
    """A graph under compilation; nodes that saw the same are kept under what they saw."""

    document: Document
    builder: Builder
    given: Record
    bad_input: str
    outcomes: dict[tuple[object, ...], Outcome] = field(default_factory=dict)
    turns: dict[tuple[object, ...], list[str]] = field(default_factory=dict)


def compile_graph(
    document: Document,
    facts: Facts,
    *,
    entry_budget: int = ENTRY_BUDGET,
    is_closed: bool = False,
    opaque: Sequence[str] = (),
    presence: Mapping[str, str] | None = None,
) -> Compiled:
    """Compile a decision graph for these declared facts.

    With ``is_closed`` a fact that is not declared is always missing; without, asking for it is
    refused, so that a typing error does not become "missing". What lies at the ``opaque`` paths
    passes through the graph as it is. A missing fact is there as null, unless ``presence`` tells
    by path when it is there (see ``values``).

    Raises:
        RefusedError: a node or a cell that has no exact counterpart, by name.
    """
    version = content_hash(document)
    lookups = Lookups(f"strategy_{version[:12]}")
    names = {path: f"fact{number}" for number, path in enumerate(sorted(facts))}
    builder = Builder(Layers(), lookups, entry_budget)
    given = fact_record(facts, names, is_open=not is_closed, presence=presence)
    given = with_opaque(given, opaque)
    graph = _Graph(document, builder, given, schema_errors(document, given))
    ways = ways_through(document)
    endings = tuple(_follow(graph, way) for way in ways)
    builder.layers.close()
    if not is_closed:
        _check_something(document, ways)
    admit(document)
    compiled = Compiled(version, {}, tuple(builder.layers.done), {}, lookups, endings=endings)
    return _finished(compiled, facts, names)


def _check_something(document: Document, ways: tuple[Way, ...]) -> None:
    worked = {visit.node_id for way in ways for visit in way.visits}
    if all(document.node(node_id).type in {"inputNode", "outputNode"} for node_id in worked):
        start = next(node for node in document.nodes if node.type == "inputNode")
        raise RefusedError(Place(node_label(start)), "no decision table and no expression follows")


def _follow(graph: _Graph, way: Way) -> Ending:
    """One way through the graph: when it is taken, and what it ends with."""
    seen: dict[str, tuple[object, ...]] = {}
    guards: list[str] = []
    for step in way.steps:
        if isinstance(step, Turn):
            guards.append(_turn(graph, step, seen))
        else:
            seen[step.node_id] = _work(graph, step, seen)
    outcomes = [graph.outcomes[key] for key in seen.values()]
    failures = [
        (node_label(graph.document.node(node_id)), graph.outcomes[key].bad)
        for node_id, key in seen.items()
        if graph.outcomes[key].bad
    ]
    try:
        ends = [graph.outcomes[seen[end]].data for end in way.endings if end in seen]
        result = graph.builder.layers.keep(merge_endings(_records(ends)))
    except UnknownSyntaxError as error:
        place = Place(node_label(graph.document.node(way.endings[-1])))
        raise RefusedError(place, reason_of(error)) from error
    rules = tuple(outcome.table.rule for outcome in outcomes if outcome.table)
    return Ending(_all_of(guards), result, tuple(failures), rules)


def _all_of(guards: list[str]) -> str:
    """All conditions at once; empty where there is none."""
    return f"({' AND '.join(guards)})" if guards else ""


def _records(parts: list[Value]) -> list[Record]:
    records = [part for part in parts if isinstance(part, Record)]
    if len(records) < len(parts):
        raise UnknownSyntaxError("a list is handed on as it is; give the table an output path")
    return records


def _given(
    graph: _Graph, parents: tuple[str, ...], seen: Mapping[str, tuple[object, ...]]
) -> Record:
    """The first parent's data as they are, and over them those of the others."""
    once = list(dict.fromkeys(parents))
    if len(once) > 1 and len(once) < len(parents):
        raise UnknownSyntaxError("two edges come from the same node")
    parts = _records([graph.outcomes[seen[parent]].data for parent in once])
    return reduce(merge, parts[1:], parts[0]) if parts else Record({})


def _nodes(graph: _Graph, seen: Mapping[str, tuple[object, ...]]) -> dict[str, Value]:
    return {
        graph.document.node(node_id).name: graph.outcomes[key].data for node_id, key in seen.items()
    }


def _key(
    graph: _Graph,
    node_id: str,
    parents: tuple[str, ...],
    seen: Mapping[str, tuple[object, ...]],
) -> tuple[object, ...]:
    """What tells one working of a node from another: the input that it sees."""
    asks = "$nodes" in graph.document.text_of(node_id)
    return (node_id, *(seen[parent] for parent in parents), *(seen.values() if asks else ()))


def _work(
    graph: _Graph, visit: Visit, seen: Mapping[str, tuple[object, ...]]
) -> tuple[object, ...]:
    key = _key(graph, visit.node_id, visit.parents, seen)
    if key in graph.outcomes:
        return key
    node = graph.document.node(visit.node_id)
    if node.type == "inputNode":
        graph.outcomes[key] = Outcome(graph.given, graph.bad_input)
        return key
    try:
        given = graph.builder.layers.keep(_given(graph, visit.parents, seen))
    except UnknownSyntaxError as error:
        raise RefusedError(Place(node_label(node)), reason_of(error)) from error
    if not isinstance(given, Record):
        raise TypeError("merged data are an object")
    graph.outcomes[key] = work_out(node, given, _nodes(graph, seen), graph.builder)
    return key


def _turn(graph: _Graph, turn: Turn, seen: Mapping[str, tuple[object, ...]]) -> str:
    """SQL that is true where the switch turns this way."""
    node = graph.document.node(turn.node_id)
    if not isinstance(node, SwitchNode):
        raise TypeError("only a switch turns")
    key = ("turn", *_key(graph, turn.node_id, turn.parents, seen))
    if key not in graph.turns:
        try:
            given = _given(graph, turn.parents, seen)
        except UnknownSyntaxError as error:
            raise RefusedError(Place(node_label(node)), reason_of(error)) from error
        conditions = turn_sql(node, given, _nodes(graph, seen))
        graph.turns[key] = [graph.builder.layers.flag(sql) for sql in conditions]
    held = graph.turns[key]
    if node.content.hit_policy == "collect":
        sides = [sql if n in turn.statements else f"NOT {sql}" for n, sql in enumerate(held)]
    else:
        taken = min(turn.statements, default=len(held))
        sides = [f"NOT {sql}" for sql in held[:taken]] + held[taken : taken + 1]
    return _all_of(sides) or "true"


def _finished(compiled: Compiled, facts: Facts, names: Mapping[str, str]) -> Compiled:
    """The columns that the ways end with, and the facts that all of it reads."""
    outputs, rule, failed = written_columns(compiled.endings, facts, names)
    used: set[str] = names_in(" ".join([*outputs.values(), rule, failed]))
    for step in compiled.steps:
        used |= _names_of(step)
    for ending in compiled.endings:
        used |= names_in(ending.guard)
    declared = {path: (name, facts[path]) for path, name in names.items()}
    read = {path: named for path, named in declared.items() if named[0] in used}
    return replace(
        compiled, facts=read, outputs=outputs, rule=rule, failed=failed, declared=declared
    )


def _names_of(step: Step) -> set[str]:
    if isinstance(step, Columns):
        return names_in(" ".join(sql for _, sql in step.columns))
    table = step.table
    computed = [
        inner
        for output in table.outputs
        for value in output.computed.values()
        for inner in _sql_of(value)
    ]
    axes = [f"{axis.sql} {axis.join}" for axis in table.axes]
    return names_in(" ".join([*axes, *computed]))


def _sql_of(value: Value) -> list[str]:
    if isinstance(value, Record):
        return [value.null, *(sql for inner in value.fields.values() for sql in _sql_of(inner))]
    return [getattr(value, "sql", "")]
