"""The tables made from data are as the data has them now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from docs.pages import code_of, table_rows

from carrears.conduct.pack import load_pack
from carrears.strategy.files import shipped_strategy


@pytest.fixture(scope="session")
def tables(docs: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_tables", docs / "tables.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_filled_from_the_data_as_it_is(docs: Path, tables: ModuleType) -> None:
    stale = [
        path.relative_to(docs).as_posix()
        for path in sorted(docs.rglob("*.md"))
        if tables.filled(page := path.read_text(encoding="utf-8")) != page
    ]
    assert stale == [], "run: .venv/bin/python -m docs.tables"


def test_every_table_is_used(docs: Path, tables: ModuleType) -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in docs.rglob("*.md"))
    assert [name for name in tables.TABLES if f"<!-- table: {name} -->" not in pages] == []


@pytest.mark.parametrize("page", ["conduct.md", "zh/conduct.md"])
def test_every_rule_of_the_pack_has_a_row_with_its_citation(docs: Path, page: str) -> None:
    pack = load_pack("cn")
    rows = {
        code_of(row[0])[0]: row
        for row in table_rows((docs / page).read_text(encoding="utf-8"))
        if row[0].startswith(("`CN-", "`HOUSE-"))
    }
    assert set(rows) == {rule.id for rule in pack.rules}
    for rule in pack.rules:
        _, _, strength, citation, text_status, _ = rows[rule.id]
        assert (strength, text_status) == (f"`{rule.strength}`", f"`{rule.text_status}`")
        assert all(pack.cite(one) in citation for one in rule.citations)


def test_every_fact_of_the_strategy_has_a_row(docs: Path) -> None:
    rows = table_rows((docs / "strategy.md").read_text(encoding="utf-8"))
    told = {name for row in rows for name in code_of(row[0])}
    assert set(shipped_strategy().facts) <= told
