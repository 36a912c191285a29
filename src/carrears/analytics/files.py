"""Figures as files to take away."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from carrears.analytics.columns import unit_of
from carrears.analytics.sheets import MEDIA, Share, Sheet, write_workbook
from carrears.clock import now
from carrears.money import Money

FORMATS = {"csv": "text/csv", "xlsx": MEDIA, "parquet": "application/vnd.apache.parquet"}
_BOM = "\ufeff".encode()  # so that spreadsheets read Chinese names right


class FormatError(ValueError):
    """A kind of file that is not written."""


def as_bytes(table: pa.Table, kind: str) -> bytes:
    """The table as ``csv`` (UTF-8 with a byte-order mark), ``xlsx`` or ``parquet``.

    Of a workbook amounts are numbers in major units, elsewhere minor units.

    Raises:
        FormatError: another kind.
    """
    sink = io.BytesIO()
    if kind == "csv":
        sink.write(_BOM)
        pa_csv.write_csv(table, sink)
    elif kind == "xlsx":
        sheet = Sheet("figures", table.column_names, map(_cells, table.to_pylist()))
        sink.write(write_workbook([sheet], made_at=now()))
    elif kind == "parquet":
        pq.write_table(table, sink)
    else:
        raise FormatError(f"{kind!r} is none of {', '.join(FORMATS)}")
    return sink.getvalue()


def _cells(row: dict[str, Any]) -> list[Any]:
    """A row's values by what its columns hold; without a currency an amount stays minor units."""
    currency = row.get("currency")
    return [_cell(name, value, currency) for name, value in row.items()]


def _cell(name: str, value: Any, currency: str | None) -> Any:
    unit = unit_of(name)
    if unit == "rate":
        return Share(value)
    if unit == "money" and currency and value is not None:
        return Money(value, currency)
    return value


def write_file(table: pa.Table, out: Path) -> None:
    """Write the table to ``out``, whose ending tells the kind.

    Raises:
        FormatError: an ending that is none of ``FORMATS``.
    """
    data = as_bytes(table, out.suffix.removeprefix(".").lower())
    fresh = out.with_name(out.name + ".part")
    fresh.write_bytes(data)
    fresh.replace(out)
