"""Tables sorted by ``loan_id``, as streams: cut between loans, laid into each other, written.

A stream is an iterator of Arrow tables whose rows ascend by ``loan_id`` from table to table.
A few row groups are in memory at a time, whatever the file's size. Plain files; knows no
database.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Ids = npt.NDArray[np.int64]

# Small enough to read one loan out of a million in a millisecond, and as quick to scan. A loan
# has one row of many columns in one table, and some dozens of few columns in the others.
ROW_GROUP = 8_192
ROW_GROUPS = {"loans": 2_048}
_GROUPS_AT_ONCE = 16
# A dictionary of values that hardly repeat costs time and saves nothing.
_VARIED = frozenset(
    {"loan_no", "obligor_no", "payment_no", "event_no", "reverses_no", "principal", "interest"}
)


def whole_loans(batches: Iterable[pa.RecordBatch], *, rows: int) -> Iterator[pa.Table]:
    """The stream in tables of about ``rows`` rows, none of which ends within a loan."""
    kept: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        kept.append(batch)
        count += batch.num_rows
        if count < rows:
            continue
        table = pa.Table.from_batches(kept)
        ids = loan_ids(table)
        end = int(np.searchsorted(ids, ids[-1], side="left"))  # the last loan may go on
        if end:
            yield table.slice(0, end)
        kept, count = table.slice(end).to_batches(), len(ids) - end
    if count:
        yield pa.Table.from_batches(kept)


def without_loans(path: Path, loans: Ids) -> Iterator[pa.Table]:
    """The rows of a sorted file as a stream, but those of ``loans`` (ascending)."""
    with pq.ParquetFile(path, memory_map=True) as file:
        for group in range(file.metadata.num_row_groups):
            rows = file.read_row_group(group)
            ids = loan_ids(rows)
            start, end = np.searchsorted(loans, ids[[0, -1]] + [0, 1]) if len(ids) else (0, 0)
            if start == end:
                yield rows
            else:
                yield rows.filter(pa.array(np.isin(ids, loans[start:end], invert=True)))


def interleaved(one: Iterable[pa.Table], other: Iterable[pa.Table]) -> Iterator[pa.Table]:
    """Two streams as one. No loan may be in both; ``other``'s tables hold whole loans."""
    coming = iter(other)
    waiting: deque[pa.Table] = deque()
    for table in one:
        if table.num_rows == 0:
            continue
        last = table["loan_id"][-1].as_py()
        before = _take_until(waiting, coming, last)
        yield lay_together([table, *before]) if before else table
    yield from waiting
    yield from coming


def _take_until(waiting: deque[pa.Table], coming: Iterator[pa.Table], last: int) -> list[pa.Table]:
    """What comes of loans up to ``last``; the rest keeps waiting."""
    taken: list[pa.Table] = []
    while True:
        if not waiting:
            following = next(coming, None)
            if following is None:
                return taken
            waiting.append(following)
        table = waiting.popleft()
        end = int(np.searchsorted(loan_ids(table), last, side="right"))
        if end:
            taken.append(table.slice(0, end))
        if end < table.num_rows:
            waiting.appendleft(table.slice(end))
            return taken


def lay_together(tables: list[pa.Table]) -> pa.Table:
    """Sorted tables without a loan in common as one sorted table."""
    rows = pa.concat_tables(tables).combine_chunks()
    return rows.take(pa.array(np.argsort(loan_ids(rows), kind="stable")))


def loan_ids(table: pa.Table) -> Ids:
    """The column that every sorted table has, as an array."""
    ids: Ids = table["loan_id"].to_numpy()
    return ids


class SortedWriter:
    """Writes a stream as one Parquet file: the same rows give the same bytes.

    Rows are encoded in a thread of its own, while the next ones are read.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, row_group: int = ROW_GROUP) -> None:
        self.rows = 0
        self._schema = schema
        self._row_group = row_group
        self._kept = [schema.empty_table()]
        self._count = 0
        self._thread = ThreadPoolExecutor(1)
        self._encoding: Future[None] | None = None
        self._writer = pq.ParquetWriter(
            path,
            schema,
            compression="snappy",
            use_dictionary=[name for name in schema.names if name not in _VARIED],
            store_decimal_as_integer=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_: object) -> None:
        try:
            if failed is None and self._count:  # no rows would be a row group of none
                self._flush(self._count)
            if failed is None:
                self._wait()
        finally:
            self._thread.shutdown()
            self._writer.close()

    def add(self, table: pa.Table) -> None:
        """The next rows; columns beyond the file's are left out."""
        self._kept.append(table.select(self._schema.names).cast(self._schema))
        self._count += table.num_rows
        self.rows += table.num_rows
        if self._count >= self._row_group * _GROUPS_AT_ONCE:
            self._flush(self._count // self._row_group * self._row_group)

    def _flush(self, rows: int) -> None:
        # In one piece, as the pages of a file follow the pieces of a column.
        table = pa.concat_tables(self._kept).combine_chunks()
        self._wait()
        self._encoding = self._thread.submit(
            self._writer.write_table, table.slice(0, rows), row_group_size=self._row_group
        )
        self._kept = [table.slice(rows)]
        self._count -= rows

    def _wait(self) -> None:
        """One piece at a time; raises what went wrong with it."""
        if self._encoding is not None:
            self._encoding.result()
