"""Read DER (X.690), as far as time-stamps need it: definite lengths, one byte tags."""

from __future__ import annotations

from dataclasses import dataclass

SEQUENCE, SET, OCTETS, OID, INTEGER, TIME = 0x30, 0x31, 0x04, 0x06, 0x02, 0x18
_LONGEST = 4  # bytes of a length


class DerError(ValueError):
    """Bytes are no DER, or not what is expected of them."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag, what it holds, and the whole of its bytes."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> list[Element]:
        """The elements that it holds."""
        found: list[Element] = []
        rest = self.content
        while rest:
            one, rest = _take(rest)
            found.append(one)
        return found

    def expect(self, tag: int) -> Element:
        """The same, if it is of this tag."""
        if self.tag != tag:
            raise DerError(f"tag {self.tag:#x} where {tag:#x} is due")
        return self


def read(data: bytes) -> Element:
    """The one element that ``data`` is."""
    one, rest = _take(data)
    if rest:
        raise DerError("bytes are left over")
    return one


def oid_text(one: Element) -> str:
    """An object identifier, dotted."""
    content = one.expect(OID).content
    parts: list[int] = []
    value = 0
    for byte in content:
        value = value << 7 | byte & 0x7F
        if not byte & 0x80:
            parts.append(value)
            value = 0
    if not parts or content[-1] & 0x80:
        raise DerError("no object identifier")
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, [first, parts[0] - 40 * first, *parts[1:]]))


def _take(data: bytes) -> tuple[Element, bytes]:
    if len(data) < 2:  # noqa: PLR2004  a tag and a length
        raise DerError("bytes are missing")
    tag, length, start = data[0], data[1], 2
    if tag & 0x1F == 0x1F:  # noqa: PLR2004  a tag of several bytes
        raise DerError("a tag of several bytes")
    if length & 0x80:
        count = length & 0x7F
        if not 1 <= count <= _LONGEST:
            raise DerError("a length that is not definite")
        length = int.from_bytes(data[2 : 2 + count], "big")
        start = 2 + count
    end = start + length
    if len(data) < end:
        raise DerError("bytes are missing")
    return Element(tag, data[start:end], data[:end]), data[end:]
