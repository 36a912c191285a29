"""Make a backup of everything but the keys, or of the keys alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from django.conf import settings
from django.db.migrations.recorder import MigrationRecorder

from carrears.backups import dumping
from carrears.backups.archive import Member, files_below, pack
from carrears.backups.places import workplace, written_whole
from carrears.backups.sealing import BackupError, seal
from carrears.evidence.services import sequence

FORMAT = 1
DUMP = "database.dump"
# The running database, which is dumped; the keys, which lie elsewhere; what is made anew.
_LEFT_OUT = frozenset({"pg", "keys", "static"})


@dataclass(frozen=True, slots=True)
class Made:
    """A backup: its file, its size in bytes, and of the log what it holds at least."""

    path: Path
    size: int
    log_size: int


def back_up_data(target: Path, recipient: X25519PublicKey, *, at: datetime) -> Made:
    """Database and files of the home, sealed to ``recipient``; never the keys.

    The database comes first: files are written once under names of their content and told of
    afterwards, so that every file that the dump speaks of is still there when it is read.

    Raises:
        BackupError: the file is there, or the database cannot be dumped.
    """
    home = Path(settings.CARREARS_HOME)
    newest = sequence()
    manifest = _manifest("data", at) | {
        "log": {"size": newest.size, "root": newest.root.hex()} if newest else None,
        "migrations": _migrations(),
    }
    with workplace(home, "backup") as folder:
        dumping.dump(folder / DUMP)
        hidden = frozenset(path.name for path in home.iterdir() if path.name.startswith("."))
        members = (
            Member(DUMP, folder / DUMP),
            *(
                Member(f"home/{one.name}", one.path)
                for one in files_below(home, leave_out=_LEFT_OUT | hidden)
                if one.path.resolve() != target.resolve()
            ),
        )
        size = _write(target, members, manifest, recipient)
    return Made(target, size, newest.size if newest else 0)


def back_up_keys(target: Path, recipient: X25519PublicKey, *, at: datetime) -> Made:
    """The folder of keys alone, sealed to ``recipient``.

    Raises:
        BackupError: the file is there, or there are no keys.
    """
    folder = Path(settings.KEYS_DIR)
    members = tuple(
        Member(f"keys/{one.name}", one.path)
        for one in files_below(folder, leave_out=frozenset())
        if not one.path.name.startswith(".")
    )
    if not members:
        raise BackupError(f"no keys in {folder}")
    return Made(target, _write(target, members, _manifest("keys", at), recipient), 0)


def _manifest(kind: str, at: datetime) -> dict[str, Any]:
    return {"format": FORMAT, "kind": kind, "made_at": at.isoformat()}


def _migrations() -> list[str]:
    applied = MigrationRecorder.Migration.objects.values_list("app", "name")
    return sorted(f"{app}.{name}" for app, name in applied)


def _write(
    target: Path,
    members: tuple[Member, ...],
    manifest: dict[str, Any],
    recipient: X25519PublicKey,
) -> int:
    """Beside its place first: a backup that was not finished never looks like one."""
    with written_whole(target) as file:
        for piece in seal(pack(members, manifest), recipient):
            file.write(piece)
    return target.stat().st_size
