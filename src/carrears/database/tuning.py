"""How much of its machine the embedded PostgreSQL may take.

As delivered it is made to start anywhere: 128 MB for its pages, and 80 MB of its log kept to be
written again, beyond which each 16 MB are filled with zeros first. A home of a hundred thousand
cases has four times as many pages.

What stands here goes into a file of its own among the server's (``carrears.conf``) and is taken up
when the server starts. An operator's own goes by ``alter system``, which PostgreSQL reads later.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import psutil

_MB = 2**20
_CONTAINER = Path("/sys/fs/cgroup/memory.max")
_FILE = "carrears.conf"
_INCLUDED = f"include_if_exists = '{_FILE}'"
# The processes of the house live beside it: an eighth, where a server of its own gets a quarter.
_PAGES_SHARE = 8
_LEAST_PAGES, _MOST_PAGES = 128 * _MB, 2048 * _MB
_LOG_KEPT, _LOG_MOST = 1024 * _MB, 4096 * _MB
_LEAST_DISK = 4 * _LOG_MOST  # with less free, the log's size stays as delivered


def settings_for(memory: int, disk: int) -> dict[str, str]:
    """The settings of the server on a machine.

    Args:
        memory: bytes that processes may use.
        disk: bytes that are free where its files are.
    """
    pages = min(max(memory // _PAGES_SHARE, _LEAST_PAGES), _MOST_PAGES)
    settings = {
        "shared_buffers": _megabytes(pages),
        "effective_cache_size": _megabytes(max(memory // 2, pages)),
    }
    if disk >= _LEAST_DISK:
        settings |= {
            "min_wal_size": _megabytes(_LOG_KEPT),
            "max_wal_size": _megabytes(_LOG_MOST),
            "checkpoint_timeout": "15min",
        }
    return settings


def _megabytes(size: int) -> str:
    return f"{size // _MB}MB"


def _write(path: Path, text: str) -> None:
    """As the server's own user has it: a file that ``root`` makes is none it could read."""
    if path.exists() and path.read_text() == text:
        return
    owner = path.parent.stat()
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(text)
    beside.chmod(0o600)
    if os.geteuid() == 0:
        os.chown(beside, owner.st_uid, owner.st_gid)
    beside.replace(path)


def memory_of_this_machine() -> int:
    """Bytes that processes may use: of a container what it was given of its host's."""
    host = int(psutil.virtual_memory().total)
    try:
        given = _CONTAINER.read_text().strip()
    except OSError:
        return host
    return min(host, int(given)) if given.isdecimal() else host


def prepare(folder: Path, *, memory: int) -> None:
    """Have the server of ``folder`` take up the settings for this machine when it next starts."""
    main = folder / "postgresql.conf"
    wanted = settings_for(memory, shutil.disk_usage(folder).free)
    text = "".join(f"{name} = '{value}'\n" for name, value in wanted.items())
    _write(
        folder / _FILE, f"# Written by Carrears at each start; yours go by: alter system\n{text}"
    )
    known = main.read_text()
    if _INCLUDED not in known:
        _write(main, f"{known.rstrip()}\n\n{_INCLUDED}\n")
