"""Records of an XML tape, one at a time.

A tape needs no document type, so one that declares any is refused before it is read:
entities that multiply ("XML bomb") or reach for files and addresses come with it. The parser
resolves no entity, loads no DTD and opens no address besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import IO

from lxml import etree

from carrears.exchange.errors import TapeError
from carrears.exchange.mapping import Mapping

_HEAD = 4096  # bytes in which a document type is looked for before parsing


def xml_records(
    path: Path, mapping: Mapping, stream: IO[bytes]
) -> Iterator[tuple[dict[str, str | None], str]]:
    """The fields of each record element: local names and texts; nested ones as ``a/b``.

    Raises:
        TapeError: a document type, an entity, broken XML, or no record at all.
    """
    assert mapping.xml is not None  # noqa: S101  the mapping's own check
    count = 0
    try:
        for element in _elements(path, mapping.xml.record, stream):
            count += 1
            yield _fields(path, element), ""
    except etree.XMLSyntaxError as error:
        raise TapeError(path, f"broken XML: {error.msg}", row=count) from error
    if count == 0:
        raise TapeError(path, f"holds no {mapping.xml.record} element")


def _elements(path: Path, tag: str, stream: IO[bytes]) -> Iterator[etree._Element]:
    parsed = etree.iterparse(
        _Guarded(path, stream),
        events=("end",),
        tag=tag,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
    )
    for _, element in parsed:
        _refuse_document_type(path, element)
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and element.getprevious() is not None:
            del parent[0]
    if parsed.root is not None:
        _refuse_document_type(path, parsed.root)


class _Guarded:
    """Looks at the first bytes before the parser gets them."""

    def __init__(self, path: Path, stream: IO[bytes]) -> None:
        self._path, self._stream, self._is_first = path, stream, True

    def read(self, size: int = -1) -> bytes:
        data = self._stream.read(size)
        if self._is_first:
            self._is_first = False
            head = data[:_HEAD].replace(b"\x00", b"")  # also of UTF-16
            if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                raise _refusal(self._path)
        return data


def _refuse_document_type(path: Path, element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise _refusal(path)


def _refusal(path: Path) -> TapeError:
    return TapeError(path, "declares a document type (DTD); refused, nothing of it was expanded")


def _fields(path: Path, record: etree._Element) -> dict[str, str | None]:
    if next(record.iter(etree.Entity), None) is not None:
        raise TapeError(path, "uses an entity; refused, nothing of it was expanded")
    fields: dict[str, str | None] = {}
    for element in record.iterdescendants(etree.Element):
        if len(element) == 0:
            fields[_name(record, element)] = element.text
    return fields


def _name(record: etree._Element, element: etree._Element) -> str:
    names = [etree.QName(element).localname]
    parent = element.getparent()
    while parent is not None and parent is not record:
        names.append(etree.QName(parent).localname)
        parent = parent.getparent()
    return "/".join(reversed(names))
