"""Who is behind: the screen of a million loans, beside what it could cost.

    python -m bench.screen [--loans 1000000] [--folder DIR] [--json FILE]

Paired in one run, on the same files: only reading them, the screen, a naive window over every
instalment, a per-loan loop in plain Python (a sample, scaled), and one loan at a time. All
answers are compared first. CPU seconds are given beside the clock, for busy machines.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from rich.console import Console
from rich.table import Table

from bench.book import AS_OF, ensure_book
from bench.memory import peak_mib
from carrears import layout
from carrears.delinquency.engine import (
    LoanScreen,
    compile_sql,
    ibis_table,
    open_duckdb,
    register_tables,
)
from carrears.delinquency.screen import delinquency

ROUNDS = 5
SAMPLE = 20_000
ASKED = 500
SEED = 20260630
MEMORY = "512MB"

READ = """
select (select sum(loan_id) + sum(seq) + max(year(due_on)) + sum(principal) + sum(interest)
               + sum(fee) + count(effective_on) + count(superseded_on) from instalments),
       (select sum(loan_id) + max(year(paid_on)) + sum(amount) + max(length(kind)) from payments),
       (select sum(loan_id) + max(length(loan_no)) + max(length(product)) + max(length(currency))
               + max(year(originated_on)) + count(closed_on) from loans)
"""

NAIVE = f"""
with schedule as (
  select loan_id, due_on, principal + interest + fee as amount,
         sum(principal + interest + fee) over (
           partition by loan_id order by due_on, seq rows unbounded preceding) as up_to
  from instalments
  where due_on <= date '{AS_OF}'
    and (effective_on is null or effective_on <= date '{AS_OF}')
    and (superseded_on is null or superseded_on > date '{AS_OF}')
), paid as (
  select loan_id, sum(amount) as paid from payments
  where paid_on <= date '{AS_OF}' and kind <> 'recovery' group by loan_id
)
select loan_id, coalesce(date '{AS_OF}' - min(due_on) filter (up_to > coalesce(paid, 0)), 0) as dpd,
       greatest(coalesce(max(up_to), 0) - coalesce(any_value(paid), 0), 0)::bigint as arrears
from loans left join schedule using (loan_id) left join paid using (loan_id)
where originated_on <= date '{AS_OF}' and (closed_on is null or closed_on > date '{AS_OF}')
group by loan_id
"""


@dataclass
class Timing:
    """Medians over the rounds; ``times_read`` is the multiple of only reading."""

    what: str
    seconds: float
    cpu_seconds: float
    times_read: float
    times_read_cpu: float


def main() -> None:
    wanted = parse_arguments()
    if wanted.only_screen:
        print(json.dumps(run_alone(wanted.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="carrears-bench-") as scratch:
        folder = ensure_book(wanted.folder or Path(scratch), loans=wanted.loans, seed=SEED)
        report = measure(folder)
    show(report)
    if wanted.json:
        with wanted.json.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(report) + "\n")


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="keep the book here and use it again")
    parser.add_argument("--json", type=Path, help="append the figures to this file")
    parser.add_argument("--only-screen", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def measure(folder: Path) -> dict[str, Any]:
    engine = open_book(folder)
    sql = screen_sql()
    engine.execute(f"create temp table screened as {sql}")
    check_naive(engine)
    statements = {
        "only reading": READ,
        "screen": f"create or replace temp table result as {sql}",
        "naive window over everything": f"create or replace temp table result as {NAIVE}",
    }
    timings = time_paired(
        {n: lambda s=s: engine.execute(s).fetchall() for n, s in statements.items()}
    )
    counts = {n: count(engine, n) for n in ("loans", "instalments", "payments")}
    behind = count(engine, "screened where dpd > 0")
    loop = time_loop(engine, counts["loans"], timings[0])
    return {
        "bench": "screen",
        "rows": counts,
        "behind": behind,
        "timings": [asdict(t) for t in (*timings, loop)],
        "alone": in_own_process(folder),
        "one_loan_ms": time_one_loan(folder, counts["loans"]),
        "machine": {"cpus": os.cpu_count(), "load": os.getloadavg()[0]},
    }


def open_book(folder: Path) -> duckdb.DuckDBPyConnection:
    engine = open_duckdb(folder / "scratch", memory=MEMORY)
    names = ("loans", "instalments", "payments")
    register_tables(engine, {n: folder / f"{n}.parquet" for n in names} | {"terms": no_terms()})
    return engine


def no_terms() -> pa.Table:
    """No grace, no tolerance: what the naive window and the loop know too."""
    names = ["standard", "used", "balloon"]
    return pa.table(
        {
            "product": names,
            "grace_days": pa.array([0] * len(names), pa.int32()),
            "materiality_minor": pa.array([0] * len(names), pa.int64()),
            "materiality_share": pa.array([Decimal(0)] * len(names), layout.RATE),
            "grace_shifts": pa.array([False] * len(names), pa.bool_()),
        }
    )


def screen_sql() -> str:
    schemas = {**layout.TABLES, "terms": no_terms().schema}
    names = ("loans", "instalments", "payments", "terms")
    return compile_sql(delinquency(*(ibis_table(n, schemas[n]) for n in names), as_of=AS_OF))


def count(engine: duckdb.DuckDBPyConnection, what: str) -> int:
    (rows,) = engine.execute(f"select count(*) from {what}").fetchone() or (0,)
    return int(rows)


def check_naive(engine: duckdb.DuckDBPyConnection) -> None:
    columns = "select loan_id, dpd, arrears from"
    different = count(
        engine,
        f"(({columns} screened except {columns} ({NAIVE}))"
        f" union all ({columns} ({NAIVE}) except {columns} screened))",
    )
    if different:
        sys.exit(f"the screen and the naive window differ in {different} rows")


def time_paired(tasks: dict[str, Callable[[], object]]) -> list[Timing]:
    """Each task once a round, so that a busy minute falls on all of them."""
    clock: dict[str, list[float]] = {name: [] for name in tasks}
    cpu: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(ROUNDS):
        for name, task in tasks.items():
            started, used = time.perf_counter(), time.process_time()
            task()
            clock[name].append(time.perf_counter() - started)
            cpu[name].append(time.process_time() - used)
    read = next(iter(tasks))
    return [
        Timing(
            what=name,
            seconds=statistics.median(clock[name]),
            cpu_seconds=statistics.median(cpu[name]),
            times_read=median_ratio(clock[name], clock[read]),
            times_read_cpu=median_ratio(cpu[name], cpu[read]),
        )
        for name in tasks
    ]


def median_ratio(these: list[float], those: list[float]) -> float:
    return statistics.median(a / b for a, b in zip(these, those, strict=True))


def time_loop(engine: duckdb.DuckDBPyConnection, loans: int, read: Timing) -> Timing:
    """Plain Python, a loan at a time, rows at hand: the sample's time scaled to the book."""
    engine.execute(
        f"create or replace temp table sample as select loan_id from screened"
        f" using sample reservoir({SAMPLE} rows) repeatable (1)"
    )
    dues = rows_of(
        engine,
        "due_on, seq, principal + interest + fee, effective_on, superseded_on",
        "instalments",
        "due_on, seq",
    )
    paid = rows_of(engine, "paid_on, amount, kind", "payments", "paid_on")
    screened = dict(
        engine.execute(
            "select loan_id, dpd from screened semi join sample using (loan_id)"
        ).fetchall()
    )
    started, used = time.perf_counter(), time.process_time()
    found = {
        loan_id: days_past_due(dues.get(loan_id, []), paid.get(loan_id, [])) for loan_id in screened
    }
    scale = loans / len(screened)
    seconds = (time.perf_counter() - started) * scale
    cpu = (time.process_time() - used) * scale
    if found != screened:
        sys.exit("the screen and the per-loan loop differ")
    what = f"per-loan Python loop (sample of {len(screened):,}, scaled)"
    return Timing(what, seconds, cpu, seconds / read.seconds, cpu / read.cpu_seconds)


