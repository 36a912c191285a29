"""Figures as files to take away."""

from __future__ import annotations

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

FORMATS = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}
_BOM = "\ufeff".encode()  # so that spreadsheets read Chinese names right


class FormatError(ValueError):
    """A kind of file that is not written."""


def as_bytes(table: pa.Table, kind: str) -> bytes:
    """The table as ``csv`` (UTF-8 with a byte-order mark) or ``parquet``.

    Raises:
        FormatError: another kind.
    """
    sink = io.BytesIO()
    if kind == "csv":
        sink.write(_BOM)
        pa_csv.write_csv(table, sink)
    elif kind == "parquet":
        pq.write_table(table, sink)
    else:
        raise FormatError(f"{kind!r} is none of {', '.join(FORMATS)}")
    return sink.getvalue()


def write_file(table: pa.Table, out: Path) -> None:
    """Write the table to ``out``, whose ending tells the kind.

    Raises:
        FormatError: an ending that is none of ``FORMATS``.
    """
    data = as_bytes(table, out.suffix.removeprefix(".").lower())
    fresh = out.with_name(out.name + ".part")
    fresh.write_bytes(data)
    fresh.replace(out)
