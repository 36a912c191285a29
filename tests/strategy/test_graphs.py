"""Graphs of nodes: branches, merges, what passes through, and where the engine fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from strategy.graphs import decide_rows, table_node

from carrears.strategy.answers import Raised, answer_all
from carrears.strategy.batch import decide_batch
from carrears.strategy.compile import compile_graph
from carrears.strategy.errors import RefusedError
from carrears.strategy.facts import make_fact
from carrears.strategy.jdm import Document, parse_document
from carrears.strategy.single import decide_one

FACTS = {
    "n": make_fact("n", {"type": "integer", "digits": 6}),
    "s": make_fact("s", "string"),
    "loan.rate": make_fact("loan.rate", {"type": "decimal", "scale": 2, "digits": 6}),
    "loan.open": make_fact("loan.open", "boolean"),
}
Edge = tuple[str, str] | tuple[str, str, str]


def graph(nodes: Sequence[Mapping[str, Any]], edges: Sequence[Edge]) -> Document:
    """An input node called ``in``, these nodes, and edges by id (and by the switch's handle)."""
    start = {"id": "in", "name": "in", "type": "inputNode", "content": {}}
    links = [
        {"id": f"e{number}", "sourceId": edge[0], "targetId": edge[1]}
        | ({"sourceHandle": edge[2]} if len(edge) > 2 else {})
        for number, edge in enumerate(edges)
    ]
    return parse_document({"nodes": [start, *nodes], "edges": links})


def expressions(name: str, lines: Mapping[str, str], **settings: Any) -> dict[str, Any]:
    """An expression node."""
    listed = [
        {"id": f"{name}{n}", "key": key, "value": value}
        for n, (key, value) in enumerate(lines.items())
    ]
    content = {"expressions": listed, **settings}
    return {"id": name, "name": name, "type": "expressionNode", "content": content}


def switch(name: str, *conditions: str, hit: str = "first") -> dict[str, Any]:
    """A switch node; its statements are called a, b, c."""
    statements = [
        {"id": handle, "condition": one} for handle, one in zip("abc", conditions, strict=False)
    ]
    content = {"hitPolicy": hit, "statements": statements}
    return {"id": name, "name": name, "type": "switchNode", "content": content}


OUTPUT = {"id": "out", "name": "out", "type": "outputNode", "content": {}}


def answers(document: Document, *rows: Mapping[str, Any]) -> list[Any]:
    """The compiled graph's whole answers, without nulls."""
    with duckdb.connect() as con:
        found = answer_all(con, compile_graph(document, FACTS), rows)
    return [one if isinstance(one, Raised) else without_nulls(one) for one in found]


def without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_nulls(inner) for key, inner in value.items() if inner is not None}
    return value


def test_each_expression_sees_the_results_so_far() -> None:
    node = expressions("x", {"a": "n * 2", "o.b": "$.a + 1", "c": "$.o.b > n ? 'up' : s"})

    assert answers(graph([node], [("in", "x")]), {"n": 3}) == [{"a": 6, "o": {"b": 7}, "c": "up"}]


def test_an_expression_that_fails_fails_the_whole_answer_and_names_the_node() -> None:
    document = graph([expressions("评分", {"a": "n + 1"})], [("in", "评分")])

    ok, failed = answers(document, {"n": 1}, {"n": None})

    assert ok == {"a": 2}
    assert isinstance(failed, Raised)
    assert failed.node == "评分"


def test_the_batch_says_at_which_node_the_engine_would_fail() -> None:
    nodes = [table_node("T", ["n"], ["o"], [(["> 0"], ["1"])]), expressions("x", {"p": "o + 1"})]
    compiled = compile_graph(graph(nodes, [("in", "T"), ("T", "x")]), FACTS)

    decided = decide_batch(pa.table({"n": [1, -1]}), compiled).sort_by("n").to_pylist()

    assert decided == [
        {"n": -1, "p": None, "rule_id": None, "engine_error": "x"},
        {"n": 1, "p": Decimal(2), "rule_id": "T1", "engine_error": None},
    ]


@pytest.mark.parametrize(
    ("hit", "expected"),
    [("first", [{"v": 1}, {"v": 2}, {}]), ("collect", [{"v": 2}, {"v": 2}, {}])],
)
def test_a_switch_lets_through_what_holds(hit: str, expected: list[Any]) -> None:
    nodes = [
        switch("s", "n > 10", "n > 0", hit=hit),
        expressions("x", {"v": "1"}),
        expressions("y", {"v": "2"}),
    ]
    document = graph(nodes, [("in", "s"), ("s", "x", "a"), ("s", "y", "b")])

    assert answers(document, {"n": 11}, {"n": 1}, {"n": None}) == expected


def test_where_no_branch_holds_what_lies_before_the_switch_is_gone_too() -> None:
    before = expressions("x", {"v": "n"}, passThrough=True)
    document = graph(
        [before, switch("s", "v > 5"), expressions("y", {"w": "v"})],
        [("in", "x"), ("x", "s"), ("s", "y", "a")],
    )

    assert answers(document, {"n": 6}, {"n": 5}) == [{"w": 6}, {}]


def test_an_output_node_ends_the_walk() -> None:
    """The engine goes down the edge drawn first before the one drawn after it."""
    nodes = [expressions("a", {"u": "n"}), expressions("x", {"v": "u"}), OUTPUT]
    start: list[Edge] = [("in", "a")]

    first = answers(graph(nodes, [*start, ("a", "x"), ("a", "out")]), {"n": 4})
    last = answers(graph(nodes, [*start, ("a", "out"), ("a", "x")]), {"n": 4})

    assert (first, last) == ([{"u": 4, "v": 4}], [{"u": 4}])


