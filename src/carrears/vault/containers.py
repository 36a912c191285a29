"""What an Office file (ECMA-376, Open XML) is, by what its container lists; it is never run.

Members are not unpacked but for the content types and the relationships, each up to a bound. What
may act when it is opened is refused: macros, ActiveX, embedded objects, and what is fetched from
elsewhere (a template, an object, a picture, another workbook).
"""

from __future__ import annotations

import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

from lxml import etree

from carrears.vault.sniffing import RefusedFileError

ZIP = b"PK\x03\x04"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
OFFICE = frozenset({WORD, SHEET, SLIDES})
# What a sender may call such a file besides.
ALSO_CALLED = frozenset({"application/zip", "application/x-zip-compressed"})
_MAINS = {f"{kind}.main+xml": kind for kind in OFFICE}
_TYPES = "[Content_Types].xml"
# Far above any letter or statement; whoever opens the file would unpack it.
_MOST_MEMBERS, _MOST_UNPACKED, _MOST_READ = 5_000, 512 << 20, 4 << 20
_MOST_RATIO, _SMALL = 200, 8 << 20
_MACROS = re.compile(r"vbaproject|vbadata|macrosheet|macroenabled|dialogsheet", re.IGNORECASE)
_ACTIVE = re.compile(r"activex|embeddings/|oleobject|/afchunk", re.IGNORECASE)
_ENCRYPTED = 0x1
# What the reading of an archive may end in that is none, or is made so that it cannot be read.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, OSError,
    EOFError, ValueError,
)  # fmt: skip


def office_type_of(file: IO[bytes]) -> str:
    """The media type of a Word, Excel or PowerPoint file of today, one of ``OFFICE``.

    Raises:
        RefusedFileError: ``zip``: any other archive, or one that would unpack to too much;
            ``macros``, ``active``: it may do something when it is opened.
    """
    try:
        with zipfile.ZipFile(file) as container:
            members = container.infolist()
            _refuse_odd(members)
            names = [one.filename for one in members]
            types = _content_types(container)
            _refuse_active([*names, *types])
            for name in names:
                if name.lower().endswith(".rels"):
                    _refuse_fetching(container, name)
    except _BROKEN as error:
        if isinstance(error, RefusedFileError):
            raise
        raise RefusedFileError("zip") from error
    found = {_MAINS[one] for one in types if one in _MAINS}
    if len(found) != 1:
        raise RefusedFileError("zip")
    return found.pop()


def _refuse_odd(members: Sequence[zipfile.ZipInfo]) -> None:
    """Refuse what no Office writes, and what would unpack to too much."""
    names = {one.filename.lower() for one in members}
    if len(members) > _MOST_MEMBERS or len(names) < len(members):
        raise RefusedFileError("zip")
    if sum(one.file_size for one in members) > _MOST_UNPACKED:
        raise RefusedFileError("zip")
    for one in members:
        swells = one.file_size > _SMALL and one.file_size > _MOST_RATIO * one.compress_size
        leaves = one.filename.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", one.filename)
        if swells or leaves or one.flag_bits & _ENCRYPTED:
            raise RefusedFileError("zip")


def _content_types(container: zipfile.ZipFile) -> list[str]:
    if _TYPES not in container.namelist():
        raise RefusedFileError("zip")
    return [str(one.get("ContentType", "")) for one in _elements(container, _TYPES)]


def _refuse_active(told: Sequence[str]) -> None:
    """Refuse macros and what else acts, by the names of members and the types of their contents."""
    if any(_MACROS.search(one) for one in told):
        raise RefusedFileError("macros")
    if any(_ACTIVE.search(one) for one in told):
        raise RefusedFileError("active")


def _refuse_fetching(container: zipfile.ZipFile, name: str) -> None:
    """Refuse what is fetched when the file is opened; a link that somebody follows is none."""
    for one in _elements(container, name):
        kind = str(one.get("Type", "")).rpartition("/")[2]
        _refuse_active([kind])
        if str(one.get("TargetMode", "")).lower() == "external" and kind != "hyperlink":
            raise RefusedFileError("active")


def _elements(container: zipfile.ZipFile, name: str) -> Iterator[etree._Element]:
    with container.open(name) as member:
        text = member.read(_MOST_READ + 1)
    if len(text) > _MOST_READ:
        raise RefusedFileError("zip")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(text, parser)
    except etree.XMLSyntaxError as error:
        raise RefusedFileError("zip") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise RefusedFileError("zip")
    yield from root.iter(etree.Element)
