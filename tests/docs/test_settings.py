"""Every setting that the code reads is on the page of settings, and the reverse."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from docs.pages import ROOT, code_of, table_rows

_NAME = re.compile(r"CARREARS_[A-Z0-9_]+|DATABASE_URL")


def _read_by_the_code() -> set[str]:
    names: set[str] = set()
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and _NAME.fullmatch(node.value)
            ):
                names.add(node.value)
    return names


def test_every_setting_is_documented_and_no_other(docs: Path) -> None:
    rows = table_rows((docs / "settings.md").read_text(encoding="utf-8"))
    documented = {name for row in rows for name in code_of(row[0])}
    assert documented == _read_by_the_code()


def test_no_setting_is_put_together_at_run_time() -> None:
    """Such a name would escape the test above."""
    pieces = re.compile(r"""["']CARREARS_["']|f["'][^"']*CARREARS_[A-Z_]*\{""")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "src").rglob("*.py")
        if pieces.search(path.read_text(encoding="utf-8"))
    ]
    assert found == []
