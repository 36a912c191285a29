"""Rows as a workbook of a spreadsheet (XLSX): text stays text, amounts are numbers.

What a cell holds goes by its type: nothing is guessed from what a text looks like, so that no text
becomes a formula, a link or a number. An amount is a number in major units, in the format of its
currency; a share a percentage. What has more digits than a spreadsheet keeps stays text.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from carrears.money import Money, exponent

MEDIA = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_ROWS = 1_000_000  # of a sheet, which has a few more; what is beyond goes on in another
_DIGITS = 10**15  # a spreadsheet keeps fifteen
_NAME = 28
_WIDEST = 60


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a whole, from 0 to 1 mostly."""

    value: float | Decimal | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet: its name, the titles of its columns, its rows."""

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Any]]


def write_workbook(sheets: Iterable[Sheet], *, made_at: datetime) -> bytes:
    """A workbook of these sheets, in their order."""
    sink = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(sink, options) as book:
        book.set_properties({"created": made_at.replace(tzinfo=None)})
        formats = _Formats(book)
        for sheet in sheets:
            for number, rows in enumerate(_parts(sheet.rows)):
                name = sheet.name[:_NAME] if number == 0 else f"{sheet.name[:_NAME]} {number + 1}"
                _fill(book.add_worksheet(name), sheet.head, rows, formats)
    return sink.getvalue()


def _parts(rows: Iterable[Sequence[Any]]) -> Iterator[Iterator[Sequence[Any]]]:
    """As many as a sheet holds, and again; one part at least."""
    left = iter(rows)
    yield islice(left, _ROWS)
    while (first := next(left, None)) is not None:
        yield chain([first], islice(left, _ROWS - 1))


def _fill(
    sheet: Worksheet, head: Sequence[str], rows: Iterable[Sequence[Any]], formats: _Formats
) -> None:
    sheet.freeze_panes(1, 0)
    widths = [len(title) for title in head]
    for column, title in enumerate(head):
        sheet.write_string(0, column, title, formats.head)
    for place, row in enumerate(rows, start=1):
        for column, value in enumerate(row):
            widths[column] = max(widths[column], _write(sheet, place, column, value, formats))
    for column, width in enumerate(widths):
        sheet.set_column(column, column, min(width + 2, _WIDEST))


def _write(sheet: Worksheet, row: int, column: int, value: Any, formats: _Formats) -> int:  # noqa: PLR0911  one answer a type
    """Write a cell; how wide it is."""
    match value:
        case None | "" | Share(None):
            return 0
        case bool():
            sheet.write_boolean(row, column, value)
            return 5
        case Money() if abs(value.minor) < _DIGITS:
            sheet.write_number(row, column, value.minor / 10 ** exponent(value.currency),
                               formats.money(value.currency))  # fmt: skip
            return len(f"{value.minor:,}") + 5
        case Share(float() | int() | Decimal() as share):
            sheet.write_number(row, column, float(share), formats.share)
            return 8
        case int() | float() | Decimal() if abs(float(value)) < _DIGITS:
            sheet.write_number(row, column, float(value))
            return len(str(value))
        case datetime():
            moment = value.replace(tzinfo=None)
            sheet.write_datetime(row, column, moment, formats.moment)
            return 16
        case date():
            sheet.write_datetime(row, column, value, formats.day)
            return 10
    text = f"{value.currency} {value.minor}" if isinstance(value, Money) else str(value)
    sheet.write_string(row, column, text)
    # A Chinese letter is as wide as two of others.
    return sum(2 if ord(one) > 0x2E7F else 1 for one in text[:_WIDEST])  # noqa: PLR2004


class _Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self._book = book
        self.head: Format = book.add_format({"bold": True, "bottom": 1})
        self.share: Format = book.add_format({"num_format": "0.0%"})
        self.day: Format = book.add_format({"num_format": "yyyy-mm-dd"})
        self.moment: Format = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        self._money: dict[str, Format] = {}

    def money(self, currency: str) -> Format:
        """Of amounts in a currency, with its digits and its code."""
        if currency not in self._money:
            digits = "." + "0" * exponent(currency) if exponent(currency) else ""
            told = {"num_format": f"[${currency}] #,##0{digits}"}
            self._money[currency] = self._book.add_format(told)
        return self._money[currency]
