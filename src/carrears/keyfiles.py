"""Secret keys kept in files that only their owner can read."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path


class ExposedKeyError(PermissionError):
    """A key file can be read by others than its owner."""


def read_or_create(path: Path, *, make: Callable[[], str]) -> str:
    """The secret in ``path``; made by ``make`` and written with mode 0600 on first use.

    Safe in several processes at once: the first to write wins, the others read what it wrote.

    Raises:
        ExposedKeyError: the file is open to its group or to others.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_once(path, make())
    return read_secret(path)


def read_secret(path: Path) -> str:
    """The secret in ``path``.

    Raises:
        ExposedKeyError: the file is open to its group or to others.
        OSError: it cannot be read.
    """
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise ExposedKeyError(f"{path} can be read by others; run: chmod 600 {path}")
    return path.read_text(encoding="ascii")


def replace(path: Path, secret: str) -> None:
    """Put ``secret`` in place of what ``path`` holds, at once or not at all."""
    fresh = _written(path, secret)
    fresh.replace(path)
    sync_folder(path.parent)


def _write_once(path: Path, secret: str) -> None:
    fresh = _written(path, secret)
    try:
        os.link(fresh, path)
    except FileExistsError:
        pass  # another process was faster; its key holds
    else:
        sync_folder(path.parent)
    finally:
        fresh.unlink()


def _written(path: Path, secret: str) -> Path:
    fresh = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    return fresh


def sync_folder(folder: Path) -> None:
    """Bring to the disk what was put into a folder or taken out of it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
