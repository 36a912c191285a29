"""Texts as an SMS carries them: GSM 7-bit where it suffices, else UCS-2; cut into segments.

3GPP TS 23.038 (alphabets) and TS 23.040 9.2.3.24.1 (concatenation). Lengths are septets of the
default alphabet, characters of the extension table counting two, or UTF-16 code units.
"""

from __future__ import annotations

from dataclasses import dataclass

GSM_7, UCS_2 = 0, 8
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = {
    "\f": 0x0A, "^": 0x14, "{": 0x28, "}": 0x29, "\\": 0x2F, "[": 0x3C, "~": 0x3D, "]": 0x3E,
    "|": 0x40, "€": 0x65,
}  # fmt: skip
_ESCAPE = 0x1B
_CODES = {char: bytes((code,)) for code, char in enumerate(_BASIC) if code != _ESCAPE} | {
    char: bytes((_ESCAPE, code)) for char, code in _EXTENSION.items()
}
_CHARS = {code: char for char, code in _EXTENSION.items()}
# What one segment holds, alone and as one of several, in units of its alphabet.
_ROOM = {GSM_7: (160, 153), UCS_2: (70, 67)}
_MOST_PARTS = 255
_SECOND_HALF = (0xDC, 0xDF)  # how the second half of a surrogate pair begins


class TextError(ValueError):
    """A text that no message can carry."""


@dataclass(frozen=True, slots=True)
class Segments:
    """A text cut into the segments that are sent and paid for; ``length`` in units."""

    coding: int
    parts: tuple[bytes, ...]
    length: int

    @property
    def count(self) -> int:
        """How many messages a gateway counts."""
        return len(self.parts)


def cut_text(text: str) -> Segments:
    """The segments of a text; no character is cut in two.

    Raises:
        TextError: it is empty, or has more than 255 segments.
    """
    if not text:
        raise TextError("an empty text")
    coding = GSM_7 if _CODES.keys() >= set(text) else UCS_2
    width = 1 if coding == GSM_7 else 2
    octets = _spell(text, coding)
    length = len(octets) // width
    alone, together = _ROOM[coding]
    room = (alone if length <= alone else together) * width
    parts, start = [], 0
    while start < len(octets):
        end = start + room
        if end < len(octets) and _is_within(octets, end, coding):
            end -= width
        parts.append(octets[start:end])
        start = end
    if len(parts) > _MOST_PARTS:
        raise TextError("a text of more than 255 segments")
    return Segments(coding, tuple(parts), length)


def with_header(part: bytes, *, reference: int, total: int, number: int) -> bytes:
    """A segment with the header by which a phone puts them together (8-bit reference)."""
    return bytes((5, 0, 3, reference & 0xFF, total, number)) + part


def read_text(octets: bytes, coding: int) -> str:
    """The text of what came in; what cannot be read is replaced.

    Of the codings of SMPP 3.4 5.2.19, those that people's replies come in.
    """
    match coding:
        case 8:
            return octets.decode("utf-16-be", errors="replace")
        case 3:
            return octets.decode("latin-1")
        case 0 | 1:
            return _read_gsm(octets)
        case _:
            return octets.decode("utf-8", errors="replace")


def _spell(text: str, coding: int) -> bytes:
    if coding == GSM_7:
        return b"".join(map(_CODES.__getitem__, text))
    return text.encode("utf-16-be", errors="replace")


def _is_within(octets: bytes, place: int, coding: int) -> bool:
    """Whether a cut here would part the two units of one character."""
    if coding == GSM_7:
        return octets[place - 1] == _ESCAPE
    return _SECOND_HALF[0] <= octets[place] <= _SECOND_HALF[1]


def _read_gsm(octets: bytes) -> str:
    told, escaped = [], False
    for code in octets:
        if escaped:
            told.append(_CHARS.get(code, " "))
            escaped = False
        elif code == _ESCAPE:
            escaped = True
        elif code < len(_BASIC):
            told.append(_BASIC[code])
        else:
            told.append("\ufffd")
    return "".join(told)
