"""A file that is written and read back within one process, and says nothing on the disk.

A zip is written with seeks, which no authenticated stream bears. So what is being put together is
veiled by AES-256-CTR under a key that is never stored; once whole it is sealed as a stream
(``vault.streaming``). A zip's headers are written twice, and whoever keeps both versions of those
few bytes learns how their lengths and check sums differ, and no more. Emptied it has a new key.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from typing import IO, Any

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 16
_KEY_BYTES = 32


class VeiledFile(io.RawIOBase):
    """Over a file open for reading and writing; ``told`` hears how long it is by now."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None] = lambda _size: None) -> None:
        super().__init__()
        self._file, self._told = file, told
        self._key = os.urandom(_KEY_BYTES)

    def readable(self) -> bool:
        """It can be."""
        return True

    def writable(self) -> bool:
        """It can be."""
        return True

    def seekable(self) -> bool:
        """It can be."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """As of any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of any file."""
        return self._file.tell()

    def truncate(self, size: int | None = None) -> int:
        """As of any file; what comes after it was emptied is under another key."""
        cut = self._file.truncate(size)
        if cut == 0:
            self._key = os.urandom(_KEY_BYTES)
        return cut

    def write(self, data: Any) -> int:
        """Veil and write all of it."""
        plain = bytes(data)
        at = self._file.tell()
        self._file.write(self._veil(at, plain))
        self._told(at + len(plain))
        return len(plain)

    def readinto(self, buffer: Any) -> int:
        """Read and unveil."""
        at = self._file.tell()
        found = self._veil(at, self._file.read(len(buffer)))
        buffer[: len(found)] = found
        return len(found)

    def _veil(self, at: int, data: bytes) -> bytes:
        block, within = divmod(at, _BLOCK)
        stream = Cipher(algorithms.AES(self._key), modes.CTR(block.to_bytes(_BLOCK, "big")))
        veil = stream.encryptor()
        veil.update(bytes(within))
        return veil.update(data)
