"""A list as a file to take away: one definition, written as CSV or as a sheet of a workbook."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.timezone import localtime

from carrears.analytics.sheets import Share, Sheet
from carrears.money import Money, to_major

# How a spreadsheet would read a text as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Listing:
    """Its name, the names of its columns, and its rows: each value of its own type.

    An amount is ``Money``: of CSV its minor units, ``in_major`` its major ones. A moment is of CSV
    ISO 8601 with its offset, of a sheet that of the reader's own clock. None is an empty cell.
    """

    name: str
    head: Sequence[str]
    rows: Iterable[Sequence[Any]]
    in_major: bool = False

    def held(self) -> Listing:
        """With its rows read by now."""
        return replace(self, rows=list(self.rows))

    def csv_lines(self) -> Iterator[str]:
        """Lines of CSV; the first has a mark by which spreadsheets read Chinese right."""
        writer = csv.writer(Lines())
        yield "\ufeff" + writer.writerow(self.head)
        for row in self.rows:
            yield writer.writerow([self._plain(one) for one in row])

    def sheet(self) -> Sheet:
        """As a sheet of a workbook."""
        return Sheet(self.name, self.head, ([_of_sheet(one) for one in row] for row in self.rows))

    def _plain(self, value: Any) -> str:
        match value:
            case None | Share(None):
                return ""
            case str():
                return cell(value)
            case Money():
                amount = to_major(value.minor, value.currency) if self.in_major else value.minor
                return str(amount)
            case Share(share):
                return str(share)
            case date():  # a moment is one as well
                return value.isoformat()
        return str(value)


class Lines:
    """Hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        """The line itself."""
        return line


def cell(text: str) -> str:
    """A text as a spreadsheet may safely read it."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _of_sheet(value: Any) -> Any:
    return localtime(value) if isinstance(value, datetime) and value.tzinfo else value
