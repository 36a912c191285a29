"""Check the compiled form against expected answers: equal, different, or refused by name.

A line of the file is a graph (``jdm`` with ``cases`` of ``input`` and ``expect``) or an
expression (``expr``, ``kind`` standard or unary, ``input``, ``expect``). The facts' types are
the line's ``facts`` where it has them, else those of the values in its inputs. Without
``expect`` the engine's own answer is expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import duckdb
import pyarrow as pa

from carrears.strategy.batch import RULE_ID, decide_batch
from carrears.strategy.compile import Compiled, compile_graph
from carrears.strategy.errors import EvaluationError, FactsError, PlacedError, StrategyError
from carrears.strategy.facts import Fact, Kind, decimal_places, kind_of, make_fact
from carrears.strategy.jdm import Document, parse_document
from carrears.strategy.single import evaluate, flatten_paths, nest_paths

_SUBJECT = "subject_of_the_cell"
_VALUE = "value_of_the_expression"
_ROW = "row_of_the_case"


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
    inputs = [case["input"] for case in raw["cases"]]
    expected = [case.get("expect", _ENGINE_ANSWERS) for case in raw["cases"]]
    label = str(raw.get("id") or raw.get("name") or name)
    return _Check(label, jdm, raw.get("facts") or {}, inputs, expected)


def _expression_check(raw: Mapping[str, Any], name: str) -> _Check:
    """The expression as the only cell of a table."""
    text, given = raw["expr"], dict(raw.get("input") or {})
    label = f"{raw.get('id') or name}: {text}"
    expected = raw.get("expect", _ENGINE_ANSWERS)
    if raw["kind"] == "standard":
        outcome = expected if expected is _ENGINE_ANSWERS else {_VALUE: expected}
        jdm = _one_table(inputs={}, rules=[("", text)])
        return _Check(label, jdm, raw.get("facts") or {}, [given], [outcome])
    subject = {_SUBJECT: given.pop("$")} if "$" in given else {}
    jdm = _one_table(inputs={"i": _SUBJECT}, rules=[(text, "true"), ("", "false")])
    outcome = expected if expected is _ENGINE_ANSWERS else {_VALUE: expected}
    return _Check(label, jdm, raw.get("facts") or {}, [given | subject], [outcome])


def _one_table(*, inputs: Mapping[str, str], rules: Sequence[tuple[str, str]]) -> dict[str, Any]:
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": key, "name": field, "field": field} for key, field in inputs.items()],
        "outputs": [{"id": "o", "name": "value", "field": _VALUE}],
        "rules": [
            {"_id": str(number), "i": test, "o": value}
            for number, (test, value) in enumerate(rules, 1)
        ],
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "input", "content": {}},
        {"id": "table", "type": "decisionTableNode", "name": "expression", "content": content},
    ]
    return {"nodes": nodes, "edges": [{"id": "e", "sourceId": "in", "targetId": "table"}]}


def _differences(check: _Check, con: duckdb.DuckDBPyConnection | None) -> str:
    """Where the batch and the expectation part; empty where nowhere."""
    document = parse_document(check.jdm)
    flat = [flatten_paths(given) for given in check.inputs]
    facts = {path: make_fact(path, entry) for path, entry in check.declared.items()}
    compiled = compile_graph(document, facts or infer_facts(flat))
    decided = _decide(compiled, flat, con)
    for number, (given, row) in enumerate(zip(flat, decided, strict=True), 1):
        answers = {"the engine": _engine_answer(document, check.inputs[number - 1])}
        if check.expected[number - 1] is not _ENGINE_ANSWERS:
            answers["expected"] = check.expected[number - 1]
        found = nest_paths(_rebuilt(compiled, given, row))
        for whose, answer in answers.items():
            wanted = nest_paths(flatten_paths(answer)) if isinstance(answer, dict) else answer
            if not _same(found, wanted):
                return f"case {number}: {_shown(found)}, {whose}: {_shown(wanted)}"
    return ""


def _engine_answer(document: Document, given: Mapping[str, Any]) -> Any:
    try:
        return evaluate(document, given)["result"]
    except EvaluationError as error:
        return f"raises: {error}"


def infer_facts(rows: Sequence[Mapping[str, Any]]) -> dict[str, Fact]:
    """Declarations that fit these facts; a fact of mixed or unknown kind gets none."""
    facts: dict[str, Fact] = {}
    for path in {path: None for row in rows for path in row}:
        values = [row[path] for row in rows if row.get(path) is not None]
        try:
            kinds = {kind_of(value) for value in values}
        except FactsError:
            continue
        if len(kinds) == 1:
            scale = max(decimal_places(Decimal(v)) if kinds == {Kind.NUMBER} else 0 for v in values)
            kind = str(kinds.pop())
            facts[path] = make_fact(path, {"type": kind, "scale": scale})
    return facts


def _decide(
    compiled: Compiled,
    rows: Sequence[Mapping[str, Any]],
    con: duckdb.DuckDBPyConnection | None,
) -> list[dict[str, Any]]:
    columns: dict[str, pa.Array] = {_ROW: pa.array(range(len(rows)), pa.int64())}
    for path, (_, fact) in compiled.facts.items():
        columns[path] = _fact_array([row.get(path) for row in rows], path, fact)
    found = decide_batch(pa.table(columns), compiled, con=con)
    return sorted(found.to_pylist(), key=lambda row: int(row[_ROW]))


def _fact_array(values: list[Any], path: str, fact: Fact) -> pa.Array:
    types = {
        Kind.NUMBER: pa.decimal128(38, fact.scale),
        Kind.STRING: pa.string(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DATE: pa.date32(),
    }
    given = [date.fromisoformat(v) if fact.kind is Kind.DATE and v else v for v in values]
    try:
        return pa.array([Decimal(v) if type(v) is int else v for v in given], types[fact.kind])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError) as error:
        raise FactsError(f"the fact {path!r}: {error}") from error


def _rebuilt(
    compiled: Compiled, given: Mapping[str, Any], row: Mapping[str, Any]
) -> dict[str, Any]:
    """The graph's whole answer: what passes through and what was written."""
    passes = all(step.table.node.content.pass_through for step in compiled.steps)
    written = {path: row[path] for path in compiled.outputs}
    return (dict(given) if passes else {}) | written


def _same(left: Any, right: Any) -> bool:
    """Equal but for absent and null, which are one, as far as a float tells numbers apart.

    The engine hands its decimals over as floats.
    """
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        return all(_same(left.get(key), right.get(key)) for key in {*left, *right})
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(_same(a, b) for a, b in pairs)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | Decimal | float) and isinstance(right, int | Decimal | float):
        return float(left) == float(right)
    if isinstance(left, date):
        return bool(left.isoformat() == right)
    return bool(left == right)


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        value = {k: item for k, item in value.items() if item is not None and k != RULE_ID}
    return json.dumps(value, ensure_ascii=False, default=str)
