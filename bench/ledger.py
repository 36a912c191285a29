"""The whole ledger over a million loans, beside what it could cost.

    python -m bench.ledger [--loans 1000000] [--folder DIR] [--json FILE]

Paired in one run, on the same files: only reading them; the ledger (waterfall, penalty and
compound interest, deferrals, money taken back, arrears by component, days past due, payoff) of
every loan; the screen, which is totals in SQL without any of that; Polars, which has no penalty
and is compared with the ledger without one; and a loop over loans, demands and payments as rows,
as lending add-ons of ERP systems replay them (a sample, scaled, compared). CPU seconds are given
beside the clock.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from bench.book import AS_OF, ensure_book
from bench.ledger_loop import as_rows, replay_rows
from bench.memory import peak_mib
from bench.screen import READ, SEED, Timing, open_book, screen_sql, time_paired
from carrears.delinquency.reckoning.reckon import reckon_files, write_reckoned
from carrears.portfolio.products import Penalty, Product, Products, load_products

SAMPLE = 5_000
TABLES = ("loans", "instalments", "payments", "events")
SHIPPED = load_products(Path("absent"))
PLAIN = Products({"default": Product()})
FULL = Products({"default": Product(penalty=Penalty(surcharge=Decimal("0.5"), compound=True))})


def main() -> None:
    wanted = parse_arguments()
    if wanted.alone:
        print(json.dumps(run_alone(wanted.folder)))
        return
    with tempfile.TemporaryDirectory(prefix="carrears-bench-") as scratch:
        folder = wanted.folder or Path(scratch)
        ensure_book(folder, loans=wanted.loans, seed=SEED)
        report = measure(folder) if not wanted.only_alone else {"alone": in_own_process(folder)}
    if wanted.json:
        with wanted.json.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(report) + "\n")
    if wanted.only_alone:
        print(json.dumps(report["alone"]))
    else:
        show(report)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="use the book here, or keep it here")
    parser.add_argument("--json", type=Path, help="append the figures to this file")
    parser.add_argument("--only-alone", action="store_true", help="time and memory, nothing else")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def files_of(folder: Path) -> dict[str, Path]:
    return {name: folder / f"{name}.parquet" for name in TABLES}


def reckon(folder: Path, products: Products) -> pa.Table:
    return pa.concat_tables(reckon_files(files_of(folder), products=products, as_of=AS_OF))


def measure(folder: Path) -> dict[str, Any]:
    engine, sql = open_book(folder), screen_sql()
    different = compare_polars(reckon(folder, PLAIN), polars_figures(folder))
    if different:
        sys.exit(f"the ledger without penalty and Polars differ in {different} loans")

    tasks: dict[str, Callable[[], object]] = {
        "only reading": lambda: engine.execute(READ).fetchall(),
        "the ledger": lambda: reckon(folder, FULL),
        "the ledger, shipped terms": lambda: reckon(folder, SHIPPED),
        "the screen's totals": lambda: engine.execute(
            f"create or replace temp table screened as {sql}"
        ),
        "Polars, without penalty, reversals by sum": lambda: polars_figures(folder),
    }
    timings = time_paired(tasks)
    counts = {name: pq.read_metadata(path).num_rows for name, path in files_of(folder).items()}
    figures = reckon(folder, FULL)
    loop = time_loop(folder, figures, timings[0], loans=counts["loans"])
    return {
        "bench": "ledger",
        "rows": counts,
        "behind": int((figures.column("dpd").to_numpy() > 0).sum()),
        "timings": [asdict(timing) for timing in (*timings, loop)],
        "alone": in_own_process(folder),
        "machine": {"cpus": os.cpu_count(), "load": os.getloadavg()[0]},
    }


def polars_figures(folder: Path) -> pl.DataFrame:
    """Oldest instalment first by one window: arrears by component, days past due."""
    live = pl.scan_parquet(folder / "instalments.parquet").filter(
        pl.col("effective_on").is_null() | (pl.col("effective_on") <= AS_OF),
        pl.col("superseded_on").is_null() | (pl.col("superseded_on") > AS_OF),
        pl.col("due_on") <= AS_OF,
    )
    paid = (
        pl.scan_parquet(folder / "payments.parquet")
        .filter(pl.col("paid_on") <= AS_OF, pl.col("kind") != "recovery")
        .group_by("loan_id")
        .agg(money=pl.col("amount").sum())
    )
    amount = pl.col("principal") + pl.col("interest") + pl.col("fee")
    rows = (
        live.join(paid, on="loan_id", how="left")
        .with_columns(amount=amount, money=pl.col("money").fill_null(0).clip(lower_bound=0))
        .with_columns(up_to=pl.col("amount").cum_sum().over("loan_id", order_by=["due_on", "seq"]))
        .with_columns(
            short=pl.min_horizontal("amount", (pl.col("up_to") - pl.col("money")).clip(0))
        )
        .with_columns(of_principal=pl.min_horizontal("short", "principal"))
        .with_columns(
            of_interest=pl.min_horizontal(pl.col("short") - pl.col("of_principal"), "interest")
        )
    )
    return (
        rows.group_by("loan_id")
        .agg(
            arrears=pl.col("short").sum(),
            arrears_principal=pl.col("of_principal").sum(),
            arrears_interest=pl.col("of_interest").sum(),
            oldest_due_on=pl.col("due_on").filter(pl.col("short") > 0).min(),
        )
        .with_columns(dpd=(pl.lit(AS_OF) - pl.col("oldest_due_on")).dt.total_days().fill_null(0))
        .collect(engine="streaming")
    )


def compare_polars(figures: pa.Table, found: pl.DataFrame) -> int:
    """Loans whose figures differ; Polars also has those that are closed."""
    names = ["arrears", "arrears_principal", "arrears_interest", "dpd"]
    ours = pl.DataFrame(pl.from_arrow(figures.select(["loan_id", *names])))
    both = ours.join(found, on="loan_id", how="left", suffix="_polars")
    unequal = [pl.col(n) != pl.col(f"{n}_polars").fill_null(0) for n in names]
    return both.filter(pl.any_horizontal(unequal)).height


def time_loop(folder: Path, figures: pa.Table, read: Timing, *, loans: int) -> Timing:
    """A loan at a time in plain Python, rows at hand: the sample's time scaled to the book."""
    accounts = as_rows(files_of(folder), loans=SAMPLE)
    started, used = time.perf_counter(), time.process_time()
    found = {loan_id: replay_rows(account, as_of=AS_OF) for loan_id, account in accounts.items()}
    scale = loans / len(accounts)
    seconds, cpu = (time.perf_counter() - started) * scale, (time.process_time() - used) * scale
    ours = figures.slice(0, SAMPLE).select(["loan_id", "arrears", "arrears_penalty", "dpd"])
    for row in ours.to_pylist():
        if row["loan_id"] in found and found[row.pop("loan_id")] != row:
            sys.exit(f"the ledger and the loop differ: {row}")
    what = f"per-loan Python loop ({len(accounts):,} loans, scaled)"
    return Timing(what, seconds, cpu, seconds / read.seconds, cpu / read.cpu_seconds)


