"""The ledger on a cluster: each worker reckons ranges of loans out of the snapshot's files.

Loans do not know of each other and the files are sorted by them, so a worker reads the row groups
of its range and asks the very function that the night asks on one machine. Nothing is shuffled.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache

import pyarrow as pa

from carrears.dayrun.store import Store
from carrears.delinquency.reckoning.book_files import BookFiles
from carrears.delinquency.reckoning.columns import COLUMNS
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.portfolio.products import Products
from carrears.risk.scorecard import load_scorecard

_SPARK_TYPES = {
    pa.int64(): "bigint",
    pa.int32(): "int",
    pa.date32(): "date",
    pa.float64(): "double",
}
RECKONED_IN_SPARK = ", ".join(f"{field.name} {_SPARK_TYPES[field.type]}" for field in RECKONED)
RANGE_IN_SPARK = "first bigint, past bigint"


def open_book(snapshot: Store) -> BookFiles:
    """The files of a snapshot in a store that all machines see."""
    system, folder = snapshot.open()
    return BookFiles({name: f"{folder}/{name}.parquet" for name in COLUMNS}, system=system)


class LedgerTask:
    """What a worker does with its ranges of loans: ``RANGE_IN_SPARK`` in, ``RECKONED`` out."""

    def __init__(self, snapshot: Store, products: Products, as_of: date) -> None:
        self._snapshot, self._products, self._as_of = snapshot, products, as_of
        self._lateness = load_scorecard().pattern.lateness

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Reckon the loans of some ranges."""
        from carrears.delinquency.reckoning.reckon import reckon  # noqa: PLC0415  workers only

        book = _opened(self._snapshot.url)
        for batch in batches:
            for one in batch.to_pylist():
                rows = book.read((one["first"], one["past"]))
                reckoned = reckon(
                    rows, products=self._products, as_of=self._as_of, lateness=self._lateness
                )
                yield from reckoned.to_batches()


@cache
def _opened(url: str) -> BookFiles:
    """A worker reads the files' footers once."""
    return open_book(Store(url))
