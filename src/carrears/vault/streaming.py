"""Encrypt streams so that any part can be read without the rest: Tink's AES256_GCM_HKDF_1MB.

The wire format of Google Tink's streaming AEAD (https://developers.google.com/tink/
streaming-aead, "AES-GCM-HKDF"), written over ``cryptography`` because Tink's own Python reader
cannot seek (docs/decisions/0018). Tink opens what is sealed here, and the reverse::

    header   1 its length, 40 | 32 salt | 7 nonce prefix
    segment  up to 1 MiB, the header counted into the first: AES-256-GCM, tag at the end
    key      HKDF-SHA256(key of the stream, salt, info = what it is bound to)
    nonce    7 prefix | 4 number of the segment, big endian | 1 for the last segment, else 0

A segment that was altered, moved, or stands last without being the last one does not open.
Whether a stream was cut shows only where its last segment is read; who reads a part states the
size of the whole, which says how long the sealed stream has to be and which segment is last.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
SEGMENT_BYTES = 1 << 20
HEADER_BYTES = 40
TAG_BYTES = 16
_SALT_BYTES = 32
_PREFIX_BYTES = 7
_REST = SEGMENT_BYTES - TAG_BYTES  # bytes of content in a segment
_FIRST = _REST - HEADER_BYTES
_MOST_SEGMENTS = 1 << 32


class StreamAlteredError(Exception):
    """A sealed stream was altered or cut, or belongs to another key or place."""


class StreamTooLongError(ValueError):
    """More than 2^32 segments (4 PiB) cannot be told apart."""


Fetch = Callable[[int, int], bytes]  # bytes [start, end) of the sealed stream


@dataclass(frozen=True, slots=True)
class _Segments:
    """Seals and opens the segments of one stream."""

    prefix: bytes
    cipher: AESGCM = field(repr=False)

    def seal(self, number: int, content: bytes | bytearray, *, is_last: bool) -> bytes:
        return self.cipher.encrypt(_nonce(self.prefix, number, is_last=is_last), content, None)

    def open(self, number: int, sealed: bytes, *, is_last: bool) -> bytes:
        try:
            return self.cipher.decrypt(_nonce(self.prefix, number, is_last=is_last), sealed, None)
        except (InvalidTag, ValueError) as error:
            raise StreamAlteredError(f"segment {number} does not open") from error


def seal(content: Iterable[bytes], *, key: bytes, bound_to: bytes) -> Iterator[bytes]:
    """The sealed stream of ``content``, in pieces of at most 1 MiB; at most 2 MiB are in memory.

    Args:
        content: pieces of any length; nothing at all is a stream as well.
        key: 32 bytes, best of this stream alone.
        bound_to: what the stream belongs to; it opens for nothing else.

    Raises:
        StreamTooLongError: after 4 PiB.
    """
    salt, prefix = os.urandom(_SALT_BYTES), os.urandom(_PREFIX_BYTES)
    segments = _Segments(prefix, _cipher(key, salt, bound_to))
    yield bytes([HEADER_BYTES]) + salt + prefix
    number, room, waiting = 0, _FIRST, bytearray()
    for piece in content:
        waiting += piece
        while len(waiting) > room:
            yield segments.seal(number, waiting[:room], is_last=False)
            del waiting[:room]
            number, room = number + 1, _REST
    yield segments.seal(number, waiting, is_last=True)


def open_range(
    fetch: Fetch, *, key: bytes, bound_to: bytes, size: int, start: int = 0, end: int | None = None
) -> Iterator[bytes]:
    """Bytes ``[start, end)`` of the content, one piece for each segment that they touch.

    Only those segments and the header are fetched. ``size`` is the length of the whole content,
    known from elsewhere; an ``end`` beyond it, or None, means all that is there.

    Raises:
        StreamAlteredError: a segment does not open, or is not as long as ``size`` has it.
    """
    end = size if end is None else min(end, size)
    if start >= end and size:
        return
    head = fetch(0, HEADER_BYTES)
    if len(head) != HEADER_BYTES or head[0] != HEADER_BYTES:
        raise StreamAlteredError("the header is missing or of another format")
    salt, prefix = head[1 : 1 + _SALT_BYTES], head[1 + _SALT_BYTES :]
    segments = _Segments(prefix, _cipher(key, salt, bound_to))
    last = _count(size) - 1
    for number in range(_segment_of(start), _segment_of(max(end - 1, 0)) + 1):
        first, after = _held_by(number, size)
        place = number * SEGMENT_BYTES or HEADER_BYTES
        length = after - first + TAG_BYTES
        sealed = fetch(place, place + length)
        if len(sealed) != length:
            raise StreamAlteredError(f"segment {number} is cut")
        content = segments.open(number, sealed, is_last=number == last)
        yield content[max(start - first, 0) : end - first]


def sealed_size(size: int) -> int:
    """How long the sealed stream of ``size`` bytes of content is."""
    return HEADER_BYTES + size + _count(size) * TAG_BYTES


def _count(size: int) -> int:
    return 1 + max(0, -(-(size - _FIRST) // _REST))


def _segment_of(offset: int) -> int:
    return 0 if offset < _FIRST else 1 + (offset - _FIRST) // _REST


def _held_by(number: int, size: int) -> tuple[int, int]:
    """Which bytes of the content a segment holds."""
    first = _FIRST + (number - 1) * _REST if number else 0
    return first, min(_FIRST + number * _REST, size)


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    if number >= _MOST_SEGMENTS:
        raise StreamTooLongError("a stream has at most 2^32 segments")
    return prefix + number.to_bytes(4, "big") + bytes([is_last])


def _cipher(key: bytes, salt: bytes, bound_to: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError(f"a key of {len(key)} bytes, not {KEY_BYTES}")
    return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, bound_to).derive(key))
