"""Read the files that a bundle holds, a piece at a time: how long, of which hash, which chunks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO
from uuid import UUID

from carrears_verify.chain import first_link, next_link
from carrears_verify.file_format import BadFileError, Header, read_file

_PIECE_BYTES = 1 << 20
_MAGIC = b"carrears-recording/1\n"
_NOTHING = Header(recording="", kind="", first=0, chunks=0, previous="", head="")


@dataclass(frozen=True, slots=True)
class Chunks:
    """A file of a recording: what it says of itself, the link after each frame, what is wrong."""

    header: Header
    links: tuple[bytes, ...]
    error: str


@dataclass(frozen=True, slots=True)
class Held:
    """A file as it lies in the bundle; ``chunks`` if it calls itself one of a recording."""

    size: int
    sha256: str
    chunks: Chunks | None


def read_held(file: IO[bytes]) -> Held:
    """Read a file once, from its beginning to its end."""
    seen = _Seen(file)
    pieces = iter(seen)
    first = next(pieces, b"")
    chunks = _read_chunks(_again(first, pieces)) if first.startswith(_MAGIC) else None
    for _ in pieces:  # what the chunks left
        pass
    return Held(seen.size, seen.digest.hexdigest(), chunks)


def _again(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _read_chunks(pieces: Iterator[bytes]) -> Chunks | None:
    try:
        header, frames = read_file(pieces)
    except BadFileError as error:
        return Chunks(_NOTHING, (), str(error))
    links: list[bytes] = []
    try:
        link = bytes.fromhex(header.previous)
        if header.first == 0 and link != first_link(UUID(header.recording), header.kind):
            return Chunks(header, (), "it does not begin as its recording does")
        for seq, frame in enumerate(frames, header.first):
            link = next_link(link, seq, hashlib.sha256(frame).digest())
            links.append(link)
        if link.hex() != header.head:
            return Chunks(header, tuple(links), "its chunks do not make the link that it names")
    except ValueError as error:  # BadFileError is one, and so is what no UUID or link raises
        return Chunks(header, tuple(links), str(error))
    return Chunks(header, tuple(links), "")


class _Seen:
    """Passes on what is read, and knows afterwards how long it was and its SHA-256."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size, self.digest = 0, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._file.read(_PIECE_BYTES):
            self.size += len(piece)
            self.digest.update(piece)
            yield piece
