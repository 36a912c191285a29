"""What the pages say, in the pieces that tests hold against the code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def table_rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row, headings and rulers left out."""
    lines = text.splitlines()
    for line, below in zip(lines, [*lines[1:], ""], strict=True):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        is_ruler = all(re.fullmatch(r":?-+:?", cell) for cell in cells)
        if line.startswith("|") and not is_ruler and not re.match(r"\|\s*:?-+", below):
            yield cells


def code_of(cell: str) -> list[str]:
    """What stands in backticks."""
    return re.findall(r"`([^`]+)`", cell)
