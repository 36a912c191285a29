"""Rows put aside, as a file that can be mended and sent again under the same mapping."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path

from carrears.exchange.tape import Reject

ABOUT = ("_file", "_row", "_reasons")
"""Columns that tell of the reject; when the file is read again they are passed over."""


def write_rejects(rejects: Iterable[Reject], path: Path) -> int:
    """Write the raw rows with the reasons; returns how many.

    ``path`` ends in ``.jsonl`` (one object a row: any tape) or ``.csv`` (all columns found).

    Raises:
        ValueError: another ending.
    """
    if path.suffix == ".jsonl":
        return _write_lines(rejects, path)
    if path.suffix == ".csv":
        return _write_table(list(rejects), path)
    raise ValueError(f"{path}: rejects are written as .csv or .jsonl")


def _about(reject: Reject) -> dict[str, str]:
    reasons = "; ".join(f"{e.field}: {e.reason}" if e.field else e.reason for e in reject.errors)
    return dict(zip(ABOUT, (reject.file, str(reject.row), reasons), strict=True))


def _row(reject: Reject) -> dict[str, str]:
    return _about(reject) | {name: str(value) for name, value in reject.raw.items()}


def _write_lines(rejects: Iterable[Reject], path: Path) -> int:
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for reject in rejects:
            file.write(json.dumps(_row(reject), ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_table(rejects: list[Reject], path: Path) -> int:
    rows = [_row(reject) for reject in rejects]
    names = list(dict.fromkeys([*ABOUT, *(name for row in rows for name in row)]))
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
    return len(rows)
