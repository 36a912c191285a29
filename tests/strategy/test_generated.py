"""Expressions and whole graphs drawn at random: compiled and engine must answer alike."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from random import Random
from typing import Any, TypeVar

import duckdb
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from strategy.drawing import FACTS, Expressions, draw_row
from strategy.drawn_graphs import Graphs

from carrears.strategy.answers import Raised, answer_all
from carrears.strategy.checking import agree
from carrears.strategy.compile import compile_graph
from carrears.strategy.errors import EvaluationError, RefusedError, StrategyError
from carrears.strategy.jdm import Document, SwitchNode, parse_document
from carrears.strategy.single import evaluate, evaluate_exact
from carrears.strategy.walker import Turn, ways_through

T = TypeVar("T")
randoms = st.randoms(note_method_calls=False, use_true_random=False)
few = settings(
    max_examples=60,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


class Choices:
    """Choices out of a random generator that Hypothesis holds."""

    def __init__(self, random: Random) -> None:
        self.random = random

    def choose(self, options: Sequence[T]) -> T:
        return self.random.choice(list(options))

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET threads = 1")  # small tables; starting threads costs more than they save
    return con


def _hold_against_engine(document: Document, pick: Choices, *, rows: int) -> None:
    """Compiled and engine on drawn facts; what is refused is refused by its node's name."""
    try:
        compiled = compile_graph(document, FACTS, is_closed=True)
    except RefusedError as error:
        _named(error)
        return
    given = [draw_row(pick) for _ in range(rows)]
    for row, answer in zip(given, answer_all(_connection(), compiled, given), strict=True):
        assert agree(answer, _engine(document, row)), (row, answer)


def _named(error: RefusedError) -> None:
    """A refusal names its node, or the field of the result that it is about."""
    if not error.place.node and not error.place.column:
        raise error


def _engine(document: Document, row: dict[str, Any]) -> Any:
    try:
        return evaluate_exact(document, row)
    except EvaluationError as error:
        return Raised(str(error))


@few
@given(random=randoms)
def test_expressions_come_to_what_the_engine_makes_of_them(random: Random) -> None:
    pick = Choices(random)
    text = Expressions(pick).expression(None, pick.integer(1, 3))
    line = {"id": "e", "key": "value", "value": text}
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "content": {}},
        {"id": "x", "type": "expressionNode", "name": "x", "content": {"expressions": [line]}},
    ]
    edges = [{"id": "e", "sourceId": "in", "targetId": "x"}]

    _hold_against_engine(parse_document({"nodes": nodes, "edges": edges}), pick, rows=8)


@few
@given(random=randoms)
def test_graphs_end_with_what_the_engine_ends_with(random: Random) -> None:
    pick = Choices(random)

    _hold_against_engine(parse_document(Graphs(pick).graph()), pick, rows=5)


@few
@given(random=randoms)
def test_the_walk_visits_what_the_engine_visits(random: Random) -> None:
    pick = Choices(random)
    document = parse_document(Graphs(pick, nodes=8).graph())
    try:
        ways = ways_through(document)
    except RefusedError as error:  # now and then a graph's switches turn in too many ways
        _named(error)
        reject()

    for row in [draw_row(pick) for _ in range(3)]:
        try:
            trace = _trace(document, row)
        except (EvaluationError, RefusedError):  # see test_admission for what is refused
            continue
        turned = {
            node_id: {statement["id"] for statement in entry["traceData"]["statements"]}
            for node_id, entry in trace.items()
            if document.node(node_id).type == "switchNode"
        }
        taken = [
            way
            for way in ways
            if {turn.node_id: _held(document, turn) for turn in way.turns} == turned
        ]
        assert len(taken) == 1
        visited = {step.node_id for step in taken[0].steps}
        assert visited == set(trace)


def _trace(document: Document, row: dict[str, Any]) -> dict[str, Any]:
    return dict(evaluate(document, row)["trace"])


def _held(document: Document, turn: Turn) -> set[str]:
    switch = document.node(turn.node_id)
    assert isinstance(switch, SwitchNode)
    return {switch.content.statements[number].id for number in turn.statements}


def test_a_drawn_expression_may_well_be_compiled() -> None:
    """The draw must not be so wild that nothing is left to compare."""
    pick = Choices(Random(7))  # noqa: S311  nothing secret is drawn
    compiled = 0
    for _ in range(60):
        text = Expressions(pick).expression(None, 2)
        node = {"expressions": [{"id": "e", "key": "value", "value": text}]}
        nodes = [
            {"id": "in", "type": "inputNode", "name": "in", "content": {}},
            {"id": "x", "type": "expressionNode", "name": "x", "content": node},
        ]
        edges = [{"id": "e", "sourceId": "in", "targetId": "x"}]
        try:
            compile_graph(parse_document({"nodes": nodes, "edges": edges}), FACTS)
            compiled += 1
        except StrategyError:
            continue

    assert compiled > 30
