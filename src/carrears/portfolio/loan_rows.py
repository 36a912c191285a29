"""A few loans out of a snapshot of millions, without reading the rest.

The tables of a snapshot are sorted by ``loan_id`` and cut into small row groups, whose bounds
the footer of the file knows: a loan costs a row group or two of each table, some milliseconds
together. Loans that are likely to be asked for can be read ahead, all in one scan. Plain files;
knows no database.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakValueDictionary

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Ids = npt.NDArray[np.int64]


class LoanRows:
    """The rows of some loans of one snapshot. May be shared by threads; they take turns."""

    def __init__(self, snapshot: Path, *, tables: Collection[str]) -> None:
        self._turn = threading.Lock()
        self._tables = {name: _SortedTable(snapshot / f"{name}.parquet") for name in tables}

    def of(self, loan_ids: Iterable[int]) -> dict[str, pa.Table]:
        """All rows of these loans by table, in the order of the file. Unknown ids have none."""
        wanted = np.unique(np.fromiter(loan_ids, np.int64))
        with self._turn:
            return {name: table.rows(wanted) for name, table in self._tables.items()}

    def read_ahead(self, loan_ids: Iterable[int]) -> None:
        """Keep all rows of these loans in memory: some 3 KiB a loan.

        Nobody has to wait for it, and what another snapshot has read of the same file is taken
        from there.
        """
        wanted = np.unique(np.fromiter(loan_ids, np.int64))
        for table in self._tables.values():
            table.read_ahead(wanted)


@dataclass(frozen=True, eq=False)
class _Ahead:
    """What was read of a file ahead of time: all rows of the loans ``of``."""

    of: Ids
    rows: pa.Table
    ids: Ids

    def has(self, wanted: Ids) -> npt.NDArray[np.bool_]:
        places = np.searchsorted(self.of, wanted).clip(max=len(self.of) - 1)
        found: npt.NDArray[np.bool_] = self.of[places] == wanted
        return found


# By the file, as the disk knows it: one that did not change stands in many snapshots.
_ahead: WeakValueDictionary[tuple[int, int, int], _Ahead] = WeakValueDictionary()
_SAME_LOANS = 0.9


class _SortedTable:
    """A Parquet file that is sorted by ``loan_id``, its first column."""

    def __init__(self, path: Path) -> None:
        self._path, self._file = path, pq.ParquetFile(path, memory_map=True)
        found = path.stat()
        self._known_as = found.st_dev, found.st_ino, found.st_mtime_ns
        footer = self._file.metadata
        groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
        bounds = [group.column(0).statistics for group in groups if group.num_rows]
        self._lowest = np.array([bound.min for bound in bounds], np.int64)
        self._highest = np.array([bound.max for bound in bounds], np.int64)
        self._read: tuple[int, pa.Table] | None = None  # the group that was wanted last
        self._ahead: _Ahead | None = None

    def rows(self, wanted: Ids) -> pa.Table:
        parts, ahead = [], self._ahead  # another thread may set it at any moment
        if ahead is not None and len(wanted):
            is_ahead = ahead.has(wanted)
            parts += _cut(ahead.rows, ahead.ids, wanted[is_ahead])
            wanted = wanted[~is_ahead]
        first = np.searchsorted(self._highest, wanted, side="left")
        last = np.searchsorted(self._lowest, wanted, side="right")
        groups = sorted({n for a, b in zip(first, last, strict=True) for n in range(a, b)})
        for group in groups:
            table = self._group(int(group))
            parts += _cut(table, table.column("loan_id").to_numpy(), wanted)
        # Of one loan, the rows of the earlier group stay before those of the later.
        found = [part for _, part in sorted(parts, key=lambda pair: pair[0])]
        if not found:
            return self._file.schema_arrow.empty_table()
        return pa.concat_tables(found).combine_chunks()  # every later step goes through each chunk

    def _group(self, group: int) -> pa.Table:
        if self._read is None or self._read[0] != group:
            self._read = group, self._file.read_row_group(group, use_threads=False)
        return self._read[1]

    def read_ahead(self, wanted: Ids) -> None:
        known = _ahead.get(self._known_as)
        if known is None or np.isin(wanted, known.of).sum() < _SAME_LOANS * len(wanted):
            rows = _scan(self._path, wanted).cast(self._file.schema_arrow)
            known = _Ahead(wanted, rows, rows.column("loan_id").to_numpy())
            _ahead[self._known_as] = known
        self._ahead = known if len(known.of) else None


def _cut(table: pa.Table, ids: Ids, wanted: Ids) -> list[tuple[int, pa.Table]]:
    """The rows of each of these loans that has any; ``ids`` are the table's, in order."""
    starts, ends = (np.searchsorted(ids, wanted, side=side) for side in ("left", "right"))
    return [
        (loan_id, table.slice(start, end - start))
        for loan_id, start, end in zip(wanted.tolist(), starts.tolist(), ends.tolist(), strict=True)
        if end > start
    ]


def _scan(path: Path, wanted: Ids) -> pa.Table:
    """All rows of these loans, in the order of the file, by one pass over it."""
    engine = duckdb.connect(config={"threads": 1})
    try:
        engine.register("wanted", pa.table({"loan_id": wanted}))
        file = engine.read_parquet(str(path), file_row_number=True)  # noqa: F841  the query reads it
        # A join gives rows in any order.
        found = engine.sql("from file semi join wanted using (loan_id) order by file_row_number")
        return found.to_arrow_table().drop_columns("file_row_number").combine_chunks()
    finally:
        engine.close()


@dataclass(frozen=True, slots=True)
class LoanNumbers:
    """Which id a lender's loan number has; two numbers of one hash are both candidates."""

    hashes: npt.NDArray[np.uint64]
    ids: Ids

    def candidates(self, loan_nos: Sequence[str]) -> Mapping[str, list[int]]:
        """The ids that each number may have: none, one, or by a rare accident several."""
        wanted = np.array([_hash_of(number) for number in loan_nos], np.uint64)
        starts, ends = (np.searchsorted(self.hashes, wanted, side=s) for s in ("left", "right"))
        return {
            number: self.ids[start:end].tolist()
            for number, start, end in zip(loan_nos, starts, ends, strict=True)
        }


def read_loan_numbers(registry: Path) -> LoanNumbers:
    """The index of the registry of loans; written beside it when the registry is newer."""
    path = registry.with_suffix(".numbers.npy")
    if not path.exists() or path.stat().st_mtime_ns < registry.stat().st_mtime_ns:
        _write_loan_numbers(registry, path)
    kept = np.load(path, mmap_mode="r")
    return LoanNumbers(kept[0], kept[1].view(np.int64))


def _write_loan_numbers(registry: Path, path: Path) -> None:
    engine = duckdb.connect()
    try:
        columns = engine.execute(
            "select md5_number_lower(loan_no) as hash, loan_id from read_parquet(?) order by all",
            [str(registry)],
        ).fetchnumpy()
    finally:
        engine.close()
    fresh = path.with_suffix(f".{os.getpid()}.npy")
    np.save(fresh, np.stack([columns["hash"], columns["loan_id"].astype(np.uint64)]))
    fresh.replace(path)


def _hash_of(loan_no: str) -> int:
    """DuckDB's ``md5_number_lower``."""
    digest = hashlib.md5(loan_no.encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little")
