"""Where sealed objects lie: under the SHA-256 of their bytes, written once, never changed."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Protocol

from carrears.keyfiles import sync_folder

_MODE = 0o600
_FOLDER_MODE = 0o700
_LEFT_OVER_SECONDS = 24 * 3600


class StoreError(Exception):
    """The store does not do what is asked; the message says why."""


class MissingObjectError(StoreError):
    """Nothing lies under an address."""


class LockedObjectError(StoreError):
    """The store does not let an object go before its time."""


class Store(Protocol):
    """A place for sealed objects.

    An address is the SHA-256 of the object's bytes in hexadecimal digits. What is there is there
    whole: a write that is cut short leaves nothing under the address.
    """

    def put(self, spooled: Spooled, *, keep_until: datetime | None) -> None:
        """Take an object in, durably; twice is once.

        ``keep_until`` asks a store that can lock to refuse its removal before then.
        """

    def read(self, address: str, start: int, end: int) -> bytes:
        """Bytes ``[start, end)`` of an object, fewer where it ends before.

        Raises:
            MissingObjectError: there is none.
        """

    def size(self, address: str) -> int | None:
        """How long an object is; None when there is none."""

    def hold(self, address: str, *, held: bool) -> None:
        """Ask a store that can lock to refuse an object's removal as long as it is held."""

    def remove(self, address: str) -> None:
        """Remove an object, all its versions; nothing happens when there is none.

        Raises:
            LockedObjectError: the store keeps it until later.
        """

    def addresses(self) -> Iterator[str]:
        """The addresses of all objects, in no order."""


@dataclass(frozen=True, slots=True)
class Spooled:
    """A sealed object in a file of its own, before a store takes it in."""

    path: Path
    address: str
    size: int


@contextmanager
def spool(sealed: Iterable[bytes], folder: Path) -> Iterator[Spooled]:
    """Write a sealed stream to a file in ``folder``, durably; the file is gone afterwards."""
    _make_folder(folder)
    path = folder / f"{os.getpid()}-{os.urandom(8).hex()}"
    digest, size = hashlib.sha256(), 0
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), "wb") as file:
            for piece in sealed:
                digest.update(piece)
                size += file.write(piece)
            _sync(file)
        yield Spooled(path, digest.hexdigest(), size)
    finally:
        path.unlink(missing_ok=True)


def sweep(folder: Path) -> int:
    """Remove what processes that were killed left in the spool a day ago or more; how many."""
    oldest = time.time() - _LEFT_OVER_SECONDS
    left = [path for path in folder.glob("*-*") if path.stat().st_mtime < oldest]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


@dataclass(frozen=True, slots=True)
class FolderStore:
    """Objects as files in a folder, in 256 folders by the first two digits of their address."""

    root: Path

    def put(self, spooled: Spooled, *, keep_until: datetime | None) -> None:  # noqa: ARG002
        """As ``Store``; a folder locks nothing, the database refuses what is too early."""
        place = self._place(spooled.address)
        _make_folder(place.parent)
        with suppress(FileExistsError):  # the same bytes under the same address
            os.link(spooled.path, place)
        sync_folder(place.parent)

    def read(self, address: str, start: int, end: int) -> bytes:
        """As ``Store``."""
        try:
            with self._place(address).open("rb") as file:
                file.seek(start)
                return file.read(end - start)
        except FileNotFoundError as error:
            raise MissingObjectError(f"no object {address}") from error

    def size(self, address: str) -> int | None:
        """As ``Store``."""
        try:
            return self._place(address).stat().st_size
        except FileNotFoundError:
            return None

    def hold(self, address: str, *, held: bool) -> None:
        """As ``Store``; a folder locks nothing."""

    def remove(self, address: str) -> None:
        """As ``Store``."""
        place = self._place(address)
        with suppress(FileNotFoundError):
            place.unlink()
            sync_folder(place.parent)

    def addresses(self) -> Iterator[str]:
        """As ``Store``."""
        for place in self.root.glob("objects/??/*"):
            yield place.parent.name + place.name

    def _place(self, address: str) -> Path:
        if len(address) != 64 or not set(address) <= set("0123456789abcdef"):  # noqa: PLR2004
            raise ValueError(f"no address: {address!r}")
        return self.root / "objects" / address[:2] / address[2:]


def _make_folder(folder: Path) -> None:
    """Make a folder that nobody else can look into, durably."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make_folder(folder.parent)
    folder.mkdir(mode=_FOLDER_MODE, exist_ok=True)
    sync_folder(folder.parent)


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
