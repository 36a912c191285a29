"""Check the compiled form against expected answers: equal, different, or refused by name.

A line of the file is a graph (``jdm`` with ``cases`` of ``input`` and ``expect``) or an
expression (``expr``, ``kind`` standard or unary, ``input``, ``expect``). The facts' types are
the line's ``facts`` where it has them, else those of the values in its inputs. Without
``expect`` the engine's own answer is expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb

from carrears.strategy.answers import Raised, answer_all
from carrears.strategy.compile import compile_graph
from carrears.strategy.errors import EvaluationError, PlacedError, StrategyError
from carrears.strategy.facts import make_fact
from carrears.strategy.inference import Inferred, infer_facts
from carrears.strategy.jdm import Document, parse_document
from carrears.strategy.single import evaluate, evaluate_exact

_SUBJECT = "subject_of_the_cell"
_VALUE = "value_of_the_expression"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one line of the file; a line that is not understood is a fault."""

    name: str
    verdict: Literal["equal", "different", "refused"]
    reason: str = ""
    node: str = ""
    line: int = 0
    is_fault: bool = False

    def as_json(self) -> dict[str, Any]:
        """The object to print; without what is empty."""
        told = {"line": self.line, "name": self.name, "verdict": self.verdict}
        return told | {k: v for k, v in (("node", self.node), ("reason", self.reason)) if v}


@dataclass(frozen=True, slots=True)
class _Check:
    name: str
    jdm: Mapping[str, Any]
    declared: Mapping[str, Any]
    inputs: list[dict[str, Any]]
    expected: list[Any]


class _LineError(ValueError):
    """The line is neither an expression nor a graph with cases."""


_ENGINE_ANSWERS = object()


