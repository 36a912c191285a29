"""Documents, their versions and their facts; one decision with its trace."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.utils.translation import gettext, override
from strategy.graphs import chain, one_table, table_node

from carrears.strategy.errors import DocumentError, EvaluationError, FactsError
from carrears.strategy.facts import Kind, make_fact
from carrears.strategy.files import load_strategy, shipped_strategy
from carrears.strategy.jdm import content_hash, parse_document
from carrears.strategy.reasons import in_other_words
from carrears.strategy.single import decide_one, to_json


def test_the_version_is_of_the_content_not_of_its_layout(tmp_path: Path) -> None:
    shipped = shipped_strategy()
    turned = dict(reversed(shipped.source.items()))
    (tmp_path / "t.jdm.json").write_text(json.dumps(turned, indent=8), encoding="utf-8")
    (tmp_path / "t.facts.yaml").write_text("facts: {dpd: integer}", encoding="utf-8")

    assert load_strategy(tmp_path / "t.jdm.json").version == shipped.version
    assert content_hash(turned | {"contentType": "x"}) != shipped.version
    assert len(shipped.version) == 64


def test_facts_come_from_the_input_schema_where_no_file_declares_them(tmp_path: Path) -> None:
    graph = chain(table_node("T", ["n"], ["o"], []))
    properties = {"n": {"type": ["integer", "null"]}, "due": {"type": "string", "format": "date"}}
    graph["nodes"][0]["content"] = {"schema": json.dumps({"properties": properties})}
    (tmp_path / "t.jdm.json").write_text(json.dumps(graph), encoding="utf-8")

    facts = load_strategy(tmp_path / "t.jdm.json").facts

    assert {name: fact.kind for name, fact in facts.items()} == {
        "n": Kind.NUMBER,
        "due": Kind.DATE,
    }


def test_a_strategy_without_declared_facts_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.jdm.json").write_text(json.dumps(chain()), encoding="utf-8")

    with pytest.raises(FactsError, match=r"add t\.facts\.yaml"):
        load_strategy(tmp_path / "t.jdm.json")


@pytest.mark.parametrize("text", ["{", "[]", '"x"', "\ufeff{}"])
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.jdm.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(DocumentError):
        load_strategy(path)


def test_a_faulty_cell_is_named() -> None:
    graph = chain(table_node("T", ["n"], ["o"], [(["1"], ["1"]), (["2"], ["2"])]))
    graph["nodes"][1]["content"]["rules"][1]["i0"] = 5

    with pytest.raises(DocumentError, match="node 'T', rule 2, column 'i0'"):
        parse_document(graph)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda g: g["nodes"].append(g["nodes"][0]), "node id 'input' is used twice"),
        (lambda g: g["edges"][0].update(targetId="gone"), "missing node 'gone'"),
        (lambda g: g["nodes"].pop(0), "no input node"),
        (lambda g: g["nodes"][1]["content"].update(hitPolicy="any"), "node 'T'"),
        (lambda g: g["nodes"][1]["content"]["outputs"][0].pop("field"), "needs a field"),
        (lambda g: g["nodes"][1]["content"]["rules"][1].update(_id="T1"), "rule id 'T1'"),
    ],
)
def test_a_malformed_graph_is_refused(change: Any, message: str) -> None:
    graph = chain(table_node("T", ["n"], ["o"], [(["1"], ["1"]), (["2"], ["2"])]))
    change(graph)

    with pytest.raises(DocumentError, match=message):
        parse_document(graph)


START = {"id": "in", "type": "inputNode", "name": "in", "content": {}}


def node_of(kind: str, **content: Any) -> dict[str, Any]:
    return {"nodes": [START, {"id": "t", "type": kind, "name": "T", "content": content}]}


@pytest.mark.parametrize(
    ("graph", "message"),
    [
        ({"nodes": 1}, "the document: 'nodes' has to be a list"),
        ({"nodes": [START, 1]}, "the document: nodes.1: an object is needed here"),
        ({"nodes": [{"id": "a"}]}, "the document: nodes.0.type: this is missing"),
        ({"nodes": [START | {"id": 5}]}, "the document: nodes.0.id: a text is needed here"),
        ({"nodes": [START], "edges": [{}]}, "the document: edges.0.sourceId: this is missing"),
        (
            node_of("decisionTableNode", hitPolicy="any"),
            "node 'T', column 'hitPolicy': only one of 'first', 'collect' may stand here",
        ),
        (
            node_of("decisionTableNode", rules=[{"a": 1}]),
            "node 'T', rule 1, column 'a': a text is needed here",
        ),
        (
            node_of("decisionTableNode", inputs=[{}]),
            "node 'T', column 'inputs.0.id': this is missing",
        ),
        (
            node_of("expressionNode", expressions={}),
            "node 'T', column 'expressions': a list is needed here",
        ),
        (
            node_of("expressionNode", passThrough="perhaps"),
            "node 'T', column 'passThrough': true or false is needed here",
        ),
    ],
)
def test_what_does_not_fit_is_said_with_its_place(graph: dict[str, Any], message: str) -> None:
    with pytest.raises(DocumentError) as refused:
        parse_document(graph)

    assert str(refused.value) == message
    in_chinese = in_other_words(refused.value, _chinese)
    assert not re.search("needed|missing|may stand|has to be|the document", in_chinese)


def _chinese(text: str) -> str:
    with override("zh-hans"):
        return gettext(text)


@pytest.mark.parametrize("entry", ["money", {"type": "decimal", "scale": 13}, {"kind": "string"}])
def test_an_unknown_declaration_is_refused(entry: Any) -> None:
    with pytest.raises(DocumentError, match="fact 'n'"):
        make_fact("n", entry)


def test_one_decision_says_why() -> None:
    document = one_table(["n"], ["o"], [(["> 5"], ["'big'"]), ([""], ["'small'"])])

    decision = decide_one(document, {"n": 7})

    assert decision.outputs == {"o": "big"}
    assert decision.rule_ids == ("T1",)
    assert decision.trace["T"]["traceData"]["reference_map"] == {"n": 7}


def test_one_decision_keeps_every_digit() -> None:
    document = one_table(["x"], ["o"], [(["== 0.1234567890123456789"], ["x"])])

    assert decide_one(document, {"x": Decimal("0.1234567890123456789")}).rule_ids == ("T1",)
    assert decide_one(document, {"x": Decimal("0.1234567890123456788")}).rule_ids == ()


@pytest.mark.parametrize("value", [1.5, datetime(2024, 1, 1), {1}, Decimal("NaN")])  # noqa: DTZ001
def test_a_fact_that_is_not_exact_is_refused(value: Any) -> None:
    with pytest.raises(FactsError):
        to_json({"x": value})


def test_dates_reach_the_engine_as_days() -> None:
    document = one_table(["day"], ["o"], [(["> d('2024-02-28')"], ["1"])])

    assert decide_one(document, {"day": date(2024, 2, 29)}).outputs == {"o": 1}


def test_an_engine_error_is_told_without_its_stack() -> None:
    node = {
        "id": "x",
        "name": "x",
        "type": "expressionNode",
        "content": {"expressions": [{"id": "1", "key": "k", "value": "n + 'a'"}]},
    }

    with pytest.raises(EvaluationError) as caught:
        decide_one(parse_document(chain(node)), {"n": 1})

    assert "\n" not in str(caught.value)
