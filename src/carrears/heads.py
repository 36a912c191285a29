"""What the head of a request tells of its body, before anybody reads it.

Read as narrowly as gunicorn's own parser does (RFC 9112), which reads the head again: where the two
differed, a thread would wait for a body that seemed to be there.
"""

from __future__ import annotations

import re
from typing import NamedTuple

GATHERED = 1024 * 1024  # what a stranger may send (``workbench.bounds``)
LONGEST_HEAD = 64 * 1024
_LENGTH = re.compile(rb"\r\ncontent-length:([^\r\n]*)", re.IGNORECASE)
_CODED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
_ASKING = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class UnreadableError(ConnectionError):
    """What was sent begins no request."""


class Head(NamedTuple):
    """What the head of a request tells of its body; lengths in bytes."""

    size: int  # of the head itself, with the empty line
    length: int
    is_gathered: bool  # else its body is a thread's to read
    is_asking: bool  # it sends its body when it is told to go on


def head_of(got: bytes | bytearray, searched: int = 0) -> Head | None:
    """The head that these bytes begin with, none where it is not whole.

    Args:
        got: what came.
        searched: in how much of it no head ends.

    Raises:
        UnreadableError: it is longer than any, or its length is none.
    """
    end = got.find(b"\r\n\r\n", max(searched - 3, 0), LONGEST_HEAD)
    if end < 0:
        if len(got) >= LONGEST_HEAD:
            raise UnreadableError("no head is so long")
        return None
    lines = bytes(got[: end + 2])
    told = [one.strip(b" \t") for one in _LENGTH.findall(lines)] or [b"0"]
    if len(told) > 1 or not told[0].isdigit():
        raise UnreadableError("no body is so long")
    try:
        length = int(told[0])
    except ValueError as error:  # more digits than Python reads
        raise UnreadableError("no body is so long") from error
    return Head(
        size=end + 4,
        length=length,
        is_gathered=length <= GATHERED and not _CODED.search(lines),
        is_asking=b" HTTP/1.1\r\n" in lines and bool(_ASKING.search(lines)),
    )
