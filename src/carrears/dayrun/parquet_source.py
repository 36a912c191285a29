"""Spark reads Parquet out of a store by row groups, without Hadoop's drivers for it.

Spark's own S3 support is a set of Java archives that no Python package brings; Arrow, which the
workers need anyway, reads the same storage.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql.datasource import DataSource, DataSourceReader, InputPartition
from pyspark.sql.pandas.types import from_arrow_schema
from pyspark.sql.types import StructType

from carrears.dayrun.store import Store


@dataclass
class RowGroups(InputPartition):
    """One task: some row groups of one file."""

    path: str
    first: int
    last: int


class StoreSource(DataSource):
    """``spark.read.format("carrears")`` with the options ``store`` and ``file``."""

    @classmethod
    def name(cls) -> str:
        """What the format is called."""
        return "carrears"

    def schema(self) -> StructType:
        """The columns of the file."""
        store, path = _opened(self.options)
        system, _ = store.open()
        with system.open_input_file(path) as file:
            return from_arrow_schema(pq.read_schema(file))

    def reader(self, schema: StructType) -> DataSourceReader:  # noqa: ARG002  all columns are read
        """Reads the file's row groups."""
        return RowGroupReader(*_opened(self.options))


class RowGroupReader(DataSourceReader):
    """Yields Arrow batches; a task for each row group."""

    def __init__(self, store: Store, path: str) -> None:
        self._store, self._path = store, path

    def partitions(self) -> Sequence[InputPartition]:
        """A task for each row group; one for a file without rows."""
        system, _ = self._store.open()
        with system.open_input_file(self._path) as file:
            groups = pq.ParquetFile(file).num_row_groups
        return [RowGroups(self._path, n, n + 1) for n in range(groups)] or [
            RowGroups(self._path, 0, 0)
        ]

    def read(self, partition: InputPartition) -> Iterator[pa.RecordBatch]:
        """The rows of one task."""
        assert isinstance(partition, RowGroups)  # noqa: S101  what partitions() gave
        if partition.first == partition.last:
            return
        system, _ = self._store.open()
        with system.open_input_file(partition.path) as file:
            groups = list(range(partition.first, partition.last))
            yield from pq.ParquetFile(file).iter_batches(row_groups=groups)


def _opened(options: Mapping[str, str]) -> tuple[Store, str]:
    store = Store(options["store"])
    _, folder = store.open()
    return store, f"{folder}/{options['file']}"
