"""Every example on the page of the strategies' language does what its table says."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest
from docs.pages import table_rows
from strategy.drawing import FACTS, draw_row
from strategy.graphs import chain, table_node

from carrears.strategy.answers import Raised, answer_all
from carrears.strategy.checking import agree
from carrears.strategy.compile import compile_graph
from carrears.strategy.errors import DocumentError, EvaluationError, RefusedError
from carrears.strategy.jdm import parse_document
from carrears.strategy.single import evaluate_exact

PAGE = Path(__file__).parents[2] / "docs" / "strategy-language.md"
_ROWS = 40


def code_of(cell: str) -> list[str]:
    """What stands in backticks, single ones or double ones around single ones."""
    return [found[1].strip() for found in re.findall(r"(`+)(.+?)\1(?!`)", cell)]


def _rows(name: str) -> list[list[str]]:
    page = PAGE.read_text(encoding="utf-8")
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", page, re.DOTALL)
    assert found is not None
    return [row for row in table_rows(found[1]) if code_of(row[0])]


def _examples(name: str) -> list[tuple[str, str]]:
    return [(code, row[1]) for row in _rows(name) for code in code_of(row[0])]


def _cells(name: str) -> list[tuple[str, str]]:
    return [(code_of(row[0])[0], code) for row in _rows(name) for code in code_of(row[1])]


def _expression(text: str) -> dict[str, Any]:
    lines = [{"id": "e", "key": "value", "value": text}]
    return {"id": "x", "name": "x", "type": "expressionNode", "content": {"expressions": lines}}


class _Choices:
    def __init__(self) -> None:
        self.random = Random(11)  # noqa: S311  nothing secret is drawn

    def choose(self, options: Any) -> Any:
        return self.random.choice(list(options))

    def integer(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


_DRAWN = [draw_row(pick) for pick in [_Choices()] for _ in range(_ROWS)]


def _hold_against_engine(node: dict[str, Any]) -> None:
    document = parse_document(chain(node))
    with duckdb.connect(config={"threads": 1}) as con:
        found = answer_all(con, compile_graph(document, FACTS), _DRAWN)
    for row, answer in zip(_DRAWN, found, strict=True):
        try:
            engine = evaluate_exact(document, row)
        except EvaluationError as error:
            engine = Raised(str(error))
        assert agree(answer, engine), (row, answer, engine)


@pytest.mark.parametrize("text", [code for code, _ in _examples("compiled")])
def test_a_compiled_example_comes_to_what_the_engine_makes_of_it(text: str) -> None:
    _hold_against_engine(_expression(text))


@pytest.mark.parametrize(("text", "because"), _examples("refused"))
def test_a_refused_example_is_refused_for_the_reason_given(text: str, because: str) -> None:
    with pytest.raises(RefusedError) as caught:
        compile_graph(parse_document(chain(_expression(text))), FACTS)

    assert caught.value.place.node == "x"
    reasons = [part.strip() for part in re.split(r"[,:]| or | and ", because)]
    assert any(reason in str(caught.value) for reason in reasons), str(caught.value)


@pytest.mark.parametrize(("field", "cell"), _cells("compiled cells"))
def test_a_compiled_cell_holds_where_the_engine_says_so(field: str, cell: str) -> None:
    rules = [([cell], ["'yes'"]), ([""], ["'no'"])]

    _hold_against_engine(table_node("T", [field], ["o"], rules))


@pytest.mark.parametrize(("field", "cell"), _cells("refused cells"))
def test_a_refused_cell_is_refused_by_its_place(field: str, cell: str) -> None:
    document = parse_document(chain(table_node("T", [field], ["o"], [([cell], ["1"])])))

    with pytest.raises((RefusedError, DocumentError), match="node 'T', rule 1"):
        compile_graph(document, FACTS)
