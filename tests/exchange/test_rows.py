"""Every kind of bad row is put aside with its reason, and the good ones come in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carrears.exchange.mapping import Mapping

HEAD = "loan_no,currency,originated_on,first_due_on,annual_rate,principal,term_months,closed_reason"
GOOD = "A1,CNY,2024-01-31,2024-02-29,0.0788,120000.50,36,"


def _loans(folder: Path, *rows: str) -> Path:
    path = folder / "loans.csv"
    path.write_text("\n".join([HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def test_good_row_comes_in_by_its_units(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    tables, rejects = read_all(_loans(tmp_path, GOOD), own)
    loan = tables["loans"].to_pylist()[0]
    assert rejects == []
    assert (loan["principal"], str(loan["annual_rate"]), loan["term_months"]) == (
        12_000_050,
        "0.078800",
        36,
    )
    assert (loan["product"], loan["obligor_no"], loan["closed_reason"]) == ("default", "A1", None)


@pytest.mark.parametrize(
    ("row", "field", "reason"),
    [
        ("B,CNY,2024-01-31,,,abc,36,", "principal", "'abc' is not a number"),
        ("B,CNY,2024-01-31,,,1e5,36,", "principal", "'1e5' is not a number"),
        ("B,CNY,2024-01-31,,,-5,36,", "principal", "'-5' must be more than 0"),
        ("B,CNY,2024-01-31,,,0,36,", "principal", "'0' must be more than 0"),
        ("B,CNY,2024-01-31,,,,36,", "principal", "is missing"),
        ("B,CNY,2024-01-31,,,10.005,36,", "principal", "'10.005' has more decimals than CNY has"),
        (
            "B,CNY,2024-01-31,,,9999999999999999,36,",
            "principal",
            "'9999999999999999' is too large an amount",
        ),
        (
            "B,CNY,31.01.2024,,,10,36,",
            "originated_on",
            "'31.01.2024' is not a date like YYYY-MM-DD",
        ),
        (
            "B,CNY,2023-02-29,,,10,36,",
            "originated_on",
            "'2023-02-29' is not a date like YYYY-MM-DD",
        ),
        (
            "B,CNY,2024-01-31,2023-12-31,,10,36,",
            "first_due_on",
            "2023-12-31 lies before originated_on 2024-01-31",
        ),
        ("B,XXZ,2024-01-31,,,10,36,", "currency", "'XXZ' is no currency of ISO 4217"),
        (
            "B,JPY,2024-01-31,,,10,36,",
            "currency",
            "'JPY' has 0 decimals, unlike CNY, the currency of the mapping",
        ),
        (
            "B,CNY,2024-01-31,,7.88,10,36,",
            "annual_rate",
            "'7.88' must be less than 1; a percentage wants `parse: percent`",
        ),
        ("B,CNY,2024-01-31,,,10,36.5,", "term_months", "'36.5' is not a whole number"),
        ("B,CNY,2024-01-31,,,10,0,", "term_months", "'0' must be at least 1"),
        (
            "B,CNY,2024-01-31,,,10,36,stolen",
            "closed_reason",
            "'stolen' is none of paid_off, charged_off, repossessed, other",
        ),
        (",CNY,2024-01-31,,,10,36,", "loan_no", "is missing"),
    ],
)
def test_bad_value_puts_the_row_aside(  # noqa: PLR0917
    tmp_path: Path, own: Mapping, read_all: Any, row: str, field: str, reason: str
) -> None:
    tables, rejects = read_all(_loans(tmp_path, GOOD, row), own)
    assert tables["loans"]["loan_no"].to_pylist() == ["A1"]
    (reject,) = rejects
    assert [(e.field, e.reason) for e in reject.errors] == [(field, reason)]
    assert (reject.file, reject.table, reject.row, reject.line) == ("loans.csv", "loans", 2, 3)


def test_several_faults_are_one_reject(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    bad = "B,CNY,yesterday,,2,-1,36,"
    _, rejects = read_all(_loans(tmp_path, bad), own)
    (reject,) = rejects
    assert {e.field for e in reject.errors} == {"originated_on", "annual_rate", "principal"}
    assert reject.raw["originated_on"] == "yesterday"


def test_second_row_of_a_number_is_put_aside(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    tables, rejects = read_all(_loans(tmp_path, GOOD, GOOD), own)
    assert tables["loans"].num_rows == 1
    assert [(r.row, r.errors[0].reason) for r in rejects] == [(2, "'A1' is in this file twice")]


def test_mended_number_is_no_repeat_of_its_bad_row(
    tmp_path: Path, own: Mapping, read_all: Any
) -> None:
    bad = GOOD.replace("120000.50", "x")
    tables, rejects = read_all(_loans(tmp_path, bad, GOOD), own)
    assert tables["loans"].num_rows == 1
    assert [r.row for r in rejects] == [1]


def test_rows_of_another_width_and_values_over_lines(
    tmp_path: Path, own: Mapping, read_all: Any
) -> None:
    long_name = 'C,CNY,2024-01-31,,,10,36,"pa\nid"'
    path = _loans(tmp_path, "too,short", long_name, GOOD, GOOD + ",extra", "D,CNY,x,,,1,36,")
    tables, rejects = read_all(path, own)
    assert tables["loans"]["loan_no"].to_pylist() == ["A1"]
    found = sorted((r.row, r.line, r.errors[0].reason[:20]) for r in rejects)
    assert found == [
        (1, 2, "has 2 values where t"),
        (2, 3, "'pa\\nid' is none of "),
        (4, 6, "has 9 values where t"),
        (5, 7, "'x' is not a date li"),
    ]
    assert next(r.raw for r in rejects if r.row == 1) == {"_text": "too,short"}


def test_rows_keep_their_numbers_over_blocks(
    tmp_path: Path, own: Mapping, read_all: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("carrears.exchange.delimited.CSV_BLOCK", 4096)
    rows = [GOOD.replace("A1", f"L{n}") for n in range(1, 1001)]
    rows[499], rows[500], rows[998] = "short", GOOD.replace("A1", "L3"), "M,CNY,x,,,1,36,"
    tables, rejects = read_all(_loans(tmp_path, *rows), own)
    assert tables["loans"].num_rows == 997
    assert sorted((r.row, r.line) for r in rejects) == [(500, 501), (501, 502), (999, 1000)]


def test_schedule_key_is_number_and_day(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "schedule-2.csv"
    path.write_text(
        "loan_no,seq,due_on,principal,interest,effective_on\n"
        "A,1,2024-02-01,10,1,\nA,1,2024-03-01,10,1,2024-02-20\nA,1,2024-02-01,10,1,\n"
    )
    tables, rejects = read_all(path, own)
    assert tables["instalments"]["fee"].to_pylist() == [0, 0]
    assert [r.row for r in rejects] == [3]
