"""What the step ``figures`` costs the night, of its part that reads the book.

``python -m bench.figures [--loans 1000000] [--payments 23]``: states of five day runs thirty days
apart and the payments of three years, as a snapshot has them, are made in a folder of its own; then
each figure is counted, cold and once more. What PostgreSQL counts (contacts, promises, complaints)
is by indexes over thirty days and not measured here.
"""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import django
import duckdb

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")
django.setup()

from carrears.dayrun import collected  # noqa: E402  Django has to be up

LAST = date(2026, 6, 30)
_STATE = """
copy (
  select i as loan_id, 'CNY' as currency,
    case when (i * 7919 + {back}) % 100 < 88 then 0 else 1 + (i % 7) end::int as bucket,
    (1000000 + i % 9000000)::bigint as principal_outstanding,
    (i % 300000)::bigint as arrears, (i % 250000)::bigint as arrears_principal
  from range({loans}) t(i)
) to '{path}' (format parquet, compression zstd)
"""
_PAYMENTS = """
copy (
  select i // {each} as loan_id, i::varchar as payment_no,
    date '2023-07-01' + ((i % {each}) * 1095 // {each} + (i // {each}) % 30)::int as paid_on,
    (100000 + i % 50000)::bigint as amount, 'payment' as kind
  from range({loans}::bigint * {each}) t(i)
) to '{path}' (format parquet, compression zstd)
"""


@dataclass(frozen=True)
class Run:
    """As much of a day run as the figures ask for."""

    as_of: date
    folder: str


def make(folder: Path, *, loans: int, each: int) -> list[Run]:
    """The files; the newest run first."""
    runs = []
    for back in range(0, 150, 30):
        where = folder / str(back)
        where.mkdir(parents=True)
        path = where / "state.parquet"
        duckdb.execute(_STATE.format(loans=loans, back=back, path=path))
        runs.append(Run(LAST - timedelta(days=back), str(where)))
    duckdb.execute(_PAYMENTS.format(loans=loans, each=each, path=folder / "payments.parquet"))
    return runs


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print how long the block took."""
    start = time.perf_counter()
    yield
    print(f"{name:32} {time.perf_counter() - start:6.2f} s")


def count(runs: list[Run], folder: Path) -> None:
    """Count each figure of the book by the functions of the night."""
    before = dict(itertools.pairwise(runs))
    with (
        duckdb.connect(config={"threads": 2, "memory_limit": "1GB"}) as engine,
        mock.patch.object(collected, "_run_before", before.get),
    ):
        engine.execute(f"create view payments as from read_parquet('{folder}/payments.parquet')")
        run: Any = runs[0]
        with timed("whole"):
            with timed("currency of the book"):
                currency = collected.main_currency(engine, run)
            with timed("recovery"):
                print(collected.recovered(engine, run, currency=currency))
            with timed("entry"):
                print(collected.entered(engine, run, currency=currency))
            for months in (1, 2, 3):
                with timed(f"liquidation {months}"):
                    print(collected.liquidated(engine, run, months=months, currency=currency))


def main() -> None:
    """Make, count twice, clear up."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--loans", type=int, default=1_000_000)
    asked.add_argument("--payments", type=int, default=23)
    told = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="carrears-figures-"))
    try:
        with timed("made"):
            runs = make(folder, loans=told.loans, each=told.payments)
        for _ in range(2):
            count(runs, folder)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
