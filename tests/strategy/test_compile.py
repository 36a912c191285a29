"""What compiles, to what; what is refused, and how the author is told."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from strategy.graphs import chain, decide_rows, one_table, table_node

from carrears.strategy.batch import decide_batch
from carrears.strategy.compile import compile_graph
from carrears.strategy.errors import DocumentError, FactsError, RefusedError
from carrears.strategy.facts import make_fact
from carrears.strategy.jdm import parse_document

FACTS = {
    "n": make_fact("n", "integer"),
    "s": make_fact("s", "string"),
    "b": make_fact("b", "boolean"),
    "day": make_fact("day", "date"),
}


@pytest.mark.parametrize(
    ("field", "cell", "reason"),
    [
        ("n", "-", "ends too early"),
        ("s", "hello", "neither a declared fact"),
        ("s", "> 'a'", "the engine raises"),
        ("n", "not [1..2]", "'not' stands before 'in' only"),
        ("n", "]1..5[", "write an open end"),
        ("n", "rand(3) > 1", "'rand' cannot be compiled"),
        ("s", "matches($, '\\d+')", "the pattern cannot be compiled"),
        ("day", "> d()", "asks the clock"),
        ("day", "in [d('2024-01-01')..d('2024-02-01')]", "needs numbers"),
        ("n", "> 1 > 2", "the engine raises"),
        ("n", "> `1`", "the engine raises"),
        ("s", "== upper($)", "the function 'upper' cannot be compiled"),
        ("b", "> 1", "the engine raises"),
        ("n", "== 12345678901234567890123456789", "more than 28 digits"),
    ],
)
def test_a_cell_without_exact_counterpart_is_refused_by_name(
    field: str, cell: str, reason: str
) -> None:
    document = one_table([field], ["o"], [(["", "1"][:1], ["1"]), ([cell], ["2"])])

    with pytest.raises(RefusedError, match="node 'T', rule 2") as caught:
        compile_graph(document, FACTS)

    assert reason in str(caught.value)
    assert (caught.value.place.row, caught.value.place.column) == (2, field)


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("$ + 1", "'$' has no meaning here"),
        ("n ^ n", "'^' between facts"),
        ("1 + 'a'", "Unsupported type"),
        ("unknown", "neither a declared fact"),
        ("d('2024-01-01T10:00:00Z').diff(d(day), 'day')", "a date with a time of day"),
    ],
)
def test_an_output_without_exact_counterpart_is_refused(cell: str, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        compile_graph(one_table(["n"], ["o"], [(["1"], [cell])]), FACTS)

    assert reason in str(caught.value)


def test_a_column_that_no_decimal_holds_is_refused() -> None:
    rules = [(["1"], ["1 / 3"]), (["2"], ["100000000000000"])]

    with pytest.raises(RefusedError, match="more than 38 digits together"):
        compile_graph(one_table(["n"], ["o"], rules), FACTS)


def test_an_undeclared_input_is_refused() -> None:
    with pytest.raises(RefusedError, match="'score' is neither a declared fact"):
        compile_graph(one_table(["score"], ["o"], [(["1"], ["1"])]), FACTS)


@pytest.mark.parametrize(
    ("kind", "content", "reason"),
    [
        ("functionNode", {"source": ""}, "JavaScript"),
        ("decisionNode", {"key": "other"}, "a decision by reference"),
        (
            "expressionNode",
            {"expressions": [{"id": "e", "key": "x", "value": "rand(9)"}]},
            "'rand'",
        ),
        (
            "switchNode",
            {"statements": [{"id": "a", "condition": "n ^ n > 1"}]},
            "'^' between facts",
        ),
    ],
)
def test_what_a_node_does_that_cannot_be_compiled_is_refused_by_name(
    kind: str, content: dict[str, Any], reason: str
) -> None:
    node = {"id": "x", "name": "评分", "type": kind, "content": content}
    document = parse_document(chain(node, table_node("T", ["n"], ["o"], [(["1"], ["1"])])))

    with pytest.raises(RefusedError, match="node '评分'") as caught:
        compile_graph(document, FACTS)

    assert reason in str(caught.value)


def test_a_circle_is_refused_by_name() -> None:
    graph = chain(table_node("T", ["n"], ["o"], [(["1"], ["1"])]), table_node("U", [], ["p"], []))
    graph["edges"].append({"id": "back", "sourceId": "U", "targetId": "T"})

    with pytest.raises(DocumentError, match=r"circle: '[TU]' → '[TU]' → '[TU]'"):
        parse_document(graph)


def test_fields_that_differ_in_case_only_are_refused() -> None:
    with pytest.raises(RefusedError, match="differ in case only"):
        compile_graph(one_table(["n"], ["N"], [(["1"], ["1"])]), FACTS)


def test_first_collects_nothing_and_collect_keeps_order() -> None:
    rules = [(["> 1"], ["'a'"]), (["> 5"], ["'b'"]), (["null"], ["'c'"])]
    document = one_table(["n"], ["o"], rules, hitPolicy="collect", outputPath="all")

    found = decide_rows(compile_graph(document, FACTS), FACTS, [{"n": 7}, {"n": 2}, {"n": 0}, {}])

    assert found == [
        {"all": [{"o": "a"}, {"o": "b"}], "rule_id": "T1/T2"},
        {"all": [{"o": "a"}], "rule_id": "T1"},
        {"all": [], "rule_id": None},
        {"all": [{"o": "c"}], "rule_id": "T3"},
    ]


def test_error_is_neither_null_nor_false() -> None:
    """``null, > 5`` matches null; ``> 5, null`` fails on null before it comes to it."""
    rules = [(["> 5, null"], ["'late'"]), (["null, > 5"], ["'first'"])]

    found = decide_rows(compile_graph(one_table(["n"], ["o"], rules), FACTS), FACTS, [{}])

    assert found == [{"o": "first", "rule_id": "T2"}]


def test_a_failing_output_passes_its_row_over() -> None:
    rules = [([""], ["n + 1"]), ([""], ["0"])]

    found = decide_rows(
        compile_graph(one_table(["s"], ["o"], rules), FACTS), FACTS, [{"n": 1}, {"n": None}]
    )

    assert found == [{"o": 2, "rule_id": "T1"}, {"o": 0, "rule_id": "T2"}]


@pytest.mark.parametrize(
    ("column", "message"),
    [
        (pa.array([1.5]), "DOUBLE, which is not exact"),
        (pa.array(["1"]), "VARCHAR, which is not exact"),
        (pa.array([Decimal("1.5")]), "finer than the declared 0"),
        (pa.array([2**62]), "does not fit its declaration"),
    ],
)
def test_facts_that_cannot_be_exact_are_refused(column: pa.Array, message: str) -> None:
    compiled = compile_graph(one_table(["n"], ["o"], [(["1"], ["1"])]), FACTS)

    with pytest.raises(FactsError, match=message):
        decide_batch(pa.table({"n": column}), compiled)


def test_a_missing_fact_and_a_taken_name_are_refused() -> None:
    compiled = compile_graph(one_table(["n"], ["o"], [(["1"], ["1"])]), FACTS)

    with pytest.raises(FactsError, match="no column 'n'"):
        decide_batch(pa.table({"x": [1]}), compiled)
    with pytest.raises(FactsError, match="already have a column 'o'"):
        decide_batch(pa.table({"n": [1], "o": [1]}), compiled)


def test_a_rule_that_never_holds_never_fires() -> None:
    """Its column then has a single code, which must not be taken for one that allows all."""
    rules = [(["1 and 2"], ["'never'"]), ([""], ["'always'"])]

    found = decide_rows(compile_graph(one_table(["n"], ["o"], rules), FACTS), FACTS, [{"n": 1}])

    assert found == [{"o": "always", "rule_id": "T2"}]


def test_ten_thousand_rules_decide_alike_by_every_plan() -> None:
    rules = [
        ([f"[{n // 100}..{n // 100 + 1})", f"'{n % 100}'", ""], [str(n)]) for n in range(10_000)
    ]
    document = one_table(["n", "s", "b"], ["o"], rules)
    rows = [{"n": n, "s": str(s), "b": None} for n in (-1, 0, 57, 99, 100) for s in (0, 42, 100)]

    dense = decide_rows(compile_graph(document, FACTS), FACTS, rows)
    sparse = decide_rows(compile_graph(document, FACTS, entry_budget=4), FACTS, rows)

    assert dense == sparse
    assert [row["o"] for row in dense] == [
        None, None, None, 0, 42, None, 5700, 5742, None, 9900, 9942, None, None, None, None,
    ]  # fmt: skip
