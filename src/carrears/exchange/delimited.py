"""Rows of a CSV tape, by Arrow's streaming reader."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from carrears.exchange.chunks import Broken, Chunk, Counting, Reached, RowNumbers, opened
from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import Mapping

CSV_BLOCK = 4 << 20  # bytes


def csv_chunks(path: Path, mapping: Mapping) -> Iterator[Chunk]:
    """The rows of a CSV file; those with too many or too few values are told as broken."""
    skipped: deque[pa_csv.InvalidRow] = deque()

    def keep_aside(row: pa_csv.InvalidRow) -> str:
        skipped.append(row)
        return "skip"

    with opened(path) as file, Reached(path, mapping.encoding) as reached:
        reader = _open_csv(path, mapping, file, keep_aside)
        lines = 1
        for batch in _and_the_end(reader):
            columns = dict(zip(reader.schema.names, batch.columns, strict=True)) if batch else {}
            count = batch.num_rows if batch else 0
            aside = _among(skipped, reached.row, count, is_end=batch is None)
            rows = _number(reached.row, count, aside)
            starts, lines = _line_numbers(columns, rows, aside, reached.row, lines)
            broken = [
                Broken(number, int(starts[number - reached.row - 1]), _explain(row), row.text)
                for number, row in aside.items()
            ]
            where = starts[rows - reached.row - 1]
            reached.row += count + len(aside)
            if count or broken:
                yield Chunk(columns, rows, where, broken, file.done)


def _among(
    skipped: deque[pa_csv.InvalidRow], done: int, count: int, *, is_end: bool
) -> dict[int, pa_csv.InvalidRow]:
    """The skipped rows among the next ``count`` good ones; Arrow reads ahead of what it gives."""
    aside: dict[int, pa_csv.InvalidRow] = {}
    while skipped and (is_end or _data_row(skipped[0]) <= done + count + len(aside)):
        row = skipped.popleft()
        aside[_data_row(row)] = row
    return aside


def _and_the_end(reader: Any) -> Iterator[pa.RecordBatch | None]:
    """The batches, and None once more: rows may have been skipped after the last one."""
    yield from reader
    yield None


def _open_csv(
    path: Path, mapping: Mapping, file: Counting, keep_aside: Callable[[Any], str]
) -> pa_csv.CSVStreamingReader:
    header = csv_header(path, mapping)
    twice = sorted({name for name in header if header.count(name) > 1})
    if twice:
        raise TapeError(path, f"the header names {', '.join(map(repr, twice))} twice")
    return pa_csv.open_csv(
        file.stream,
        read_options=pa_csv.ReadOptions(
            use_threads=False, block_size=CSV_BLOCK, encoding=_codec(mapping.encoding)
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=mapping.delimiter, newlines_in_values=True, invalid_row_handler=keep_aside
        ),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            strings_can_be_null=False,
            null_values=[],
        ),
    )


def _codec(encoding: str) -> str:
    return "utf8" if encoding.lower().replace("_", "-") in {"utf-8", "utf8"} else encoding


def csv_header(path: Path, mapping: Mapping) -> list[str]:
    """The names in a CSV file's first row.

    Raises:
        TapeError: the file is empty or cannot be read.
    """
    codec = "utf-8-sig" if _codec(mapping.encoding) == "utf8" else mapping.encoding
    with opened(path) as file, Reached(path, mapping.encoding):
        text = TextIOWrapper(file.stream, encoding=codec, newline="")
        header = next(csv.reader(text, delimiter=mapping.delimiter), None)
        if header is None:
            raise TapeError(path, "is empty")
        return header
    raise AssertionError  # pragma: no cover  the block returns or raises


def _data_row(row: pa_csv.InvalidRow) -> int:
    return int(row.number) - 1  # Arrow counts the header as row 1


def _explain(row: pa_csv.InvalidRow) -> str:
    return f"has {row.actual_columns} values where the header has {row.expected_columns} columns"


def _number(done: int, count: int, aside: dict[int, Any]) -> RowNumbers:
    """The file's row numbers of ``count`` good rows after ``done``, past those set aside."""
    everything = np.arange(done + 1, done + count + len(aside) + 1, dtype=np.int64)
    return everything[~np.isin(everything, list(aside))] if aside else everything


def _line_numbers(
    columns: dict[str, pa.Array],
    rows: RowNumbers,
    aside: dict[int, pa_csv.InvalidRow],
    done: int,
    lines: int,
) -> tuple[RowNumbers, int]:
    """The line on which each row begins, and the last line read; values may span lines."""
    total = len(rows) + len(aside)
    spans = np.ones(total, dtype=np.int64)
    for column in columns.values():
        text = column.buffers()[2]
        if text is not None and np.any(np.frombuffer(text, dtype=np.uint8) == ord("\n")):
            breaks = pa.compute.count_substring(column, "\n").fill_null(0)
            spans[rows - done - 1] += breaks.to_numpy(zero_copy_only=False)
    for number, row in aside.items():
        spans[number - done - 1] += row.text.rstrip("\r\n").count("\n")
    ends = lines + np.cumsum(spans)
    return ends - spans + 1, int(ends[-1]) if total else lines
