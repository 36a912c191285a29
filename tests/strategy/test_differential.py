"""Batch and engine must decide alike, whatever the table and the facts."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from strategy.graphs import chain, decide_rows, plain, table_node

from carrears.strategy.compile import compile_graph
from carrears.strategy.facts import make_fact
from carrears.strategy.jdm import parse_document
from carrears.strategy.single import decide_one

FACTS = {
    "n": make_fact("n", "integer"),
    "m": make_fact("m", "integer"),
    "x": make_fact("x", {"type": "decimal", "scale": 2}),
    "s": make_fact("s", "string"),
    "loan.region": make_fact("loan.region", "string"),
    "b": make_fact("b", "boolean"),
    "day": make_fact("day", "date"),
}
TEXTS = ["a", "b", "ab", "", "甲", "逾期 M1", "ß", "it`s", "\U0001f697", "e\u0301", "\u00e9"]
FIRST_DAY = date(2024, 2, 27)

whole = st.integers(-3, 12).map(str)
fine = st.sampled_from(["-1.5", "0", "0.1", "0.10", "2.005", "2.01", "3", "1e1", "0.3"])
literal = {
    "n": whole,
    "x": fine | whole,
    "s": st.sampled_from(TEXTS).map(lambda t: f"'{t}'"),
    "b": st.sampled_from(["true", "false"]),
    "day": st.integers(0, 5).map(lambda d: f"d('{FIRST_DAY + timedelta(days=d)}')"),
}
literal |= {"m": literal["n"], "loan.region": literal["s"]}
orders = st.sampled_from(["<", "<=", ">", ">="])
equals = st.sampled_from(["==", "!="])
other = {"n": "m", "m": "n", "x": "n", "s": "loan.region", "loan.region": "s"}


def interval(bound: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda no, opened, low, high, closed: f"{no}{opened}{low}..{high}{closed}",
        st.sampled_from(["", "in ", "not in "]),
        st.sampled_from("[("),
        bound,
        bound,
        st.sampled_from("])"),
    )


def listing(item: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(
        lambda no, items: f"{no}[{', '.join(items)}]",
        st.sampled_from(["in ", "not in "]),
        st.lists(item | st.just("null"), min_size=1, max_size=4),
    )


def term(field: str) -> st.SearchStrategy[str]:
    value = literal[field]
    kinds = [value, st.builds("{} {}".format, equals, value | st.just("null"))]
    if field != "day":
        kinds.append(listing(value))
    if field in {"n", "m", "x"}:
        kinds += [interval(value), st.builds("{} {} + 1".format, orders, st.just(other[field]))]
    if field in {"n", "m", "x", "day"}:
        kinds.append(st.builds("{} {}".format, orders, value))
    if field in other:
        kinds.append(st.builds("{} {}".format, equals, st.just(other[field])))
    if field in {"s", "loan.region"}:
        tests = st.sampled_from(["contains", "startsWith", "endsWith"])
        kinds.append(st.builds("{}($, {})".format, tests, value))
    return st.one_of(kinds)


def cell(field: str) -> st.SearchStrategy[str]:
    chained = st.builds(
        lambda first, rest: first + "".join(f"{joint} {t}" for joint, t in rest),
        term(field),
        st.lists(st.tuples(st.sampled_from([" and", " or", ","]), term(field)), max_size=2),
    )
    return st.just("") | chained


outputs = {
    "code": st.sampled_from(["'p'", "'前期'", "'q'", "", "null", "s", "s + '!'"]),
    "weight": st.sampled_from(["1", "2.50", "0.1 + 0.2", "", "n", "n * 2 + x", "x ?? 7", "-m"]),
    "flag": st.sampled_from(["true", "false", "", "n > 3", "b", "s == 'a' ? true : n != 2"]),
}
constants = {
    "code": st.sampled_from(["'p'", "'前期'", "", "null"]),
    "weight": st.sampled_from(["1", "2.50", "", "7 / 2"]),
    "flag": st.sampled_from(["true", "false", ""]),
}


@st.composite
def tables(draw: st.DrawFn, name: str, fields: list[str]) -> dict[str, Any]:
    inputs = draw(st.lists(st.sampled_from(fields), min_size=1, max_size=4, unique=True))
    collect = draw(st.integers(0, 4)) == 0
    cells = constants if collect else outputs
    rule = st.tuples(
        st.tuples(*[cell(field) for field in inputs]),
        st.tuples(*cells.values()),
    )
    rules = draw(st.lists(rule, max_size=12))
    shape: dict[str, Any] = {"hitPolicy": "collect", "outputPath": "found"} if collect else {}
    shape["passThrough"] = draw(st.booleans()) or name == "T"
    return table_node(name, inputs, list(cells), rules, **shape)


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, Any]:
    nodes = [draw(tables("T", [*literal]))]
    if draw(st.booleans()):
        second = draw(tables("U", ["n", "s", "b", "day"]))
        for column in second["content"]["outputs"]:
            if second["content"]["hitPolicy"] == "first":
                column["field"] = f"then.{column['field']}"
        nodes.append(second)
        if {n["content"]["hitPolicy"] for n in nodes} == {"collect"}:
            second["content"]["outputPath"] = "more"
    return chain(*nodes)


rows = st.lists(
    st.fixed_dictionaries(
        {
            "n": st.none() | st.integers(-5, 14),
            "m": st.none() | st.integers(-5, 14),
            "x": st.none()
            | st.integers(-300, 1100).map(lambda v: Decimal(v).scaleb(-2))
            | st.sampled_from([Decimal(t) for t in ("0.10", "0.30", "2.00", "2.01", "-1.50")]),
            "s": st.none() | st.sampled_from(TEXTS) | st.text(max_size=3),
            "loan.region": st.none() | st.sampled_from(TEXTS),
            "b": st.none() | st.booleans(),
            "day": st.none() | st.integers(-1, 6).map(lambda d: FIRST_DAY + timedelta(days=d)),
        }
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=40, deadline=None, phases=[Phase.generate])
@given(graph=graphs(), facts=rows, budget=st.sampled_from([1, 8, 64, 1 << 18]))
def test_batch_decides_what_the_engine_decides(
    graph: dict[str, Any], facts: list[dict[str, Any]], budget: int
) -> None:
    document = parse_document(graph)

    compiled = compile_graph(document, FACTS, entry_budget=budget)
    found = decide_rows(compiled, FACTS, facts)

    for row, decided in zip(facts, found, strict=True):
        one = decide_one(document, row)
        expected = {path: plain(one.outputs[path]) for path in compiled.outputs}
        assert decided == expected | {"rule_id": one.rule_id or None}
