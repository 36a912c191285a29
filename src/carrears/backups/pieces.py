"""Pieces of a database server's own copies, sealed as backups are: its files, and its log.

PostgreSQL sends a piece of its log again where it was not told that it is kept, and wants one of
other content refused. What is sealed cannot be read here, so the SHA-256 of the content lies
beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

from carrears.backups.places import written_whole
from carrears.backups.sealing import BackupError, seal

_AT_ONCE = 1 << 20


class _Hashed:
    """What is read, and the SHA-256 of what has been read so far."""

    def __init__(self, content: BinaryIO) -> None:
        self._content, self._digest = content, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        while piece := self._content.read(_AT_ONCE):
            self._digest.update(piece)
            yield piece

    @property
    def digest(self) -> str:
        return self._digest.hexdigest()


def keep(content: BinaryIO, place: Path, recipient: X25519PublicKey) -> bool:
    """Seal ``content`` into ``place``, on the disk before it has its name; False: it is there.

    Raises:
        BackupError: other content is there.
    """
    read, beside = _Hashed(content), place.with_name(f"{place.name}.sha256")
    if place.exists():
        for _ in read:
            pass
        if not beside.exists() or beside.read_text(encoding="ascii") != read.digest:
            raise BackupError(f"{place}: something else is there, and is not written over")
        return False
    with written_whole(place) as file:
        file.writelines(seal(read, recipient))
        beside.unlink(missing_ok=True)  # of one that was not finished
        with written_whole(beside) as told:
            told.write(read.digest.encode())
    return True


def put(content: Iterable[bytes], place: Path) -> None:
    """Write what was opened into ``place``, which is there only once it is whole.

    Raises:
        BackupError: it cannot be opened, or something is there.
    """
    with written_whole(place) as file:
        file.writelines(content)
