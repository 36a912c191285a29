"""The ledger's word on every loan of a book's files, for the questions that follow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from carrears.dayrun.questions import Questions
from carrears.delinquency.reckoning.columns import COLUMNS
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.portfolio.products import Products
from carrears.risk.scorecard import load_scorecard


@contextmanager
def stated(
    engine: duckdb.DuckDBPyConnection,
    book: Path,
    *,
    questions: Questions,
    products: Products,
    as_of: date,
    reckoned: Path | None = None,
) -> Iterator[str]:
    """The query of every open loan's state; ``engine`` has the tables of the folder ``book``.

    ``reckoned`` is the file of the day where ``reckon_book`` was asked before.
    """
    if reckoned is not None:
        with pa.memory_map(str(reckoned)) as kept:
            engine.register("reckoned", pa.ipc.open_file(kept).read_all())
            try:
                yield questions.state
            finally:
                engine.unregister("reckoned")
        return
    from carrears.delinquency.reckoning.reckon import reckon_files  # noqa: PLC0415  Numba is slow

    files = {name: book / f"{name}.parquet" for name in COLUMNS}
    parts = reckon_files(
        files, products=products, as_of=as_of, lateness=load_scorecard().pattern.lateness
    )
    engine.register("reckoned_given", pa.RecordBatchReader.from_batches(RECKONED, _batches(parts)))
    try:
        engine.execute("create temp table reckoned as from reckoned_given")
        yield questions.state
    finally:
        engine.unregister("reckoned_given")
        engine.execute("drop table if exists reckoned")


def reckon_book(book: Path, outs: Mapping[date, Path], *, products: Products) -> None:
    """Keep what the ledger says of every loan of a book on some days, in one pass over it."""
    from carrears.delinquency.reckoning.reckon import write_reckoned_days  # noqa: PLC0415  as above

    files = {name: book / f"{name}.parquet" for name in COLUMNS}
    lateness = load_scorecard().pattern.lateness
    write_reckoned_days(files, outs, products=products, lateness=lateness)


def _batches(parts: Iterator[pa.Table]) -> Iterator[pa.RecordBatch]:
    for part in parts:
        yield from part.to_batches()
