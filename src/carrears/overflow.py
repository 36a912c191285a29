"""What of a long answer memory has no room for: on the disk, without a name, and veiled.

The file is unlinked before anything is in it, and encrypted under a key that is never stored
(AES-256-CTR, written once and read once, in order): it says nothing while it is there, and ends
with the sending or with the process.
"""

from __future__ import annotations

import os
import tempfile
import threading
from typing import IO

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from django.conf import settings

OF_ONE = 256 * 1024 * 1024
TOGETHER = 1024 * 1024 * 1024


class Room:
    """How many bytes all answers of the process keep in one place, together."""

    def __init__(self, most: int) -> None:
        self._lock = threading.Lock()
        self._most, self._bytes = most, 0

    def change(self, by: int) -> None:
        """So many more are kept, or fewer."""
        with self._lock:
            self._bytes += by

    @property
    def is_full(self) -> bool:
        """Whether no more should be kept."""
        return self._bytes >= self._most


_disk = Room(TOGETHER)


class Overflow:
    """Bytes of one answer, first in, first out. Its disk is given back once it is empty."""

    def __init__(self) -> None:
        self._file: IO[bytes] | None = None
        self._put = self._taken = 0
        self._is_cut = False  # a write failed: what would come after it is not in step any more

    def __len__(self) -> int:
        return self._put - self._taken

    def put(self, part: memoryview) -> bool:
        """Keep these bytes; False where there is no room for them, and nothing was kept."""
        if self._is_cut or self._put + len(part) > OF_ONE or _disk.is_full:
            return False
        try:
            file = self._file or self._open()
            file.seek(self._put)
            self._is_cut = file.write(self._veil.update(part)) != len(part)
        except OSError:  # a full disk, or none that may be written
            self._is_cut = True
        if self._is_cut:
            if not len(self):
                self.empty()
            return False
        self._put += len(part)
        _disk.change(len(part))
        return True

    def take(self, size: int) -> bytes:
        """The next bytes, at most so many."""
        if self._file is None:
            return b""
        self._file.seek(self._taken)
        part = self._unveil.update(self._file.read(min(size, len(self))))
        self._taken += len(part)
        _disk.change(-len(part))
        if not len(self):
            self.empty()
        return part

    def empty(self) -> None:
        """Give back what is left."""
        _disk.change(-len(self))
        if self._file is not None:
            self._file.close()
        self._file, self._put, self._taken, self._is_cut = None, 0, 0, False

    def _open(self) -> IO[bytes]:
        self._file = tempfile.TemporaryFile(dir=settings.CARREARS_HOME, buffering=0)  # noqa: SIM115
        cipher = Cipher(algorithms.AES256(os.urandom(32)), modes.CTR(os.urandom(16)))
        self._veil, self._unveil = cipher.encryptor(), cipher.decryptor()
        return self._file
