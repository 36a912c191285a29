"""Workbooks: text stays text whatever it looks like, amounts and shares are numbers."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from lxml import etree

from carrears.analytics.files import as_bytes
from carrears.analytics.sheets import Share, Sheet, write_workbook
from carrears.money import Money

AT = datetime(2026, 7, 1, 4, tzinfo=UTC)
_NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def read(book: bytes, sheet: int = 1) -> list[list[tuple[str, str]]]:
    """Each cell's type (as the file has it) and what stands in it, by a reader of our own."""
    with zipfile.ZipFile(io.BytesIO(book)) as file:
        strings = []
        if "xl/sharedStrings.xml" in file.namelist():
            told = etree.fromstring(file.read("xl/sharedStrings.xml"))
            strings = ["".join(one.itertext()) for one in told.findall("m:si", _NS)]
        rows = etree.fromstring(file.read(f"xl/worksheets/sheet{sheet}.xml"))
        found = []
        for row in rows.iterfind(".//m:row", _NS):
            cells: list[tuple[str, str]] = []
            for cell in row.findall("m:c", _NS):
                place = ord(cell.get("r", "A")[0]) - ord("A")  # of the first twenty-six columns
                cells += [("", "")] * (place - len(cells))
                assert cell.find("m:f", _NS) is None  # no formula, ever
                kind, value = cell.get("t", "n"), cell.findtext("m:v", "", _NS)
                cells.append((kind, strings[int(value)] if kind == "s" else value))
            found.append(cells)
        assert not [one for one in file.namelist() if "externalLink" in one]
        assert b"hyperlink" not in file.read(f"xl/worksheets/sheet{sheet}.xml")
        return found


def formats(book: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(book)) as file:
        styles = etree.fromstring(file.read("xl/styles.xml"))
    return [one.get("formatCode", "") for one in styles.iterfind(".//m:numFmt", _NS)]


def written(*values: Any) -> list[tuple[str, str]]:
    book = write_workbook([Sheet("list", ["a"] * len(values), [values])], made_at=AT)
    return read(book)[1]


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x.example","y")', "=1+1", "+1", "-1", "@SUM(A1)", "\tx", "{=1}",
        "https://x.example", "mailto:a@b.example", "007", "1e5", "2026-07-01", "TRUE", "赵试一",
        "13800138000",
    ],
)  # fmt: skip
def test_a_text_is_a_text_whatever_it_looks_like(text: str) -> None:
    assert written(text) == [("s", text)]


def test_each_type_is_written_as_what_it_is() -> None:
    told = written(
        Money(1_234_56, "CNY"), Money(-5, "USD"), Money(500, "JPY"), Share(0.125), 7, True,
        date(2026, 7, 1), datetime(2026, 7, 1, 12, tzinfo=UTC),
    )  # fmt: skip
    assert [kind for kind, _ in told] == ["n", "n", "n", "n", "n", "b", "n", "n"]
    assert [float(value) for _, value in told] == [
        1234.56, -0.05, 500, 0.125, 7, 1, 46204, 46204.5,
    ]  # fmt: skip


def test_amounts_have_the_format_of_their_currency() -> None:
    rows = [[Money(1, "CNY"), Money(1, "JPY"), Share(0.5)]]
    book = write_workbook([Sheet("list", ["a", "b", "c"], rows)], made_at=AT)
    assert {"[$CNY] #,##0.00", "[$JPY] #,##0", "0.0%"} <= set(formats(book))


def test_no_digit_is_lost_and_nothing_is_nothing() -> None:
    assert written(10**15 + 1, Money(10**15 + 1, "CNY")) == [
        ("s", "1000000000000001"), ("s", "CNY 1000000000000001"),
    ]  # fmt: skip
    assert written(None, "", Share(None), 1) == [("", "")] * 3 + [("n", "1")]


def test_what_is_beyond_a_sheet_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("carrears.analytics.sheets._ROWS", 3)
    rows = ([n] for n in range(7))
    book = write_workbook([Sheet("list", ["n"], rows)], made_at=AT)
    assert [[row[0][1] for row in read(book, n)[1:]] for n in (1, 2, 3)] == [
        ["0", "1", "2"], ["3", "4", "5"], ["6"],
    ]  # fmt: skip


def test_a_figure_has_amounts_in_major_units_and_rates_as_shares() -> None:
    table = pa.table({
        "month": [date(2026, 6, 30)], "currency": ["CNY"], "region": ["=cmd"], "loans": [3],
        "balance": [1_000_50], "flow_rate": [0.25],
    })  # fmt: skip
    rows = read(as_bytes(table, "xlsx"))
    assert [value for _, value in rows[0]] == table.column_names
    assert [kind for kind, _ in rows[1]] == ["n", "s", "s", "n", "n", "n"]
    assert [value for _, value in rows[1]][1:] == ["CNY", "=cmd", "3", "1000.5", "0.25"]
