"""The file of an industry list, row by row: one value a line, or a column of a CSV file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any

from carrears.conduct.foreign import UnreadableValueError
from carrears.exchange.sniffing import PROBLEMS
from carrears.vault.sniffing import foreign_to_rows

VALUE = "value"
# Columns of a corrections file: which kept row this is, and what was wrong with it.
ID, WHY = "_id", "_why"

_SNIFFED = 65_536
_LONGEST_ROW = 4_096
_DELIMITERS = "\t;,"
_NAME = re.compile(r"[^\W\d]+(?:[ _-][^\W\d]+)*|_id")


class ListFileError(ValueError):
    """A file that cannot be read as a list; the message says why."""


class ForeignFileError(ListFileError):
    """A file that is none of rows; the message is one of ``exchange.sniffing.PROBLEMS``."""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that is not what the list's scheme makes. ``row`` is its line in the file."""

    row: int
    field: str
    reason: str
    raw: str


@dataclass(slots=True)
class ListFile:
    """A list's file, read once. What is told of it is whole when the last digest was taken.

    Args:
        stream: its bytes.
        read: gives the digest of a row, or raises ``UnreadableValueError``.
        column: the header's name of the values; "": ``value`` or the first column.
    """

    stream: IO[bytes]
    read: Callable[[str], bytes]
    column: str = ""
    rows: int = 0
    bad: list[BadRow] = field(default_factory=list)
    corrected: list[int] = field(default_factory=list)
    _sum: hashlib._Hash = field(default_factory=hashlib.sha256)

    @property
    def sha256(self) -> str:
        """Of the bytes read so far."""
        return self._sum.hexdigest()

    def digests(self) -> Iterator[bytes]:
        """The digest of each row that can be read; the others are kept in ``bad``.

        Raises:
            ListFileError: the file has no such column, is no text, or is mostly unreadable.
        """
        lines = self._lines()
        first = next(lines, "")
        delimiter = next((each for each in _DELIMITERS if each in first), ",")
        reader = csv.reader(_again(first, lines), delimiter=delimiter)
        header = self._header(next(csv.reader([first], delimiter=delimiter), []))
        place = self._place(header)
        name = header[place] if header else str(place + 1)
        which = header.index(ID) if ID in header else None
        try:
            for cells in reader:
                if not any(cells) or (header and reader.line_num == 1):
                    continue
                self.rows += 1
                text = cells[place].strip() if place < len(cells) else ""
                try:
                    yield self.read(text)
                except UnreadableValueError as error:
                    self._keep(BadRow(reader.line_num, name, str(error), text[:_LONGEST_ROW]))
                    continue
                if which is not None and which < len(cells) and cells[which].isdecimal():
                    self.corrected.append(int(cells[which]))
        except csv.Error as error:
            raise ListFileError(f"line {reader.line_num}: {error}") from error
        if not self.rows:
            raise ListFileError("it has no rows")
        if len(self.bad) * 2 > self.rows:
            raise ListFileError(self._mostly_bad())

    def _keep(self, bad: BadRow) -> None:
        self.bad.append(bad)
        # No need to read a million rows of which none is what it should be.
        if len(self.bad) > 1_000 and len(self.bad) * 2 > self.rows:  # noqa: PLR2004  see above
            raise ListFileError(self._mostly_bad())

    def _mostly_bad(self) -> str:
        first = self.bad[0]
        return (
            f"{len(self.bad)} of the first {self.rows} rows cannot be read, so the scheme is"
            f" another one (line {first.row}: {first.reason})"
        )

    def _lines(self) -> Iterator[str]:
        head = self._read(_SNIFFED)
        if foreign := foreign_to_rows(head):
            raise ForeignFileError(PROBLEMS[foreign])
        if b"\0" in head:
            raise ListFileError("this is no text file")
        tail = _Tail(head, self._read)
        codec = "utf-8-sig" if _is_utf8(head) else "gb18030"
        yield from io.TextIOWrapper(io.BufferedReader(tail), codec, errors="replace", newline="")

    def _read(self, size: int) -> bytes:
        data = self.stream.read(size)
        self._sum.update(data)
        return data

    def _header(self, cells: list[str]) -> list[str]:
        """The names of the columns, if the first row gives names and not a value."""
        names = [cell.strip() for cell in cells]
        if self.column or VALUE in names:
            return names
        if not names or _NAME.fullmatch(names[0]) is None:
            return []
        try:
            self.read(names[0])
        except UnreadableValueError:
            return names
        return []

    def _place(self, header: list[str]) -> int:
        wanted = self.column or VALUE
        if wanted in header:
            return header.index(wanted)
        if self.column:
            raise ListFileError(f"no column {self.column!r}; there are: {', '.join(header)}")
        return 0


class _Tail(io.RawIOBase):
    """Bytes that were read ahead, and then the rest."""

    def __init__(self, head: bytes, more: Callable[[int], bytes]) -> None:
        super().__init__()
        self._head, self._more = head, more

    def readable(self) -> bool:
        """It is read."""
        return True

    def readinto(self, buffer: Any, /) -> int:
        """The next bytes."""
        size = len(buffer)
        data, self._head = self._head[:size], self._head[size:]
        data = data or self._more(size)
        buffer[: len(data)] = data
        return len(data)


def _again(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _is_utf8(head: bytes) -> bool:
    try:
        head.decode()
    except UnicodeDecodeError as error:
        # A character that the end of what was read cuts in two.
        return len(head) == _SNIFFED and error.start > len(head) - 4
    return True
