"""Figures by month of a million loans: working the months out, and asking them.

    python -m bench.analytics [--loans 1000000] [--months 12] [--folder DIR]

Paired in one run, on the same files: only reading them, working out the months of a year (each
once, from nothing), and every figure over them, asked cold and asked again. CPU seconds are given
beside the clock, for busy machines.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from bench.book import AS_OF, ensure_book
from bench.screen import READ, SEED
from carrears.analytics.figures import Figure, Question, answer
from carrears.analytics.months import Months
from carrears.portfolio.products import load_products

_READS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--loans", type=int, default=1_000_000)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--folder", type=Path, help="keep the book here and use it again")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carrears-bench-") as scratch:
        book = ensure_book(wanted.folder or Path(scratch) / "book", loans=wanted.loans, seed=SEED)
        shown = measure(book, Path(scratch) / "months", loans=wanted.loans, count=wanted.months)
    Console(width=100).print(shown)


def measure(book: Path, cache: Path, *, loans: int, count: int) -> Table:
    """Time everything; the months are forgotten first."""
    shutil.rmtree(cache, ignore_errors=True)
    first = _months_before(AS_OF, count - 1)
    read = min(_timed(lambda: _read(book)) for _ in range(_READS))
    table = Table(title=f"{loans:,} loans, {count} months, {os.cpu_count()} cores")
    for heading in ("work", "seconds", "CPU s", "× reading", "× reading, CPU"):
        table.add_column(heading, justify="left" if heading == "work" else "right")
    _row(table, "reading the files", read, read)
    months = Months(book, cache, products=load_products(book))
    _row(table, "the months, worked out once", _timed(lambda: months.moves(first, AS_OF)), read)
    _row(table, "the first payments, once", _timed(lambda: months.early(days=30)), read)
    for figure in Figure:
        asked = Question(figure, first, AS_OF, top=20, segment="dealer")
        _row(table, f"{figure}", _timed(lambda q=asked: answer(q, months)), read)  # type: ignore[misc]
    again = Question(Figure.VINTAGE, first, AS_OF, top=20, segment="dealer")
    _row(table, "vintage, asked again", _timed(lambda: answer(again, months)), read)
    return table


def _read(book: Path) -> None:
    with duckdb.connect(config={"threads": os.cpu_count() or 2}) as engine:
        for name in ("loans", "instalments", "payments"):
            engine.read_parquet(str(book / f"{name}.parquet")).create_view(name)
        engine.execute(READ).fetchall()


def _timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds by the clock and of the processor."""
    clock, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - clock, time.process_time() - cpu


def _row(table: Table, what: str, took: tuple[float, float], read: tuple[float, float]) -> None:
    ratios = (f"{mine / theirs:.1f}" for mine, theirs in zip(took, read, strict=True))
    table.add_row(what, f"{took[0]:.2f}", f"{took[1]:.2f}", *ratios)


def _months_before(day: date, months: int) -> date:
    place = day.year * 12 + day.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)


if __name__ == "__main__":
    main()
