"""What was put aside can be mended and sent again, from any kind of tape."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from carrears.exchange.mapping import Mapping, load_mapping
from carrears.exchange.rejects import write_rejects

NS = "http://www.sec.gov/edgar/document/absee/autoloan/assetdata"
CSV = """loan_no,currency,originated_on,principal,dealer
A,CNY,2024-01-01,1O0,甲店
B,CNY,2024-01-01,5,
"""


@pytest.mark.parametrize("name", ["loans-again.csv", "loans-again.jsonl"])
def test_mended_rejects_come_in(tmp_path: Path, own: Mapping, read_all: Any, name: str) -> None:
    path = tmp_path / "loans.csv"
    path.write_text(CSV, encoding="utf-8")
    _, rejects = read_all(path, own)
    again = tmp_path / name
    assert write_rejects(rejects, again) == 1
    text = again.read_text(encoding="utf-8")
    assert "principal: '1O0' is not a number" in text
    again.write_text(text.replace("1O0", "100", 1).replace("1O0", "100"), encoding="utf-8")
    tables, left = read_all(again, own)
    assert left == []
    assert [(x["principal"], x["dealer"]) for x in tables["loans"].to_pylist()] == [
        (10_000, "甲店")
    ]


def test_rejects_of_xml_come_in_as_lines(tmp_path: Path, read_all: Any) -> None:
    mapping = load_mapping("abs-ee")
    path = tmp_path / "a.xml"
    fields = {
        "assetNumber": "7",
        "originationDate": "13/2016",
        "originalLoanAmount": "100",
        "reportingPeriodEndingDate": "05-31-2017",
        "reportingPeriodActualEndBalanceAmount": "90",
    }
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    path.write_text(f'<assetData xmlns="{NS}"><assets>{inner}</assets></assetData>')
    _, rejects = read_all(path, mapping)
    again = tmp_path / "again.jsonl"
    write_rejects(rejects, again)
    again.write_text(again.read_text().replace("13/2016", "12/2016"))
    tables, left = read_all(again, mapping)
    assert left == []
    assert set(tables) == {"loans", "reports"}


def test_line_that_is_no_object_is_put_aside(tmp_path: Path, own: Mapping, read_all: Any) -> None:
    path = tmp_path / "loans.jsonl"
    good = '{"loan_no": "A", "currency": "CNY", "originated_on": "2024-01-01", "principal": 5.25}'
    path.write_text(f'{good}\n{{"loan_no": \n[1]\n\n')
    tables, rejects = read_all(path, own)
    assert tables["loans"]["principal"].to_pylist() == [525]
    assert [(r.row, r.errors[0].reason[:12]) for r in rejects] == [
        (2, "is no JSON: "),
        (3, "is no JSON o"),
    ]


def test_other_endings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.csv or \.jsonl"):
        write_rejects([], tmp_path / "rejects.xlsx")