def in_own_process(folder: Path) -> dict[str, float]:
    """The ledger in a process of its own, written to Parquet: time and peak memory."""
    command = [sys.executable, "-m", "bench.ledger", "--alone", "--folder", str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def run_alone(folder: Path) -> dict[str, float]:
    target = folder / "figures.parquet"
    started, used = time.perf_counter(), time.process_time()
    rows = write_reckoned(files_of(folder), target, products=FULL, as_of=AS_OF)
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    target.unlink()
    return {"loans": rows, "seconds": seconds, "cpu_seconds": cpu, "peak_mib": peak_mib()}


def show(report: dict[str, Any]) -> None:
    console = Console(width=110)
    rows, alone = report["rows"], report["alone"]
    table = Table(
        "", "seconds", "CPU s", "× reading", "× reading (CPU)",
        title=" · ".join(f"{n:,} {name}" for name, n in rows.items())
        + f" · {report['behind']:,} behind",
    )  # fmt: skip
    for t in report["timings"]:
        figures = (t["seconds"], t["cpu_seconds"], t["times_read"], t["times_read_cpu"])
        table.add_row(t["what"], *(f"{figure:,.2f}" for figure in figures))
    console.print(table)
    console.print(
        f"the ledger in its own process, written to Parquet: {alone['seconds']:.2f} s"
        f" ({alone['cpu_seconds']:.2f} CPU s), peak {alone['peak_mib']:,.0f} MiB"
    )
    console.print(f"{report['machine']['cpus']} CPUs, load {report['machine']['load']:.1f}")


if __name__ == "__main__":
    main()
