"""Read the rows of what an agency brings as CSV: pure. What cannot be read is told, not lost.

A fault says what is wrong in words that can be said in the reader's language: ``why`` names its
value by ``%(told)s``.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

NEITHER = "neither UTF-8 nor GB 18030"
NO_CSV = "no CSV: %(told)s"
TOO_MANY = "more than %(told)s rows"
NO_COLUMN = "row 1: no column %(told)s"
TOO_LONG = "too long"
NO_LOAN = "no loan number"


class RowFileError(ValueError):
    """A file that has no such rows: its name, and what is wrong."""

    def __init__(self, name: str, why: str, told: str = "") -> None:
        self.name, self.why, self.told = name, why, told
        super().__init__(f"{name}: {why % {'told': told}}")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a field; ``told`` is what stands in it, cut short."""

    field: str
    why: str
    told: str = ""

    def __str__(self) -> str:
        return self.why % {"told": self.told}

    def as_list(self) -> list[str]:
        """As it is kept."""
        return [self.field, self.why, self.told]


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that cannot be taken: which fields are wrong and why, and the row as it came.

    ``reference`` is the sender's own name for it, where rows have one.
    """

    row_no: int
    faults: tuple[Fault, ...]
    raw: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row by field, and as it came. Row 1 of a file is its header."""

    row_no: int
    told: Mapping[str, str]
    raw: str


def read_rows(
    content: bytes,
    *,
    name: str,
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str],
    most: int,
) -> Iterator[Row]:
    """The rows of a file in UTF-8 or GB 18030 that are not empty.

    ``columns`` gives the titles of each field. A field without a column is left out.

    Raises:
        RowFileError: not a text, a column that is lacking, or more than ``most`` rows.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError as error:
            raise RowFileError(name, NEITHER) from error
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        raise RowFileError(name, NO_CSV, str(error)) from error
    if len(rows) - 1 > most:
        raise RowFileError(name, TOO_MANY, str(most))
    places = _places(rows[0] if rows else [], name, columns, required)
    for number, row in enumerate(rows[1:], start=2):
        if any(cell.strip() for cell in row):
            yield Row(
                number,
                {
                    field: row[place].strip() if place < len(row) else ""
                    for field, place in places.items()
                },
                line_of(row),
            )


def _places(
    header: list[str],
    name: str,
    columns: Mapping[str, Sequence[str]],
    required: Sequence[str],
) -> dict[str, int]:
    titles = [cell.strip() for cell in header]
    places = {
        field: titles.index(title)
        for field, known in columns.items()
        for title in reversed(known)
        if title in titles
    }
    for field in required:
        if field not in places:
            raise RowFileError(name, NO_COLUMN, field)
    return places


def line_of(cells: Sequence[str]) -> str:
    """A row as a line of CSV."""
    out = io.StringIO()
    csv.writer(out).writerow(cells)
    return out.getvalue().rstrip("\r\n")[:8000]
