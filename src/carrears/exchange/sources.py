"""The raw rows of a tape in chunks of columns, whatever the file's format.

Nothing here holds a file whole. A file that cannot be read to its end raises ``TapeError``:
half a file is no tape, so the caller stores nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from carrears.exchange.chunks import UNREADABLE, Broken, Chunk, Reached, opened
from carrears.exchange.delimited import csv_chunks
from carrears.exchange.mapping import Mapping
from carrears.exchange.xml import xml_records

RECORDS = 5_000  # of XML or JSON in a chunk
PARQUET_ROWS = 122_880


def chunks_of(path: Path, mapping: Mapping, kind: str) -> Iterator[Chunk]:
    """The rows of ``path``, read as ``csv``, ``parquet``, ``xml`` or ``jsonl``.

    Raises:
        TapeError: the file breaks off, is damaged, or is not of its format.
    """
    if kind == "csv":
        return csv_chunks(path, mapping)
    if kind == "parquet":
        return _parquet_chunks(path)
    return _record_chunks(path, mapping, xml_records if kind == "xml" else _json_records)


def _parquet_chunks(path: Path) -> Iterator[Chunk]:
    with Reached(path, "utf-8") as reached:
        total = path.stat().st_size
        with pq.ParquetFile(path) as file:
            expected = max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(batch_size=PARQUET_ROWS):
                first = reached.row + 1
                reached.row += batch.num_rows
                yield Chunk(
                    dict(zip(batch.schema.names, batch.columns, strict=True)),
                    np.arange(first, reached.row + 1, dtype=np.int64),
                    bytes_read=total * reached.row // expected,
                )


Record: TypeAlias = dict[str, str | None]


def _record_chunks(
    path: Path,
    mapping: Mapping,
    read: Callable[[Path, Mapping, IO[bytes]], Iterator[tuple[Record, str]]],
) -> Iterator[Chunk]:
    """Records gathered into chunks; a record is its fields, or a reason why it is none."""
    with opened(path) as file, Reached(path, mapping.encoding) as reached:
        records: list[Record] = []
        rows: list[int] = []
        broken: list[Broken] = []
        for record, reason in read(path, mapping, file.stream):
            reached.row += 1
            if reason:
                text = record.get(UNREADABLE) or ""
                broken.append(Broken(reached.row, reached.row, reason, text))
            else:
                records.append(record)
                rows.append(reached.row)
            if len(records) + len(broken) >= RECORDS:
                yield _chunk(records, rows, broken, file.done)
                records, rows, broken = [], [], []
        if records or broken:
            yield _chunk(records, rows, broken, file.done)


def _chunk(
    records: Sequence[Record], rows: Sequence[int], broken: list[Broken], done: int
) -> Chunk:
    names = dict.fromkeys(name for record in records for name in record)
    columns = {
        name: pa.array([record.get(name) for record in records], pa.string()) for name in names
    }
    return Chunk(columns, np.array(rows, dtype=np.int64), None, broken, done)


def _json_records(_: Path, mapping: Mapping, stream: IO[bytes]) -> Iterator[tuple[Record, str]]:
    """One JSON object a line, as ``write_rejects`` writes them."""
    for line in stream:
        text = line.decode(mapping.encoding).strip()
        if not text:
            continue
        try:
            found = json.loads(text)
        except json.JSONDecodeError as error:
            yield {UNREADABLE: text}, f"is no JSON: {error.msg} at character {error.pos}"
            continue
        if isinstance(found, dict):
            yield {str(name): _text(value) for name, value in found.items()}, ""
        else:
            yield {UNREADABLE: text}, "is no JSON object"


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
