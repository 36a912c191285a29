"""Write tables chunk by chunk into one file each, Parquet or CSV, equal to the byte."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.csv as pc
import pyarrow.parquet as pq

from carrears.samplebook.tables import scaled

FORMATS = ("parquet", "csv")
_MINOR = "_minor"


class TapeWriter:
    """One file a table in ``folder``; a table begins with its first rows."""

    def __init__(self, folder: Path, *, file_format: str) -> None:
        if file_format not in FORMATS:
            raise ValueError(f"no file format {file_format!r}; there are {', '.join(FORMATS)}")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._format = folder, file_format
        self._writers: dict[str, pq.ParquetWriter | pc.CSVWriter] = {}
        self.rows: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:  # fmt: skip
        for writer in self._writers.values():
            writer.close()

    def add(self, name: str, table: pa.Table) -> None:
        """Append rows to the table ``name``; an empty table gives a file with columns only."""
        if self._format == "csv":
            table = _as_csv(table)
        if name not in self._writers:
            self._writers[name] = self._open(name, table.schema)
        self.rows[name] = self.rows.get(name, 0) + table.num_rows
        if table.num_rows:
            self._write(name, table)

    def _write(self, name: str, table: pa.Table) -> None:
        writer = self._writers[name]
        if isinstance(writer, pq.ParquetWriter):
            writer.write_table(table, row_group_size=table.num_rows)
        else:
            writer.write_table(table)

    def _open(self, name: str, schema: pa.Schema) -> pq.ParquetWriter | pc.CSVWriter:
        path = self._folder / f"{name}.{self._format}"
        if self._format == "csv":
            return pc.CSVWriter(path, schema)
        # Without the Arrow schema dictionaries come back as the plain strings they stand for.
        return pq.ParquetWriter(path, schema, compression="zstd", store_schema=False)


def _as_csv(table: pa.Table) -> pa.Table:
    """Plain strings, and money in major units with two decimals."""
    columns = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        whole = column.combine_chunks()
        if pa.types.is_dictionary(whole.type):
            whole = whole.dictionary_decode()
        if name.endswith(_MINOR):
            whole = scaled(whole, 2)
        columns[name.removesuffix(_MINOR)] = whole
    return pa.table(columns)
