r"""Frames and the chain that holds them together.

A recording arrives in *frames*. The SHA-256 of a frame goes into a chain that begins with the
recording's own token, so that none can be altered, left out, put elsewhere or moved to another
recording without every later link being another one::

    link[-1] = SHA-256("carrears/recording/1\n" token "\n" kind)
    link[n]  = SHA-256("carrears/recording/chunk/1\n" link[n-1] n SHA-256(frame[n]))

``token`` is the UUID's usual text, ``n`` an unsigned 64-bit number, most significant byte first.
A frame is a line of JSON, its *header*, and the bytes that were captured. The browser
(``web/src/recording/frames.ts``) computes the same.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

LINK_BYTES = 32
LARGEST_FRAME = 4 * 1024 * 1024
LARGEST_HEADER = 16 * 1024
LONGEST_MS = 24 * 60 * 60 * 1000
_GENESIS = b"carrears/recording/1\n"
_CHUNK = b"carrears/recording/chunk/1\n"


class BadFrameError(ValueError):
    """A frame without a readable header; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame taken apart. Times are milliseconds since the recording began.

    ``peaks`` has a byte for each stretch of equal length: the loudest sample in it, 255 for
    full scale. A screen has none.
    """

    from_ms: int
    to_ms: int
    peaks: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Linked:
    """A stored place in the chain: the hash of its frame, and the link that it made."""

    seq: int
    sha256: bytes
    link: bytes


def first_link(token: UUID, kind: str) -> bytes:
    """What the first frame of a recording is chained to."""
    return hashlib.sha256(_GENESIS + f"{token}\n{kind}".encode()).digest()


def next_link(previous: bytes, seq: int, sha256: bytes) -> bytes:
    """The link that a frame with this hash makes after ``previous`` at place ``seq``."""
    return hashlib.sha256(_CHUNK + previous + seq.to_bytes(8, "big") + sha256).digest()


def gaps_of(chain: Iterable[Linked], *, first: bytes, count: int) -> list[str]:
    """What is wrong with a stored chain that should have ``count`` places; empty if nothing is.

    Each missing stretch and each place whose link does not follow from the one before is named.
    After a gap the chain is taken up from what is stored, so that one loss is one finding.
    """
    faults, wanted, link = [], 0, first
    for one in chain:
        if one.seq > wanted:
            faults.append(_missing(wanted, one.seq - 1))
            link = b""
        if link and next_link(link, one.seq, one.sha256) != one.link:
            faults.append(f"chunk {one.seq} does not follow from the one before")
        wanted, link = one.seq + 1, one.link
    if wanted < count:
        faults.append(_missing(wanted, count - 1))
    if wanted > count:
        faults.append(f"chunk {count} and later were never told of")
    return faults


def _missing(first: int, last: int) -> str:
    return f"chunk {first} is missing" if first == last else f"chunks {first}–{last} are missing"


def read_frame(frame: bytes) -> Frame:
    """Take a frame apart.

    Raises:
        BadFrameError: it is too large, or its header is no header.
    """
    if len(frame) > LARGEST_FRAME:
        raise BadFrameError(f"a frame has at most {LARGEST_FRAME} bytes, this one {len(frame)}")
    line, newline, body = frame.partition(b"\n")
    if not newline or len(line) > LARGEST_HEADER:
        raise BadFrameError("a frame begins with a line of JSON")
    try:
        header: Any = json.loads(line)
        begins, ends = header["from"], header["to"]
        peaks = base64.b64decode(header.get("peaks", ""), validate=True)
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise BadFrameError("the header of a frame says from, to and, of a sound, peaks") from error
    if type(begins) is not int or type(ends) is not int or not 0 <= begins <= ends <= LONGEST_MS:
        raise BadFrameError("from and to are milliseconds since the recording began")
    return Frame(begins, ends, peaks, body)