def rows_of(
    engine: duckdb.DuckDBPyConnection, columns: str, table: str, order: str
) -> dict[int, list[tuple[Any, ...]]]:
    rows = engine.execute(
        f"select loan_id, {columns} from {table} semi join sample using (loan_id)"
        f" order by loan_id, {order}"
    ).fetchall()
    return {k: [row[1:] for row in part] for k, part in groupby(rows, key=itemgetter(0))}


def days_past_due(dues: list[tuple[Any, ...]], payments: list[tuple[Any, ...]]) -> int:
    left = sum(amount for on, amount, kind in payments if on <= AS_OF and kind != "recovery")
    for due_on, _, amount, effective_on, superseded_on in dues:
        is_live = effective_on is None or effective_on <= AS_OF
        if due_on > AS_OF or not is_live or (superseded_on and superseded_on <= AS_OF):
            continue
        left -= amount
        if left < 0:
            return (AS_OF - due_on).days
    return 0


def in_own_process(folder: Path) -> dict[str, float]:
    """The screen in a process of its own, as the night runs it: peak memory and time."""
    command = [sys.executable, "-m", "bench.screen", "--only-screen", "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def run_alone(folder: Path) -> dict[str, float]:
    started = time.perf_counter()
    engine = open_book(folder)
    out = folder / "scratch" / "states.parquet"
    engine.execute(f"copy ({screen_sql()}) to '{out}' (format parquet)")
    seconds = time.perf_counter() - started
    peak = peak_mib()
    out.unlink()
    return {"seconds": seconds, "peak_mib": peak}


def time_one_loan(folder: Path, loans: int) -> dict[str, float]:
    """One loan's state out of the whole book's files, again and again."""
    asked = random.Random(SEED).sample(range(1, loans + 1), min(ASKED, loans))  # noqa: S311
    took = []
    with LoanScreen(folder, no_terms()) as screen:
        screen.state(asked[0], as_of=AS_OF)
        for loan_id in asked:
            started = time.perf_counter()
            screen.state(loan_id, as_of=AS_OF)
            took.append((time.perf_counter() - started) * 1000)
    cuts = statistics.quantiles(took, n=100)
    return {"p50": cuts[49], "p99": cuts[98], "asked": len(took)}


def show(report: dict[str, Any]) -> None:
    console = Console()
    rows, one, alone = report["rows"], report["one_loan_ms"], report["alone"]
    table = Table(
        "", "seconds", "CPU s", "× reading", "× reading (CPU)",
        title=" · ".join(f"{n:,} {name}" for name, n in rows.items())
        + f" · {report['behind']:,} behind",
    )  # fmt: skip
    for t in report["timings"]:
        figures = (t["seconds"], t["cpu_seconds"], t["times_read"], t["times_read_cpu"])
        table.add_row(t["what"], *(f"{figure:.2f}" for figure in figures))
    console.print(table)
    console.print(
        f"screen in its own process, written to Parquet: {alone['seconds']:.2f} s,"
        f" peak {alone['peak_mib']:.0f} MiB"
    )
    console.print(
        f"one loan out of {rows['loans']:,}: p50 {one['p50']:.1f} ms, p99 {one['p99']:.1f} ms"
        f" ({one['asked']} loans)"
    )
    console.print(f"{report['machine']['cpus']} CPUs, load {report['machine']['load']:.1f}")


if __name__ == "__main__":
    main()
