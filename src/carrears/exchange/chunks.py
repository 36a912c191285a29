"""Raw rows of a tape, and the file they come from."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self, TypeAlias, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from carrears.exchange.errors import TapeError

UNREADABLE = "_text"
"""The raw field that holds a line which could not be cut into columns."""

RowNumbers: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be cut into columns."""

    row: int
    line: int | None
    reason: str
    text: str


@dataclass(slots=True)
class Chunk:
    """Some rows: a column of each name; ``rows`` counts data rows of the file from 1."""

    columns: dict[str, pa.Array]
    rows: RowNumbers
    lines: RowNumbers | None = None
    broken: list[Broken] = field(default_factory=list)
    bytes_read: int = 0

    def raw(self, index: int) -> dict[str, Any]:
        """The row as it stood in the file, without what was empty there."""
        found = {name: column[index].as_py() for name, column in self.columns.items()}
        return {name: value for name, value in found.items() if value is not None}


class Counting:
    """A file that knows how far it was read, for the progress bar."""

    def __init__(self, path: Path) -> None:
        """Opens ``path``, unpacking ``.gz`` on the way."""
        self.total = path.stat().st_size
        self._packed = path.open("rb")
        plain = path.suffix != ".gz"
        unpacked = self._packed if plain else gzip.GzipFile(fileobj=self._packed)
        self.stream = cast(IO[bytes], unpacked)

    @property
    def done(self) -> int:
        """Bytes of the (packed) file read so far."""
        return 0 if self._packed.closed else self._packed.tell()

    def close(self) -> None:
        """Close the file."""
        self.stream.close()
        self._packed.close()


@contextmanager
def opened(path: Path) -> Iterator[Counting]:
    """The file, open for reading; a break in its packing is a ``TapeError``."""
    try:
        counting = Counting(path)
    except OSError as error:
        raise TapeError(path, f"cannot be opened: {error.strerror or error}") from error
    try:
        yield counting
    finally:
        counting.close()


class Reached:
    """Turns what libraries raise on a broken file into a ``TapeError`` that tells the row."""

    def __init__(self, path: Path, encoding: str) -> None:
        """``encoding`` is named when the text is not in it."""
        self._path, self._encoding, self.row = path, encoding, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is None or isinstance(error, TapeError | GeneratorExit):
            return
        problem = self._problem(error)
        if problem is not None:
            raise TapeError(self._path, problem, row=self.row) from error

    def _problem(self, error: BaseException) -> str | None:
        if isinstance(error, EOFError):
            return "the compressed file is cut off"
        if isinstance(error, gzip.BadGzipFile | zlib.error):
            return f"the compressed file is damaged: {error}"
        if isinstance(error, UnicodeError) or "invalid UTF8" in str(error):
            return f"the text is not in {self._encoding}; a mapping can name another `encoding`"
        if isinstance(error, pa.ArrowInvalid | OSError):
            return f"cannot be read: {error}"
        return None
