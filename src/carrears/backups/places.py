"""Where backups and restores keep files for a while, and what a killed one left of them."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from carrears.backups.sealing import BackupError
from carrears.keyfiles import sync_folder

_PART = ".carrears-part-"


@contextmanager
def workplace(folder: Path, kind: str) -> Iterator[Path]:
    """A folder of its own below ``folder``, for one process at a time; nothing of it is left.

    Raises:
        BackupError: another process does the same here.
    """
    with (folder / f".{kind}.lock").open("w") as lock:
        if not _taken(lock):
            raise BackupError(f"another {kind} is under way in {folder}; wait for it to end")
        for left in folder.glob(f".{kind}-*"):
            shutil.rmtree(left)
        with tempfile.TemporaryDirectory(prefix=f".{kind}-", dir=folder) as made:
            yield Path(made)


@contextmanager
def written_whole(target: Path) -> Iterator[IO[bytes]]:
    """A file that is at its place once all of it is on the disk, and not before.

    Raises:
        BackupError: the target is there.
    """
    if target.exists():
        raise BackupError(f"{target} is there; a backup is not written over")
    _forget_parts(target.parent)
    fresh = target.parent / f"{_PART}{os.getpid()}-{target.name}"
    try:
        with fresh.open("xb") as file:
            _taken(file)
            fresh.chmod(0o600)
            yield file
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(target)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(target.parent)


def _forget_parts(folder: Path) -> None:
    """Whoever still writes one holds its lock."""
    for left in folder.glob(f"{_PART}*"):
        with left.open("rb") as file:
            if _taken(file):
                left.unlink()


def _taken(file: IO[bytes] | IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