def check_file(path: Path) -> Iterator[Outcome]:
    """Check every line of a JSON-lines file in UTF-8; blank lines are passed over.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as lines, duckdb.connect() as con:
        con.execute("SET threads = 1")  # a few rows at a time
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield check_line(line, number=number, con=con)


def check_line(
    line: str | bytes, *, number: int = 1, con: duckdb.DuckDBPyConnection | None = None
) -> Outcome:
    """Check one line; never raises for what stands in it."""
    name = f"line {number}"
    try:
        check, is_timed = _read_line(line, name)
    except _LineError as error:
        return Outcome(name, "refused", f"{name}: {error}", "", number, is_fault=True)
    if is_timed:
        return Outcome(check.name, "refused", "the answer hangs on the clock", "", number)
    try:
        differing = _differences(check, con)
    except PlacedError as error:
        return Outcome(check.name, "refused", str(error), error.place.node, number)
    except (StrategyError, RecursionError) as error:
        return Outcome(check.name, "refused", str(error), "", number)
    return Outcome(check.name, "different" if differing else "equal", differing, "", number)


def _read_line(line: str | bytes, name: str) -> tuple[_Check, bool]:
    text = line.decode("utf-8-sig", "replace") if isinstance(line, bytes) else line
    try:
        raw = json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise _LineError(f"no JSON: {error}") from error
    if not isinstance(raw, dict) or not {"jdm", "expr"} & {*raw}:
        raise _LineError("neither an expression ('expr') nor a graph ('jdm')")
    try:
        check = _graph_check(raw, name) if "jdm" in raw else _expression_check(raw, name)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _LineError(f"not understood: {error!r}") from error
    return check, bool(raw.get("now_dependent"))


def _graph_check(raw: Mapping[str, Any], name: str) -> _Check:
    # The engine takes floats in its documents; text cells hold what must be exact.
    jdm = json.loads(json.dumps(raw["jdm"], default=float))
    inputs = [_object(case["input"]) for case in raw["cases"]]
    expected = [case.get("expect", _ENGINE_ANSWERS) for case in raw["cases"]]
    label = str(raw.get("id") or raw.get("name") or name)
    return _Check(label, jdm, raw.get("facts") or {}, inputs, expected)


def _object(given: Any) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise TypeError("an input is no object")
    return given


def _expression_check(raw: Mapping[str, Any], name: str) -> _Check:
    """A standard expression as the only one of a node, a unary one as the cell of a table."""
    text, given = str(raw["expr"]), dict(_object(raw.get("input") or {}))
    label = f"{raw.get('id') or name}: {text}"
    expected = raw.get("expect", _ENGINE_ANSWERS)
    if expected is not _ENGINE_ANSWERS:
        expected = {_VALUE: expected}
    if raw["kind"] == "standard":
        line = {"id": "e", "key": _VALUE, "value": text}
        node = _node("expressionNode", {"expressions": [line]})
    else:
        field = raw.get("reference") or _SUBJECT
        if "$" in given:
            given[_SUBJECT] = given.pop("$")
        node = _node("decisionTableNode", _one_cell(str(field), text))
    return _Check(label, node, raw.get("facts") or {}, [given], [expected])


def _node(kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    nodes = [
        {"id": "in", "type": "inputNode", "name": "input", "content": {}},
        {"id": "node", "type": kind, "name": "expression", "content": content},
    ]
    return {"nodes": nodes, "edges": [{"id": "e", "sourceId": "in", "targetId": "node"}]}


def _one_cell(field: str, text: str) -> dict[str, Any]:
    return {
        "hitPolicy": "first",
        "inputs": [{"id": "i", "name": field, "field": field}],
        "outputs": [{"id": "o", "name": "value", "field": _VALUE}],
        "rules": [{"_id": "1", "i": text, "o": "true"}, {"_id": "2", "i": "", "o": "false"}],
    }


def _differences(check: _Check, con: duckdb.DuckDBPyConnection | None) -> str:
    """Where the batch, the engine and the expectation part; empty where nowhere."""
    document = parse_document(check.jdm)
    inferred = Inferred({path: make_fact(path, entry) for path, entry in check.declared.items()})
    if not check.declared:
        inferred = infer_facts(check.inputs)
    compiled = compile_graph(
        document,
        inferred.facts,
        is_closed=True,
        opaque=inferred.opaque,
        presence=inferred.presence,
    )
    found = answer_all(con or duckdb.connect(), compiled, check.inputs)
    for number, (given, answer) in enumerate(zip(check.inputs, found, strict=True), 1):
        expected = check.expected[number - 1]
        differing = _difference(document, given, answer, expected)
        if differing:
            return f"case {number}: {differing}"
    return ""


def _difference(document: Document, given: Mapping[str, Any], answer: Any, expected: Any) -> str:
    shown = f"the node {answer.node!r} fails" if isinstance(answer, Raised) else _shown(answer)
    try:
        exact, rough = evaluate_exact(document, given), evaluate(document, given)["result"]
    except EvaluationError as error:
        exact, rough = Raised(str(error)), None
    if not agree(answer, exact):
        engine = f"raises: {exact.node}" if isinstance(exact, Raised) else _shown(exact)
        return f"{shown}, the engine: {engine}"
    if expected is not _ENGINE_ANSWERS and not same(expected, rough, as_float=True):
        return f"{shown}, expected: {_shown(expected)}"
    return ""


def agree(compiled: Any, engine: Any) -> bool:
    """Whether two whole answers are the same; to raise is one too."""
    if isinstance(compiled, Raised) or isinstance(engine, Raised):
        return isinstance(compiled, Raised) and isinstance(engine, Raised)
    return same(compiled, engine)


def same(left: Any, right: Any, *, as_float: bool = False) -> bool:
    """Equal but for absent and null, which are one; numbers exactly, or as floats."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        keys = {*left, *right}
        return all(same(left.get(key), right.get(key), as_float=as_float) for key in keys)
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(same(a, b, as_float=as_float) for a, b in pairs)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | Decimal | float) and isinstance(right, int | Decimal | float):
        return float(left) == float(right) if as_float else left == right
    return bool(left == right)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        value = {k: item for k, item in value.items() if item is not None}
    return json.dumps(value, ensure_ascii=False, default=str)
