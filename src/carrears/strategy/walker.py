"""In which order the engine visits a graph's nodes, for every way its switches can turn.

The engine walks depth first from the input node, latest edge first, and visits a node when
all its parents have been. A switch removes the edges of the branches that do not hold, with
whatever then hangs on nothing (upstream too), and the walk begins again. An output node ends
it. What is left without an edge out of it is the result. Read from the engine's source
(gorules/zen, core/engine/src/decision_graph/walker.rs) and held against it by tests.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import product

from carrears.strategy.errors import Place, RefusedError
from carrears.strategy.jdm import Document, Edge, SwitchNode, node_label
from carrears.strategy.reasons import say

MOST = 256  # ways through a graph


@dataclass(frozen=True, slots=True)
class Visit:
    """A node that is worked out, and the nodes whose outcomes merge into its input."""

    node_id: str
    parents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """A switch that was turned: which of its statements hold."""

    node_id: str
    parents: tuple[str, ...]
    statements: frozenset[int]


@dataclass(frozen=True, slots=True)
class Way:
    """One way through the graph: what happens in which order, and what it ends with."""

    steps: tuple[Visit | Turn, ...]
    endings: tuple[str, ...]

    @property
    def visits(self) -> list[Visit]:
        """The nodes that are worked out."""
        return [step for step in self.steps if isinstance(step, Visit)]

    @property
    def turns(self) -> list[Turn]:
        """The switches that are turned."""
        return [step for step in self.steps if isinstance(step, Turn)]


@dataclass(slots=True)
class _Walk:
    """A walk under way. ``edges`` are those left, by number; later ones come first."""

    document: Document
    edges: dict[int, Edge]
    nodes: list[str]
    stack: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    steps: list[Visit | Turn] = field(default_factory=list)

    def copy(self) -> _Walk:
        return _Walk(
            self.document,
            dict(self.edges),
            list(self.nodes),
            list(self.stack),
            set(self.seen),
            list(self.steps),
        )

    def restart(self) -> None:
        self.seen.clear()
        inputs = {n.id for n in self.document.nodes if n.type == "inputNode"}
        self.stack = [node_id for node_id in self.nodes if node_id in inputs]

    def out_of(self, node_id: str) -> list[int]:
        return [n for n in reversed(self.edges) if self.edges[n].source_id == node_id]

    def into(self, node_id: str) -> list[int]:
        return [n for n in reversed(self.edges) if self.edges[n].target_id == node_id]

    def parents(self, node_id: str) -> tuple[str, ...]:
        worked = {step.node_id for step in self.steps if isinstance(step, Visit)}
        sources = [self.edges[number].source_id for number in self.into(node_id)]
        return tuple(source for source in sources if source in worked)

    def has(self, kind: type[Visit | Turn], node_id: str) -> bool:
        return any(isinstance(step, kind) and step.node_id == node_id for step in self.steps)

    def remove_edge(self, number: int) -> None:
        """An edge, and what then hangs on nothing on either side."""
        edge = self.edges.pop(number, None)
        if edge is None:
            return
        if not self.into(edge.target_id):
            self._remove_all(self.out_of(edge.target_id), edge.target_id)
        if not self.out_of(edge.source_id):
            self._remove_all(self.into(edge.source_id), edge.source_id)

    def _remove_all(self, numbers: list[int], node_id: str) -> None:
        for number in numbers:
            self.remove_edge(number)
        if not self.out_of(node_id) and node_id in self.nodes:
            self.nodes.remove(node_id)
            for number in self.into(node_id):
                self.edges.pop(number, None)


def ways_through(document: Document) -> tuple[Way, ...]:
    """Every way through the graph, one for each way that its switches can turn.

    Raises:
        RefusedError: no single input node, or more ways than are compiled.
    """
    inputs = [node for node in document.nodes if node.type == "inputNode"]
    if len(inputs) != 1:
        place = Place(node_label(inputs[1])) if inputs else Place()
        reason = say("a second input node") if inputs else say("no input node")
        raise RefusedError(place, reason)
    walk = _Walk(document, dict(enumerate(document.edges)), [n.id for n in document.nodes])
    walk.restart()
    open_walks, ways = [walk], []
    while open_walks:
        current = open_walks.pop()
        turns = _advance(current)
        if turns is None:
            ways.append(_end(current))
        else:
            open_walks += turns[::-1]
        if len(ways) + len(open_walks) > MOST:
            switch = next(step for step in current.steps[::-1] if isinstance(step, Turn))
            place = Place(node_label(document.node(switch.node_id)))
            raise RefusedError(place, say("the switches turn in more than {most} ways", most=MOST))
    return tuple(ways)


def _advance(walk: _Walk) -> list[_Walk] | None:
    """Walk on to the next switch, and give one walk for each way it turns; None at the end."""
    while walk.stack:
        node_id = walk.stack.pop()
        if node_id in walk.seen:
            continue
        waiting = [walk.edges[n].source_id for n in walk.into(node_id)]
        waiting = [source for source in waiting if source not in walk.seen]
        if waiting:
            walk.stack += [node_id, *waiting]
            continue
        walk.seen.add(node_id)
        node = walk.document.node(node_id)
        if isinstance(node, SwitchNode) and not walk.has(Turn, node_id):
            return list(_turned(walk, node))
        if _visit(walk, node_id):
            return None
    return None


def _visit(walk: _Walk, node_id: str) -> bool:
    """Work the node out where it was not yet; whether that ends the walk."""
    walk.stack += [walk.edges[number].target_id for number in walk.out_of(node_id)]
    if walk.has(Visit, node_id):
        return False
    walk.steps.append(Visit(node_id, walk.parents(node_id)))
    return walk.document.node(node_id).type == "outputNode"


def _turned(walk: _Walk, switch: SwitchNode) -> Iterator[_Walk]:
    for statements in ways_of(switch):
        after = walk.copy()
        held = {switch.content.statements[number].id for number in statements}
        after.steps.append(Turn(switch.id, walk.parents(switch.id), statements))
        removed = [
            number
            for number in after.out_of(switch.id)
            if after.edges[number].source_handle not in held
        ]
        for number in removed:
            after.remove_edge(number)
        if removed:
            after.restart()
        else:
            _visit(after, switch.id)
        yield after


def ways_of(switch: SwitchNode) -> list[frozenset[int]]:
    """Which sets of statements can hold; one without a condition always does."""
    statements = switch.content.statements
    if switch.content.hit_policy == "collect":
        if sum(bool(one.condition) for one in statements) > MOST.bit_length():
            raise RefusedError(Place(node_label(switch)), "the switch turns in too many ways")
        choices: Sequence[tuple[bool, ...]] = [
            (False, True) if one.condition else (True,) for one in statements
        ]
        return [
            frozenset(number for number, holds in enumerate(held) if holds)
            for held in product(*choices)
        ]
    ways: list[frozenset[int]] = []
    for number, one in enumerate(statements):
        ways.append(frozenset([number]))
        if not one.condition:
            return ways
    return [*ways, frozenset()]


def _end(walk: _Walk) -> Way:
    endings = [
        node_id for node_id in walk.nodes if node_id in walk.seen and not walk.out_of(node_id)
    ]
    return Way(tuple(walk.steps), tuple(endings))
