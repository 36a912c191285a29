"""A mapping that is wrong says where; the one in the docs works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from carrears.exchange.errors import MappingError
from carrears.exchange.mapping import load_mapping, shipped_names

DOC = Path(__file__).resolve().parents[2] / "docs" / "tape-mapping.md"
GOOD = """
name: mine
formats: [csv]
currency: CNY
tables:
  loans:
    columns:
      loan_no: {from: number, required: true}
      originated_on: start
      principal: amount
"""


def _load(folder: Path, text: str) -> Any:
    path = folder / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load_mapping(path)


@pytest.mark.parametrize("name", shipped_names())
def test_shipped_mappings_load(name: str) -> None:
    assert load_mapping(name).name == name


def test_short_form_names_the_column(tmp_path: Path) -> None:
    assert _load(tmp_path, GOOD).tables["loans"].columns["principal"].source == "amount"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("name: mine", "name: mine\nsheet: 1", "sheet: no such key"),
        ("currency: CNY", "currency: XXZ", "currency: unknown currency 'XXZ'"),
        ("formats: [csv]", "formats: [csv]\nencoding: utf-99", "encoding: no such encoding"),
        ("principal: amount", "principel: amount", "loans.columns.principel: no such column"),
        ("      principal: amount\n", "", "loans.columns: principal must be mapped"),
        (
            "principal: amount",
            "principal: {from: amount, parse: text}",
            "loans.columns.principal.parse: principal is read as money",
        ),
        (
            "principal: amount",
            "principal: {from: amount, minimum: 3}",
            "tables.loans.columns.principal.minimum: no such key",
        ),
        ("principal: amount", "principal: {}", "tables.loans.columns.principal: give either"),
        (
            "originated_on: start",
            "originated_on: {from: start, formats: ['%d.%m.%y']}",
            "tables.loans.columns.originated_on.formats: '%d.%m.%y': a date is written with",
        ),
        ("formats: [csv]", "formats: [xml]", "xml: say which element is a record"),
        ("  loans:", "  lones:", "tables.lones"),
        (
            "tables:",
            "months: {count: 3, columns: {balance: 'BAL{k}'}}\ntables:",
            "months: `period` must say when the first month ends",
        ),
    ],
)
def test_wrong_key_is_told_with_its_path(tmp_path: Path, old: str, new: str, told: str) -> None:
    with pytest.raises(MappingError) as caught:
        _load(tmp_path, GOOD.replace(old, new))
    assert told in str(caught.value)
    assert "mine.yaml" in str(caught.value)


def test_no_mapping_of_that_name() -> None:
    with pytest.raises(MappingError, match="neither a file nor a shipped mapping"):
        load_mapping("no-such-lender")


def test_no_yaml(tmp_path: Path) -> None:
    with pytest.raises(MappingError, match="not a readable YAML file"):
        _load(tmp_path, "a: [")


def test_example_of_the_docs(tmp_path: Path, read_all: Any) -> None:
    text = DOC.read_text(encoding="utf-8")
    tape = re.search(r"```csv\n(.*?)```", text, re.DOTALL)
    mapping = re.search(r"```yaml\n(.*?)```", text, re.DOTALL)
    assert tape
    assert mapping
    path = tmp_path / "my-loans.csv"
    path.write_text(tape[1], encoding="gb18030")
    tables, rejects = read_all(path, _load(tmp_path, mapping[1]))
    loans = tables["loans"].to_pylist()
    assert [(x["loan_no"], x["principal"], str(x["annual_rate"])) for x in loans] == [
        ("A-1001", 12_000_000, "0.078000"),
        ("A-1002", 8_600_000, "0.084000"),
    ]
    assert [
        (x["paid"], x["next_due"], x["reported_dpd"]) for x in tables["reports"].to_pylist()
    ] == [
        (374_962, 374_962, 0),
        (None, 781_060, 10),
    ]
    assert tables["payments"]["payment_no"].to_pylist() == ["2025-06"]
    assert [{e.field for e in r.errors} for r in rejects] == [{"放款日", "新旧"}]
