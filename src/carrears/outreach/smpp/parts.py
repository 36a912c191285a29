"""The parts of a long text that comes in: by its header (TS 23.040 9.2.3.24) or by SAR TLVs.

A header says first how long it is; its elements are an identifier, a length and that many octets.
Elements 00 and 08 number the parts, with a reference of 8 and of 16 bits. SMPP 3.4 (5.3.2.22 to 24)
says the same by ``sar_msg_ref_num``, ``sar_total_segments`` and ``sar_segment_seqnum``.
"""

from __future__ import annotations

from dataclasses import dataclass

from carrears.outreach.smpp.pdus import Message, Tag

_HAS_HEADER = 0x40  # of esm_class
_SHORT_REFERENCE, _LONG_REFERENCE = 0x00, 0x08
_ELEMENTS = {_SHORT_REFERENCE: 3, _LONG_REFERENCE: 4}  # and how many octets each has


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a text, without its header; ``number`` from 1 to ``total``."""

    octets: bytes
    reference: int = 0
    total: int = 1
    number: int = 1


def part_of(message: Message) -> Part:
    """Which part of a text a message is; one that makes no sense as a part is a text by itself."""
    octets = message.text_bytes
    if message.esm_class & _HAS_HEADER and octets:
        header, octets = octets[1 : 1 + octets[0]], octets[1 + octets[0] :]
        found = _by_header(header)
    else:
        found = _by_tlvs(message)
    if found is None:
        return Part(octets)
    reference, total, number = found
    if total < 2 or not 1 <= number <= total:  # noqa: PLR2004  one part is the text
        return Part(octets)
    return Part(octets, reference, total, number)


def _by_header(header: bytes) -> tuple[int, int, int] | None:
    at = 0
    while at + 2 <= len(header):
        kind, length = header[at], header[at + 1]
        value = header[at + 2 : at + 2 + length]
        if _ELEMENTS.get(kind) == length == len(value):
            return int.from_bytes(value[:-2], "big"), value[-2], value[-1]
        at += 2 + length
    return None


def _by_tlvs(message: Message) -> tuple[int, int, int] | None:
    tags = (Tag.SAR_REFERENCE, Tag.SAR_TOTAL, Tag.SAR_NUMBER)
    values = [message.tlvs.get(tag, b"") for tag in tags]
    if not all(values):
        return None
    reference, total, number = (int.from_bytes(value, "big") for value in values)
    return reference, total, number
