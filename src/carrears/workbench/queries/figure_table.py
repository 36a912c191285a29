"""The rows of a figure as text, in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
from django.http import QueryDict
from django.utils.translation import gettext

from carrears.analytics.columns import unit_of
from carrears.analytics.segments import SEGMENTS, UNKNOWN
from carrears.delinquency.buckets import load_buckets
from carrears.workbench.labels import LABELS, label_of
from carrears.workbench.queries.formats import count, money, percent
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.analytics import FigureTable

_BUCKETS = {"bucket", "from_bucket", "to_bucket"}
_TEXTS = {"date", "text"}


def figure_table(table: pa.Table, params: QueryDict, *, segment: str = "") -> FigureTable:
    """One page of the rows; ``segment`` is what a column of that name holds."""
    pager = make_pager(params, total=table.num_rows)
    shown = rows_of(pager)
    rows = table.slice(shown.start, max(shown.stop - shown.start, 0)).to_pylist()
    names: Sequence[str] = table.column_names
    return FigureTable(
        columns=tuple((column_title(name, segment), not _is_text(name)) for name in names),
        rows=tuple(tuple(cell_text(name, row, segment) for name in names) for row in rows),
        pager=pager,
    )


def column_title(name: str, segment: str = "") -> str:
    """A column's title; segments are called as their filter is."""
    if name == "segment" and segment:
        name = segment
    if name in SEGMENTS:
        return segment_title(name)
    return str(label_of(name, "column").text)


def segment_title(name: str) -> str:
    """What a book is cut by, in words."""
    return str(label_of(name, "segment").text)


def segment_value(name: str, value: str) -> str:
    """A segment's value; what a tape does not say is called so."""
    if value == UNKNOWN:
        return gettext("not stated")
    if name == "condition" and value in LABELS["condition"]:
        return str(label_of(value, "condition").text)
    return value


def curve_name(curve: str) -> str:
    """A vintage curve: 30+, 60+, 90+ or lost."""
    return gettext("Lost") if curve == "lost" else curve


def cell_text(name: str, row: Mapping[str, Any], segment: str = "") -> str:
    """One cell."""
    value = row[name]
    if name == "to_bucket" and value is None:
        return gettext("left")
    if value is None:
        return "–"
    if name in _BUCKETS:
        return load_buckets().names[int(value)]
    if name in SEGMENTS or name == "segment":
        return segment_value(segment if name == "segment" else name, value)
    if name == "curve":
        return curve_name(value)
    return _by_unit(name, value, row)


def _by_unit(name: str, value: Any, row: Mapping[str, Any]) -> str:
    unit = unit_of(name)
    if unit == "money":
        return money(value, row["currency"])
    if unit == "rate":
        return percent(value, 2)
    if unit == "loans":
        return count(value)
    return f"{value:%Y-%m}" if isinstance(value, date) else str(value)


def _is_text(name: str) -> bool:
    return unit_of(name) in _TEXTS or name in _BUCKETS
