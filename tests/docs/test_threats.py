"""Every row of the threat model names a test that exists."""

from __future__ import annotations

import ast
from pathlib import Path

from docs.pages import ROOT, code_of, table_rows


def test_every_threat_names_a_test_that_exists(docs: Path) -> None:
    rows = list(table_rows((docs / "threat-model.md").read_text(encoding="utf-8")))

    assert len(rows) > 30
    assert [row for row in rows if len(row) != 3 or len(code_of(row[2])) != 1] == []
    missing = [name for row in rows for name in code_of(row[2]) if not _exists(name)]
    assert missing == []


def test_each_kind_of_threat_has_its_section(docs: Path) -> None:
    text = (docs / "threat-model.md").read_text(encoding="utf-8")
    headings = [line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")]

    assert headings[:6] == [
        "Spoofing",
        "Tampering",
        "Repudiation",
        "Information disclosure",
        "Denial of service",
        "Elevation of privilege",
    ]


def _exists(name: str) -> bool:
    path, _, test = name.partition("::")
    if not (ROOT / path).is_file():
        return False
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return any(isinstance(node, ast.FunctionDef) and node.name == test for node in tree.body)
