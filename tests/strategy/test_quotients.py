"""Quotients: every digit that the engine gives, whatever the sizes of the two sides."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategy.graphs import chain

from carrears.strategy.answers import Raised, answer_all
from carrears.strategy.checking import agree
from carrears.strategy.compile import Compiled, compile_graph
from carrears.strategy.errors import EvaluationError, RefusedError
from carrears.strategy.facts import make_fact
from carrears.strategy.jdm import Document, parse_document
from carrears.strategy.single import evaluate_exact

FACTS = {
    "paid": make_fact("paid", {"type": "integer", "digits": 9}),
    "due": make_fact("due", {"type": "integer", "digits": 9}),
    "count": make_fact("count", {"type": "integer", "digits": 3}),
    "price": make_fact("price", {"type": "decimal", "scale": 2, "digits": 8}),
    "rate": make_fact("rate", {"type": "decimal", "scale": 4, "digits": 6}),
}
EXPRESSIONS = [
    "paid / due",
    "due / count",
    "price / count",
    "rate / count",
    "count / rate",
    "count / rate * 100",
    "paid / 7",
    "price / 12",
    "paid / 0.3",
    "paid / 8",
    "paid / 0",
    "count / due * 100",
    "round(paid / due, 4)",
    "floor(price / count)",
    "ceil(paid / -count)",
    "1 - paid / count",
    "price + paid / due",
    "due / count + paid / due",
    "paid / due > 0.5",
    "paid / due == count / 3",
    "-(paid / count)",
    "paid % count",
    "price % rate",
    "(count + 1) / (due - 1)",
]


def _whole(digits: int) -> st.SearchStrategy[int]:
    most = 10**digits - 1
    edges = st.sampled_from([0, 1, -1, 2, 3, 7, 9, most, -most, 10 ** (digits - 1)])
    return edges | st.integers(-most, most)


def _places(digits: int, scale: int) -> st.SearchStrategy[Decimal]:
    return _whole(digits).map(lambda units: Decimal(units).scaleb(-scale))


rows = st.fixed_dictionaries(
    {
        "paid": st.none() | _whole(9),
        "due": st.none() | _whole(9),
        "count": _whole(3),
        "price": _places(8, 2),
        "rate": _places(6, 4),
    }
)


def _document(text: str) -> Document:
    line = {"id": "e", "key": "value", "value": text}
    node = {"id": "x", "name": "x", "type": "expressionNode", "content": {"expressions": [line]}}
    return parse_document(chain(node))


@cache
def _compiled(text: str) -> tuple[Document, Compiled]:
    document = _document(text)
    return document, compile_graph(document, FACTS, is_closed=True)


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET threads = 1")
    return con


@pytest.mark.parametrize("text", EXPRESSIONS)
@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(given_rows=st.lists(rows, min_size=40, max_size=40))
def test_a_quotient_has_the_engines_digits(text: str, given_rows: list[dict[str, Any]]) -> None:
    document, compiled = _compiled(text)

    answers = answer_all(_connection(), compiled, given_rows)

    for row, answer in zip(given_rows, answers, strict=True):
        assert agree(answer, _engine(document, row)), (text, row, answer)


def _engine(document: Document, row: dict[str, Any]) -> Any:
    try:
        return evaluate_exact(document, row)
    except EvaluationError as error:
        return Raised(str(error))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("paid / due / count", "a quotient cannot be divided further"),
        ("paid / due * count", "a quotient can be multiplied by 10, 100"),
        ("paid / due % 2", "'%' of a quotient"),
        ("paid / rate", "more digits than are kept"),
    ],
)
def test_what_would_need_more_digits_is_refused(text: str, reason: str) -> None:
    with pytest.raises(RefusedError, match="node 'x'") as caught:
        compile_graph(_document(text), FACTS, is_closed=True)

    assert reason in str(caught.value)
