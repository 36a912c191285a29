"""The ledger's word on every loan of a book's files, for the questions that follow."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa

from carrears.dayrun.questions import Questions
from carrears.delinquency.reckoning.columns import COLUMNS
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.portfolio.products import Products


@contextmanager
def stated(
    engine: duckdb.DuckDBPyConnection,
    book: Path,
    *,
    questions: Questions,
    products: Products,
    as_of: date,
) -> Iterator[str]:
    """The query of every open loan's state; ``engine`` has the tables of the folder ``book``."""
    from carrears.delinquency.reckoning.reckon import reckon_files  # noqa: PLC0415  Numba is slow

    files = {name: book / f"{name}.parquet" for name in COLUMNS}
    parts = reckon_files(files, products=products, as_of=as_of)
    engine.register("reckoned_given", pa.RecordBatchReader.from_batches(RECKONED, _batches(parts)))
    try:
        engine.execute("create temp table reckoned as from reckoned_given")
        yield questions.state
    finally:
        engine.unregister("reckoned_given")
        engine.execute("drop table if exists reckoned")


def _batches(parts: Iterator[pa.Table]) -> Iterator[pa.RecordBatch]:
    for part in parts:
        yield from part.to_batches()
