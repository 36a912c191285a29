"""Decision tables over a million loans: compiled for DuckDB against zen-engine at its best.

    python bench/strategy.py [--rows 1000000]

Both decide the same loans by the same table; the answers are compared first. zen-engine runs
with a static loader, without trace, on JSON text made beforehand, over a sample (its time
grows with the rows, so the rate is stated). The compiled rate counts the whole statement
that writes loan and outputs (or the rule that fired) to a table.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time
from typing import Any

import duckdb
import zen
from rich.console import Console
from rich.table import Table

from carrears.strategy.batch import decided
from carrears.strategy.compile import Compiled, compile_graph
from carrears.strategy.facts import make_fact
from carrears.strategy.jdm import Document, parse_document
from carrears.strategy.single import to_json

FACTS = {
    "dpd": make_fact("dpd", "integer"),
    "score": make_fact("score", "integer"),
    "band": make_fact("band", "string"),
    "region": make_fact("region", "string"),
}
BANDS, REGIONS = "ABCD", ("east", "south", "west", "north", "centre")
OUTPUTS = ("treatment", "channel", "cadence")
SAMPLE = {40: 10_000, 400: 5_000, 10_000: 1_000}
ROUNDS = 4


def make_table(rules: int) -> Document:
    """A grid of DPD × score (× band × region from 400 rules on), three outputs."""
    bands, regions = (BANDS, REGIONS) if rules >= 400 else ("", ())
    cells = rules // (max(1, len(bands)) * max(1, len(regions)))
    across = next(n for n in range(int(cells**0.5), 0, -1) if cells % n == 0)
    down = cells // across
    grid = itertools.product(range(down), range(across), bands or ("",), regions or ("",))
    rows = [
        {
            "_id": f"r{number}",
            "i0": f"[{d * 200 // down}..{(d + 1) * 200 // down})",
            "i1": f"[{s * 1000 // across}..{(s + 1) * 1000 // across})",
            "i2": f"'{band}'" if band else "",
            "i3": f"'{region}'" if region else "",
            "o0": f"'treatment-{number % 50}'",
            "o1": f"'channel-{number % 5}'",
            "o2": str(number % 30),
        }
        for number, (d, s, band, region) in enumerate(grid)
    ]
    content = {
        "hitPolicy": "first",
        "inputs": [{"id": f"i{n}", "name": f, "field": f} for n, f in enumerate(FACTS)],
        "outputs": [{"id": f"o{n}", "name": f, "field": f} for n, f in enumerate(OUTPUTS)],
        "rules": rows,
    }
    nodes = [
        {"id": "in", "type": "inputNode", "name": "in", "content": {}},
        {"id": "t", "type": "decisionTableNode", "name": "t", "content": content},
    ]
    return parse_document(
        {"nodes": nodes, "edges": [{"id": "e", "sourceId": "in", "targetId": "t"}]}
    )


def make_facts(con: duckdb.DuckDBPyConnection, rows: int) -> None:
    con.execute("SELECT setseed(0.5)")
    con.execute(
        f"""CREATE TABLE facts AS SELECT range AS loan_id,
            CASE WHEN random() < 0.02 THEN NULL ELSE CAST(random() * 220 AS INTEGER) END AS dpd,
            CASE WHEN random() < 0.02 THEN NULL ELSE CAST(random() * 1000 AS INTEGER) END AS score,
            {list(BANDS)}[1 + CAST(floor(random() * 4) AS INTEGER)] AS band,
            {list(REGIONS)}[1 + CAST(floor(random() * 5) AS INTEGER)] AS region
            FROM range({rows})"""
    )


def time_compiled(con: duckdb.DuckDBPyConnection, compiled: Compiled, columns: str) -> float:
    begin = time.perf_counter()
    with decided(con, "facts", compiled) as query:
        con.execute(f"CREATE OR REPLACE TEMP TABLE out AS SELECT {columns} FROM ({query})")
    return time.perf_counter() - begin


def time_engine(engine: zen.ZenEngine, contexts: list[str]) -> tuple[float, list[Any]]:
    begin = time.perf_counter()
    results = [engine.evaluate("k", context)["result"] for context in contexts]
    return time.perf_counter() - begin, results


def count_different(con: duckdb.DuckDBPyConnection, results: list[Any]) -> int:
    found = con.execute(
        "SELECT treatment, channel, cadence FROM out"
        f" WHERE loan_id < {len(results)} ORDER BY loan_id"
    ).fetchall()
    wanted = [tuple(r.get(f) for f in OUTPUTS) for r in results]
    return sum(a != b for a, b in zip(found, wanted, strict=True))


def bench_rules(con: duckdb.DuckDBPyConnection, rules: int, rows: int) -> list[str]:
    """Best of interleaved rounds, so that a busy machine slows both sides alike."""
    document = make_table(rules)
    begin = time.perf_counter()
    compiled = compile_graph(document, FACTS)
    compiling = time.perf_counter() - begin
    sample = con.execute(
        f"SELECT dpd, score, band, region FROM facts ORDER BY loan_id LIMIT {SAMPLE[rules]}"
    ).fetchall()
    contexts = [to_json(dict(zip(FACTS, row, strict=True))) for row in sample]
    engine = zen.ZenEngine({"loader": {"type": "static", "content": {"k": document.source}}})
    engines, by_rule, by_output = [], [], []
    results: list[Any] = []
    for _ in range(ROUNDS):
        seconds, results = time_engine(engine, contexts)
        engines.append(seconds)
        by_rule.append(time_compiled(con, compiled, "loan_id, rule_id"))
        by_output.append(time_compiled(con, compiled, f"loan_id, {', '.join(OUTPUTS)}"))
    rate, rule, outputs = len(contexts) / min(engines), rows / min(by_rule), rows / min(by_output)
    return [
        f"{rules:,}",
        f"{compiling:.2f}",
        f"{rule / 1e6:.1f}",
        f"{outputs / 1e6:.1f}",
        f"{rate / 1e6:.3f}",
        f"{rule / rate:,.0f}",
        f"{outputs / rate:,.0f}",
        str(count_different(con, results)),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    con = duckdb.connect()
    make_facts(con, rows)
    title = f"M rows/s over {rows:,} loans, {os.cpu_count()} cores, best of {ROUNDS}"
    table = Table(title=title)
    for heading in ("rules", "compile s", "rule", "outputs", "zen", "rule ×", "outputs ×", "≠"):
        table.add_column(heading, justify="right")
    for rules in SAMPLE:
        table.add_row(*bench_rules(con, rules, rows))
    Console().print(table)


if __name__ == "__main__":
    main()