def test_of_several_parents_the_edge_drawn_first_wins() -> None:
    nodes = [
        expressions("a", {"v": "1"}),
        expressions("b", {"v": "2", "w": "3"}),
        expressions("c", {"r": "v", "q": "w"}),
    ]
    start: list[Edge] = [("in", "a"), ("in", "b")]

    a_first = answers(graph(nodes, [*start, ("a", "c"), ("b", "c")]), {"n": 0})
    b_first = answers(graph(nodes, [*start, ("b", "c"), ("a", "c")]), {"n": 0})

    assert (a_first, b_first) == ([{"r": 1, "q": 3}], [{"r": 2, "q": 3}])


def test_null_takes_away_what_passes_through() -> None:
    node = expressions("x", {"n": "null", "loan.rate": "null", "v": "s"}, passThrough=True)
    given = {"n": 5, "s": "a", "loan": {"rate": Decimal("1.50"), "open": True}}

    assert answers(graph([node], [("in", "x")]), given) == [
        {"s": "a", "loan": {"open": True}, "v": "a"}
    ]


def test_input_field_and_output_path() -> None:
    node = expressions(
        "x", {"rate": "rate * 2"}, inputField="loan", outputPath="later.loan", passThrough=True
    )
    given = {"n": 1, "loan": {"rate": Decimal("1.50"), "open": False}}

    assert answers(graph([node], [("in", "x")]), given) == [
        given | {"later": {"loan": {"rate": Decimal("3.00")}}}
    ]


def test_nodes_can_ask_what_others_came_to() -> None:
    nodes = [
        table_node("T", ["n"], ["o"], [(["> 0"], ["n + 1"])]),
        expressions("x", {"v": "$nodes.T.o ?? 0", "w": "$nodes.in.n"}),
    ]

    found = answers(graph(nodes, [("in", "T"), ("T", "x")]), {"n": 1}, {"n": -1})

    assert found == [{"v": 2, "w": 1}, {"v": 0, "w": -1}]


def test_branches_that_write_into_an_object_they_share_are_refused() -> None:
    """The engine writes in place there: what the last branch passes through would change."""
    nodes = [
        expressions("a", {"v": "1"}, passThrough=True),
        expressions("b", {"loan.rate": "9"}),
        expressions("c", {"w": "2"}, passThrough=True),
    ]
    document = graph(nodes, [("in", "a"), ("in", "b"), ("in", "c")])

    with pytest.raises(RefusedError, match="several branches end with 'loan', which they share"):
        compile_graph(document, FACTS)


def test_switches_that_turn_in_too_many_ways_are_refused_by_name() -> None:
    nodes = [switch(f"s{n}", "n > 1", "n > 2", hit="collect") for n in range(5)]
    nodes += [expressions(f"x{n}{h}", {"v": "1"}) for n in range(5) for h in "ab"]
    edges: list[Edge] = [("in", f"s{n}") for n in range(5)]
    edges += [(f"s{n}", f"x{n}{h}", h) for n in range(5) for h in "ab"]

    with pytest.raises(RefusedError, match=r"node 's[0-4]': the switches turn in more than 256"):
        compile_graph(graph(nodes, edges), FACTS)


def test_rules_and_outputs_of_the_branch_that_was_taken() -> None:
    nodes = [
        switch("s", "n > 0", ""),
        table_node("P", ["n"], ["o"], [(["> 5"], ["'high'"]), ([""], ["'low'"])]),
        table_node("M", ["s"], ["o"], [(["'a'"], ["'known'"])]),
    ]
    document = graph(nodes, [("in", "s"), ("s", "P", "a"), ("s", "M", "b")])
    rows = [{"n": 6}, {"n": 1}, {"n": 0, "s": "a"}, {"n": None, "s": "b"}]

    found = decide_rows(compile_graph(document, FACTS), {k: FACTS[k] for k in ("n", "s")}, rows)

    assert found == [
        {"o": "high", "rule_id": "P1"},
        {"o": "low", "rule_id": "P2"},
        {"o": "known", "rule_id": "M1"},
        {"o": None, "rule_id": None},
    ]
    for row, decided in zip(rows, found, strict=True):
        one = decide_one(document, row)
        assert decided == {"o": one.outputs["o"], "rule_id": one.rule_id or None}


def test_a_collecting_table_may_compute_what_it_lists() -> None:
    node = table_node(
        "T",
        ["n", "s"],
        ["o.fee", "why"],
        [(["> 0", ""], ["n * 1.5", "s"]), (["", "'a'"], ["", "'is a'"]), ([""] * 2, ["n + 1", ""])],
        hitPolicy="collect",
        outputPath="fees",
    )
    rows = [{"n": 2, "s": "a"}, {"n": None, "s": "b"}]

    found = decide_rows(
        compile_graph(graph([node], [("in", "T")]), FACTS), {k: FACTS[k] for k in ("n", "s")}, rows
    )

    assert found == [
        {
            "fees": [{"o": {"fee": 3}, "why": "a"}, {"why": "is a"}, {"o": {"fee": 3}}],
            "rule_id": "T1/T2/T3",
        },
        {"fees": [], "rule_id": None},
    ]
