"""A few loans out of a snapshot of millions, without reading the rest.

The tables of a snapshot are sorted by ``loan_id`` and cut into small row groups, whose bounds
the footer of the file knows: a loan costs a row group or two of each table, some milliseconds
together. Groups that were read are kept for a while, for each has some two hundred loans. Plain
files; knows no database.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

Ids = npt.NDArray[np.int64]
_Group: TypeAlias = tuple[int, int, int, int]  # the file, as the disk knows it; and the place in it


class LoanRows:
    """The rows of some loans of one snapshot. May be shared by threads; they take turns.

    ``groups`` keeps what was read; snapshots may share it.
    """

    def __init__(self, snapshot: Path, *, tables: Collection[str], groups: KeptGroups) -> None:
        self._turn = threading.Lock()
        self._tables = {name: _SortedTable(snapshot / f"{name}.parquet", groups) for name in tables}

    def of(self, loan_ids: Iterable[int]) -> dict[str, pa.Table]:
        """All rows of these loans by table, in the order of the file. Unknown ids have none."""
        wanted = np.unique(np.fromiter(loan_ids, np.int64))
        with self._turn:
            return {name: table.rows(wanted) for name, table in self._tables.items()}


class KeptGroups:
    """Row groups in memory, up to ``most_bytes``; those go first that were wanted longest ago.

    A file that stands in several snapshots, as most do, is known again.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes, self._bytes = most_bytes, 0
        self._groups: OrderedDict[_Group, pa.Table] = OrderedDict()
        self._turn = threading.Lock()

    def __len__(self) -> int:
        return len(self._groups)

    def get(self, group: _Group) -> pa.Table | None:
        """Its rows, which count as wanted now; None where they are not kept."""
        with self._turn:
            found = self._groups.get(group)
            if found is not None:
                self._groups.move_to_end(group)
            return found

    def keep(self, group: _Group, rows: pa.Table) -> None:
        """Keep its rows; others may have to go for them."""
        with self._turn:
            if group in self._groups:
                return
            self._groups[group] = rows
            self._bytes += rows.nbytes
            while self._bytes > self._most_bytes:
                _, forgotten = self._groups.popitem(last=False)
                self._bytes -= forgotten.nbytes


class _SortedTable:
    """A Parquet file that is sorted by ``loan_id``, its first column."""

    def __init__(self, path: Path, kept: KeptGroups) -> None:
        self._file, self._kept = pq.ParquetFile(path, memory_map=True), kept
        found = path.stat()
        self._known_as = found.st_dev, found.st_ino, found.st_mtime_ns
        footer = self._file.metadata
        groups = [footer.row_group(n) for n in range(footer.num_row_groups)]
        bounds = [group.column(0).statistics for group in groups if group.num_rows]
        self._lowest = np.array([bound.min for bound in bounds], np.int64)
        self._highest = np.array([bound.max for bound in bounds], np.int64)

    def rows(self, wanted: Ids) -> pa.Table:
        first = np.searchsorted(self._highest, wanted, side="left")
        last = np.searchsorted(self._lowest, wanted, side="right")
        groups = sorted({n for a, b in zip(first, last, strict=True) for n in range(a, b)})
        parts = [part for group in groups for part in self._cut(group, wanted)]
        if not parts:
            return self._file.schema_arrow.empty_table()
        found = pa.concat_tables(parts, promote_options="default")
        return found.cast(self._file.schema_arrow)

    def _group(self, group: int) -> pa.Table:
        rows = self._kept.get((*self._known_as, group))
        if rows is None:
            rows = _lean(self._file.read_row_group(group, use_threads=False))
            self._kept.keep((*self._known_as, group), rows)
        return rows

    def _cut(self, group: int, wanted: Ids) -> list[pa.Table]:
        table = self._group(int(group))
        ids = table.column("loan_id").to_numpy()
        starts, ends = (np.searchsorted(ids, wanted, side=side) for side in ("left", "right"))
        return [
            table.slice(start, end - start)
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True)
            if end > start
        ]


def _lean(rows: pa.Table) -> pa.Table:
    """The same, without memory for columns that are all null: they are of no type."""
    for place, column in enumerate(rows.columns):
        if column.null_count == rows.num_rows:
            rows = rows.set_column(place, rows.column_names[place], pa.nulls(rows.num_rows))
    return rows


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
