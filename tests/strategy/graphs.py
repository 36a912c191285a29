"""Small decision graphs for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any

import duckdb
import pyarrow as pa

from carrears.strategy.batch import decide_batch
from carrears.strategy.compile import Compiled
from carrears.strategy.facts import Fact, Kind
from carrears.strategy.jdm import Document, parse_document

Rule = tuple[Sequence[str], Sequence[str]]


def table_node(
    name: str,
    inputs: Sequence[str],
    outputs: Sequence[str],
    rules: Sequence[Rule],
    **settings: Any,
) -> dict[str, Any]:
    """A decision table node; a rule is its condition cells and its output cells."""
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": f"i{n}", "name": f, "field": f} for n, f in enumerate(inputs)],
        "outputs": [{"id": f"o{n}", "name": f, "field": f} for n, f in enumerate(outputs)],
        "rules": [
            {"_id": f"{name}{row}"}
            | {f"i{n}": cell for n, cell in enumerate(tests)}
            | {f"o{n}": cell for n, cell in enumerate(values)}
            for row, (tests, values) in enumerate(rules, 1)
        ],
    }
    return {
        "id": name,
        "name": name,
        "type": "decisionTableNode",
        "content": content | settings,
    }


def chain(*nodes: dict[str, Any]) -> dict[str, Any]:
    """Input → nodes → output, as JSON."""
    ends = [{"id": end, "name": end, "type": f"{end}Node", "content": {}} for end in ENDS]
    row = [ends[0], *nodes, ends[1]]
    edges = [
        {"id": f"e{n}", "sourceId": a["id"], "targetId": b["id"]}
        for n, (a, b) in enumerate(pairwise(row))
    ]
    return {"nodes": row, "edges": edges}


ENDS = ("input", "output")


def one_table(
    inputs: Sequence[str], outputs: Sequence[str], rules: Sequence[Rule], **settings: Any
) -> Document:
    """A graph of a single table called T."""
    return parse_document(chain(table_node("T", inputs, outputs, rules, **settings)))


def decide_rows(
    compiled: Compiled, facts: Mapping[str, Fact], rows: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """The batch's decisions in the order of the rows, outputs and rule_id only."""
    types = {
        Kind.STRING: pa.string(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DATE: pa.date32(),
    }
    columns: dict[str, Any] = {"row": pa.array(range(len(rows)), pa.int64())}
    for path, fact in facts.items():
        number = pa.decimal128(18, fact.scale) if fact.scale else pa.int64()
        values = [row.get(path) for row in rows]
        columns[path] = pa.array(values, types.get(fact.kind, number))
    decided = decide_batch(pa.table(columns), compiled, con=_connection())
    found = sorted(decided.to_pylist(), key=lambda row: row["row"])
    names = [*compiled.outputs, "rule_id"]
    return [{name: plain(row[name]) for name in names} for row in found]


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    con = duckdb.connect()
    con.execute("SET threads = 1")  # small tables; starting threads costs more than they save
    return con


def plain(value: Any) -> Any:
    """Whole decimals as integers and structs without their nulls, as the engine answers."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else value.normalize()
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items() if item is not None}
    return value.isoformat() if hasattr(value, "isoformat") else value
