r"""The file that chunks of a recording become in the vault; whoever has it computes the chain anew.

Layout: a line ``carrears-recording/1``, a line of JSON, and then of each frame::

    1 how (1 as it was captured, 2 compressed with zlib) | 4 length, most significant byte first
    | so many bytes

The JSON says ``recording``, ``kind``, ``first`` (the number of the first frame), ``chunks`` (how
many there are), ``previous`` (the link before the first) and ``head`` (the link that the last one
makes), links as hexadecimal digits. ``carrears-verify`` and the verifying page read the same.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from carrears_verify.chain import LARGEST_FRAME

MEDIA_TYPE = "application/vnd.carrears.recording"
_MAGIC = b"carrears-recording/1\n"
_PLAIN, _COMPRESSED = 1, 2
_LENGTH_BYTES = 4
_LONGEST_HEADER = 4096


class BadFileError(ValueError):
    """No such file, or not all of it; the message says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What a file says of itself; links are hexadecimal digits."""

    recording: str
    kind: str
    first: int
    chunks: int
    previous: str
    head: str


def write_file(header: Header, frames: Iterable[bytes], *, compress: bool) -> Iterator[bytes]:
    """The file in pieces, one a frame."""
    yield _MAGIC + json.dumps(asdict(header), sort_keys=True).encode() + b"\n"
    for frame in frames:
        how, kept = (_COMPRESSED, zlib.compress(frame, 6)) if compress else (_PLAIN, frame)
        yield bytes([how]) + len(kept).to_bytes(_LENGTH_BYTES, "big") + kept


def read_file(pieces: Iterable[bytes]) -> tuple[Header, Iterator[bytes]]:
    """What a file says of itself, and its frames, of which one at a time is held.

    Raises:
        BadFileError: it is no such file; while the frames are read, also that one is too large,
            or that there are more or fewer of them than it says.
    """
    source = _Source(iter(pieces))
    if source.line() != _MAGIC:
        raise BadFileError("no file of a recording")
    header = _header(source.line())
    return header, _frames(source, header.chunks)


def _header(line: bytes) -> Header:
    try:
        header = Header(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise BadFileError("what the file says of itself cannot be read") from error
    texts = (header.recording, header.kind, header.previous, header.head)
    numbers = (header.first, header.chunks)
    if not all(isinstance(each, str) for each in texts) or not all(
        type(each) is int and each >= 0 for each in numbers
    ):
        raise BadFileError("what the file says of itself cannot be read")
    return header


def _frames(source: _Source, count: int) -> Iterator[bytes]:
    for number in range(count):
        how, length = source.exactly(1)[0], int.from_bytes(source.exactly(_LENGTH_BYTES), "big")
        if length > LARGEST_FRAME + 1024 or how not in {_PLAIN, _COMPRESSED}:
            raise BadFileError(f"frame {number} of the file is no frame")
        kept = source.exactly(length)
        yield kept if how == _PLAIN else inflate(kept)
    if source.more():
        raise BadFileError("the file goes on behind its last frame")


def inflate(compressed: bytes) -> bytes:
    """A frame that was compressed with zlib.

    Raises:
        BadFileError: it was not, or is larger than any frame.
    """
    inflating = zlib.decompressobj()
    try:
        frame = inflating.decompress(compressed, LARGEST_FRAME + 1)
    except zlib.error as error:
        raise BadFileError("not a compressed frame") from error
    if len(frame) > LARGEST_FRAME or not inflating.eof:
        raise BadFileError("larger than any frame")
    return frame


class _Source:
    """Reads lines and so many bytes from pieces of any length."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces, self._held = pieces, bytearray()

    def line(self) -> bytes:
        while b"\n" not in self._held:
            if len(self._held) > _LONGEST_HEADER or not self._fetch():
                raise BadFileError("no file of a recording")
        return self._take(self._held.index(b"\n") + 1)

    def exactly(self, count: int) -> bytes:
        while len(self._held) < count:
            if not self._fetch():
                raise BadFileError("the file is cut")
        return self._take(count)

    def more(self) -> bool:
        return bool(self._held) or self._fetch()

    def _fetch(self) -> bool:
        for piece in self._pieces:
            if piece:
                self._held += piece
                return True
        return False

    def _take(self, count: int) -> bytes:
        taken = bytes(self._held[:count])
        del self._held[:count]
        return taken
