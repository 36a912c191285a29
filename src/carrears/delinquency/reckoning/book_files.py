"""A book's Parquet files, read in parts of whole loans by what their row groups' statistics say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSystem, LocalFileSystem

from carrears.delinquency.reckoning.columns import COLUMNS

PART_ROWS = 1_000_000  # instalments in a part: about 27,000 loans of 36 months
_CODED = ("product", "kind")  # few texts, read as the numbers that they are stored as
FIRST, PAST = -(2**63), 2**63 - 1  # no loan has either number


@dataclass(frozen=True)
class _File:
    path: str
    metadata: pq.FileMetaData
    columns: tuple[str, ...]
    lowest: tuple[int, ...]
    highest: tuple[int, ...]


class BookFiles:
    """The loans, instalments, payments and events of a book, each sorted by loan.

    ``files`` gives their paths within ``system``, which is the local one by default.
    """

    def __init__(
        self, files: Mapping[str, Path | str], *, system: FileSystem | None = None
    ) -> None:
        self._system = system or LocalFileSystem()
        self._files = {
            name: _open(self._system, str(files[name]), COLUMNS[name]) for name in COLUMNS
        }

    def parts(self, *, rows: int = PART_ROWS) -> list[tuple[int, int]]:
        """Ranges of loans (the first, and the one after the last) of about so many instalments."""
        bounds, gathered = [FIRST], 0
        file = self._files["instalments"]
        for group, lowest in enumerate(file.lowest):
            if gathered >= rows and lowest > bounds[-1]:
                bounds.append(lowest)
                gathered = 0
            gathered += file.metadata.row_group(group).num_rows
        return list(zip(bounds, [*bounds[1:], PAST], strict=True))

    def read(self, part: tuple[int, int]) -> dict[str, pa.Table]:
        """The rows of the part's loans, with the columns that the ledger reads."""
        return {name: _read(self._system, file, part) for name, file in self._files.items()}


def _open(system: FileSystem, path: str, wanted: tuple[str, ...]) -> _File:
    metadata = pq.read_metadata(path, filesystem=system)
    present = metadata.schema.to_arrow_schema().names
    columns = tuple(name for name in wanted if name in present)
    place = present.index("loan_id")
    lowest, highest = [], []
    for group in range(metadata.num_row_groups):
        known = metadata.row_group(group).column(place).statistics
        has_bounds = known is not None and known.has_min_max
        lowest.append(known.min if has_bounds else FIRST)
        highest.append(known.max if has_bounds else PAST)
    return _File(path, metadata, columns, tuple(lowest), tuple(highest))


def _read(system: FileSystem, file: _File, part: tuple[int, int]) -> pa.Table:
    first, past = part
    groups = [
        group
        for group, (low, high) in enumerate(zip(file.lowest, file.highest, strict=True))
        if low < past and high >= first
    ]
    coded = [name for name in _CODED if name in file.columns]
    with pq.ParquetFile(
        file.path, metadata=file.metadata, read_dictionary=coded, filesystem=system
    ) as opened:
        table = opened.read_row_groups(groups, columns=list(file.columns), use_threads=False)
    numbers = table.column("loan_id").to_numpy()
    begin, end = np.searchsorted(numbers, [first, past])
    return table.slice(begin, end - begin)
