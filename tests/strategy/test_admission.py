"""Graphs that would end the process are refused by name, before the engine is asked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from strategy.drawn_objects import FACTS as OBJECTS
from strategy.drawn_objects import Objects
from strategy.graphs import chain, table_node

from carrears.strategy.admission import admit
from carrears.strategy.compile import compile_graph
from carrears.strategy.errors import DocumentError, Place, RefusedError
from carrears.strategy.facts import make_fact
from carrears.strategy.jdm import parse_document
from carrears.strategy.single import decide_one, evaluate

LOAN = {"loan": {"region": "a", "rate": 1, "sub": {"z": 1}}, "k": "sub"}
FACTS = {
    "loan.region": make_fact("loan.region", "string"),
    "loan.rate": make_fact("loan.rate", "integer"),
}
ASK_THE_ENGINE = """
import json, sys, zen
for graph in json.load(sys.stdin):
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"k": graph}}})
    try:
        engine.evaluate("k", sys.argv[1], {"trace": True})
    except RuntimeError:
        pass
"""


def lines_node(name: str, *lines: tuple[str, str], **settings: Any) -> dict[str, Any]:
    expressions = [
        {"id": f"{name}{n}", "key": key, "value": text} for n, (key, text) in enumerate(lines)
    ]
    content = {"expressions": expressions, **settings}
    return {"id": name, "name": name, "type": "expressionNode", "content": content}


def branches(*nodes: dict[str, Any]) -> dict[str, Any]:
    """An input node, and each node as a branch of its own that ends the graph."""
    start = {"id": "in", "name": "in", "type": "inputNode", "content": {}}
    edges = [
        {"id": f"e{n}", "sourceId": "in", "targetId": node["id"]} for n, node in enumerate(nodes)
    ]
    return {"nodes": [start, *nodes], "edges": edges}


PASSES = table_node("passes", [], [], [], passThrough=True)
# The first three were drawn at random and made smaller by hand.
CIRCLES = {
    "an ending holds the object it is merged into": (
        branches(PASSES, lines_node("sums", ("loan.rate", "loan"))),
        Place("sums", None, "loan.rate"),
    ),
    "the same by an output path": (
        branches(PASSES, lines_node("sums", ("o.q", "loan"), outputPath="loan")),
        Place("sums", None, "o.q"),
    ),
    "the same by an input field": (
        branches(PASSES, lines_node("sums", ("loan.sub.a", "sub"), inputField="loan")),
        Place("sums", None, "loan.sub.a"),
    ),
    "the same element by element": (
        branches(
            PASSES,
            lines_node(
                "sums",
                ("a", "sub"),
                inputField="[loan]",
                executionMode="loop",
                outputPath="loan.sub.x",
            ),
        ),
        Place("sums", None, "a"),
    ),
    "an ending holds it in a list": (
        branches(PASSES, lines_node("sums", ("loan.rate", "[1, loan]"))),
        Place("sums", None, "loan.rate"),
    ),
    "a function hands it on": (
        branches(PASSES, lines_node("sums", ("loan.sub.a", "values(loan)"))),
        Place("sums", None, "loan.sub.a"),
    ),
    "a closure hands it on": (
        branches(PASSES, lines_node("sums", ("loan.sub.a", "map([loan], #.sub)"))),
        Place("sums", None, "loan.sub.a"),
    ),
    "a fact names the part that is handed on": (
        branches(lines_node("sums", ("loan", "loan[k]")), PASSES),
        Place("sums", None, "loan"),
    ),
    "one of two hands it on": (
        branches(PASSES, lines_node("sums", ("loan.sub.a", "loan.rate > 0 ? loan : 1"))),
        Place("sums", None, "loan.sub.a"),
    ),
    "a line writes below an earlier one": (
        chain(lines_node("sums", ("o", "loan"), ("o.x", "loan"))),
        Place("sums", None, "o.x"),
    ),
    "a line writes below an object of a literal": (
        chain(lines_node("sums", ("o", "{a: loan}"), ("o.a.b", "loan"))),
        Place("sums", None, "o.a.b"),
    ),
}
by_name = pytest.mark.parametrize("name", CIRCLES)


@by_name
def test_a_graph_that_puts_an_object_into_itself_is_refused(name: str) -> None:
    jdm, place = CIRCLES[name]

    with pytest.raises(RefusedError) as refused:
        evaluate(parse_document(jdm), LOAN)

    assert refused.value.place == place
    assert refused.value.reason.endswith("put an object into itself; name its fields one by one")


@by_name
def test_it_cannot_be_compiled_either(name: str) -> None:
    with pytest.raises(RefusedError):
        compile_graph(parse_document(CIRCLES[name][0]), FACTS)


@by_name
def test_the_engine_itself_ends_the_process(name: str) -> None:
    """Once an engine answers, its graph need not be refused any longer."""
    assert _asked_alone(CIRCLES[name][0]) == -signal.SIGSEGV


def _asked_alone(*graphs: dict[str, Any], facts: dict[str, Any] = LOAN) -> int:
    """How a process of its own ends that asks the engine."""
    return subprocess.run(
        [sys.executable, "-c", ASK_THE_ENGINE, json.dumps(facts)],
        input=json.dumps(graphs),
        text=True,
        capture_output=True,
        check=False,
    ).returncode


ALLOWED = {
    "one branch may copy an object into itself": chain(lines_node("sums", ("loan.rate", "loan"))),
    "a number may go back where it was": branches(
        PASSES, lines_node("sums", ("loan.rate", "loan.rate"), ("rate", "loan.rate"))
    ),
    "what is computed holds no object": branches(
        PASSES, lines_node("sums", ("loan.rate", "loan.rate + 1"), ("loan.b", "loan == null"))
    ),
    "a table copies what it writes": branches(
        PASSES, table_node("sums", [], ["loan.rate"], [((), ["loan"])])
    ),
    "an object may stand beside itself": branches(PASSES, lines_node("sums", ("copy", "loan"))),
    "a line may write below an object of its own": chain(
        lines_node("sums", ("o", "{a: 1}"), ("o.b", "loan.rate"))
    ),
}


@pytest.mark.parametrize("jdm", ALLOWED.values(), ids=ALLOWED.keys())
def test_objects_that_stay_apart_are_no_reason(jdm: dict[str, Any]) -> None:
    assert evaluate(parse_document(jdm), LOAN)["result"] is not None
    assert _asked_alone(jdm) == 0


@settings(max_examples=15, deadline=None, phases=[Phase.generate])
@given(seed=st.integers(0, 2**32))
def test_whatever_is_admitted_leaves_the_process_alone(seed: int) -> None:
    make = Objects(Random(seed))  # noqa: S311  nothing secret is drawn
    admitted = [graph for graph in (make.graph() for _ in range(60)) if _is_admitted(graph)]

    assert len(admitted) > 15
    assert _asked_alone(*admitted, facts=OBJECTS) == 0


def _is_admitted(graph: dict[str, Any]) -> bool:
    try:
        admit(parse_document(graph))
    except (DocumentError, RefusedError):
        return False
    return True


def test_what_cannot_be_read_is_not_asked_where_branches_meet() -> None:
    jdm = branches(PASSES, lines_node("sums", ("a", "1"), ("b", "loan ~ 1")))

    with pytest.raises(RefusedError) as refused:
        evaluate(parse_document(jdm), LOAN)

    assert refused.value.place == Place("sums", None, "b")


@pytest.mark.parametrize(
    ("node", "place"),
    [
        (lines_node("N", ("a", "sum(map([1..100000000], #))")), Place("N", None, "a")),
        (lines_node("N", ("a", "count([1..n], # > 1)")), Place("N", None, "a")),
        (lines_node("N", ("a", "count\n ([1..n], # > 1)")), Place("N", None, "a")),
        (table_node("N", ["n"], ["a"], [(["some([1..n], # == $)"], ["1"])]), Place("N", 1, "n")),
        (table_node("N", ["n"], ["a"], [([""], ["map([0..99999], #)"])]), Place("N", 1, "a")),
    ],
)
def test_a_range_that_would_fill_the_memory_is_refused(node: dict[str, Any], place: Place) -> None:
    document = parse_document(chain(node))

    with pytest.raises(RefusedError, match="stands only after 'in'") as refused:
        decide_one(document, {"n": 1})
    assert refused.value.place == place
    with pytest.raises(RefusedError):
        compile_graph(document, {"n": make_fact("n", "integer")})


def test_ranges_are_compared_with_however_long_they_are() -> None:
    node = table_node("N", ["n"], ["a"], [(["[1..100000000]"], ["sum(map([1..4], #))"])])

    assert decide_one(parse_document(chain(node)), {"n": 7}).outputs == {"a": 10}


CONTENTS: dict[str, Any] = {
    "functionNode": {"source": "export const handler = async () => ({})"},
    "decisionNode": {"key": "strategy"},
    "customNode": {"kind": "ours", "config": {}},
}


@pytest.mark.parametrize("kind", CONTENTS)
def test_foreign_code_is_never_run(kind: str) -> None:
    node = {"id": "f", "name": "ours", "type": kind, "content": CONTENTS[kind]}
    document = parse_document(chain(node))

    with pytest.raises(RefusedError) as refused:
        decide_one(document, {})

    assert refused.value.place == Place("ours")
