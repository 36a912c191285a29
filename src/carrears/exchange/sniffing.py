"""A file of rows is what its name says, before anything of it is read.

A workbook or an archive that is called ``.csv``, a page of an error, a program, a damaged or
swollen gzip and text in another encoding are refused whole, each in words that say what it is.
"""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import Mapping
from carrears.vault.sniffing import foreign_to_rows

# Rows of a book shrink by 5 to 40; DEFLATE itself ends at 1032. A bomb is near the end.
MOST_SWELLING = 250
_FREE = 16 * 1024 * 1024  # bytes; below this nothing is a bomb
_HEAD = 65_536
_ENOUGH = 16  # bytes beyond ASCII that tell an encoding
_PIECE = 1024 * 1024

PROBLEMS = {
    "zip": "is an Excel workbook or a ZIP archive by its content; save it as CSV (UTF-8)",
    "office": "is an old Excel or Word file by its content; save it as CSV (UTF-8)",
    "gzip": "is packed by gzip; its name has to end in .gz",
    "archive": "is an archive by its content; unpack it",
    "program": "is a program by its content",
    "web_page": "is a web page by its content, maybe that of an error",
    "media": "is a picture, a sound or a PDF by its content",
}
NOT_GZIP = "is not packed by gzip, though its name ends in .gz"
SWELLS = "unpacks to far more than rows do; it is not read"
NOT_PARQUET = "is no Parquet file by its content"
NOT_XML = "is no XML by its content"
NOT_TEXT = "is no text by its content"
IS_UTF8 = "is UTF-8 by its content, but the mapping reads another encoding"


def refuse_foreign(path: Path, mapping: Mapping, kind: str) -> None:
    """Refuse a file whose bytes are not of ``kind`` (csv, parquet, xml or jsonl).

    Raises:
        TapeError: with one of this module's sentences as ``problem``.
    """
    head = _head(path)
    foreign = foreign_to_rows(head)
    if foreign is not None:
        raise TapeError(path, PROBLEMS[foreign])
    if kind == "parquet":
        if not head.startswith(b"PAR1"):
            raise TapeError(path, NOT_PARQUET)
        return
    encoding = mapping.encoding.lower().replace("_", "-")
    if encoding.startswith("utf-16"):
        return  # half of its bytes are zero, and its reader refuses what it is not
    if b"\0" in head:
        raise TapeError(path, NOT_TEXT)
    if kind == "xml" and not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise TapeError(path, NOT_XML)
    if kind in {"csv", "jsonl"} and not encoding.startswith("utf") and _is_utf8(head):
        raise TapeError(path, IS_UTF8)


def _head(path: Path) -> bytes:
    """The first bytes, unpacked where the name says that they are packed."""
    with path.open("rb") as file:
        head = file.read(_HEAD)
    if path.suffix.lower() != ".gz" or not head:
        return head
    if not head.startswith(b"\x1f\x8b"):
        raise TapeError(path, NOT_GZIP)
    _refuse_bomb(path)
    try:
        with gzip.open(path) as unpacked:
            return unpacked.read(_HEAD)
    except (OSError, EOFError, zlib.error):
        return b""  # broken off or damaged: its reader says where


def _refuse_bomb(path: Path) -> None:
    most, size = max(_FREE, path.stat().st_size * MOST_SWELLING), 0
    try:
        with gzip.open(path) as unpacked:
            while piece := unpacked.read(_PIECE):
                size += len(piece)
                if size > most:
                    raise TapeError(path, SWELLS)
    except (OSError, EOFError, zlib.error):
        return  # as above


def _is_utf8(head: bytes) -> bool:
    """Whether enough of it is beyond ASCII, and all of it is UTF-8 (a cut last character aside)."""
    if sum(byte > 0x7F for byte in head) < _ENOUGH:  # noqa: PLR2004  the last of ASCII
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        return len(head) == _HEAD and error.start > len(head) - 4
    return True
