"""Put a backup back, and have the copy prove what it is: its log, its people, its witnesses."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import psycopg
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.migrations.loader import MigrationLoader

from carrears.access.walls import ensure_walls
from carrears.backups.archive import unpack
from carrears.backups.erasures import erased_people, replay_erasures
from carrears.backups.filling import fill
from carrears.backups.making import DUMP, FORMAT
from carrears.backups.places import workplace
from carrears.backups.ring import expect_ring
from carrears.backups.sealing import BackupError, open_sealed
from carrears.backups.unfinished import begin_restore, end_restore, erased_before
from carrears.clock import local_day
from carrears.database.fitness import expect_fit
from carrears.database.migrations import migrate_when_behind
from carrears.evidence.log_key import LOG_KEY_FILE
from carrears.evidence.services import record, sequence, verify_log
from carrears.evidence.witnesses import read_policy, send_checkpoint
from carrears.parties.custody import keys_are_given
from carrears.parties.keyring import MASTER_KEY_FILE
from carrears.parties.models import Party
from carrears.parties.queries import open_parties

_SAMPLE = 100
_TELLING = (MASTER_KEY_FILE, LOG_KEY_FILE)


@dataclass(frozen=True, slots=True)
class Restored:
    """What a copy that was put back can prove.

    ``log_ok`` says that its log is whole and as long as the backup said; ``witnesses`` what each
    witness says of it (empty when it cosigned). ``erased_again`` counts the people whom the backup
    would have brought back; ``not_erased`` names those of whom a file has to be kept. ``opened`` is
    how many of a sample of people the keys open.
    """

    made_at: str
    log_size: int
    log_ok: bool
    reason: str
    opened: int
    erased_again: int
    not_erased: list[str] = field(default_factory=list)
    witnesses: dict[str, str] = field(default_factory=dict)

    @property
    def is_rolled_back(self) -> bool:
        """Whether a witness has seen more of the log than this copy has."""
        return "rolled_back" in self.witnesses.values()


def check_backup(path: Path, identity: X25519PrivateKey) -> dict[str, Any]:
    """Read a whole backup, and return its manifest; nothing is written.

    Raises:
        BackupError: it is not what it was.
    """
    return _known(unpack(open_sealed(path, identity), None))


def restore_keys(path: Path, identity: X25519PrivateKey) -> int:
    """Put the keys of a backup into the folder of keys; how many files.

    Raises:
        BackupError: it is none of keys, was altered, or there are keys already.
    """
    folder = Path(settings.KEYS_DIR)
    there = [name for name in _TELLING if (folder / name).exists()]
    if there:
        raise BackupError(f"{folder} has {' and '.join(there)}; keys are not written over")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with workplace(folder, "restore") as fresh:
        manifest = _known(unpack(open_sealed(path, identity), fresh), kind="keys")
        # Those that tell whether there are keys come last: till then they can be put back again.
        for name in sorted(manifest["files"], key=lambda one: Path(one).name in _TELLING):
            (fresh / name).replace(folder / Path(name).name)
    return len(manifest["files"])


def restore_data(
    path: Path,
    identity: X25519PrivateKey,
    *,
    erased: dict[str, str] | None,
    replace: bool,
    at: datetime,
) -> Restored:
    """Put database and files back, erase again who was erased since, and prove the copy.

    Args:
        path: the backup.
        identity: the secret key that it is sealed to.
        erased: who is known to have been erased; None when nobody can say. What the database that
            is replaced knows is added.
        replace: whether a database that holds something may be replaced.
        at: now.

    Raises:
        BackupError: the backup or the place is not fit; then nothing was changed.
        UnfitDatabaseError: the user of the database lacks a right; the same.
    """
    _expect_keys()
    home = Path(settings.CARREARS_HOME)
    home.mkdir(parents=True, exist_ok=True)
    with workplace(home, "restore") as fresh:
        manifest = _known(unpack(open_sealed(path, identity), fresh), kind="data")
        _expect_no_newer(manifest["migrations"])
        known = _erased_until_now(erased, replace=replace)
        expect_fit(restoring=True)
        _replace_database(fresh / DUMP, known, on=local_day(at, settings.TIME_ZONE))
        _put_in_place(fresh / "home", home)
    migrate_when_behind()
    restored = _prove(manifest, known, at)
    end_restore()
    return restored


def _expect_keys() -> None:
    folder = Path(settings.KEYS_DIR)
    missing = [] if (folder / LOG_KEY_FILE).is_file() else [LOG_KEY_FILE]
    if not (folder / MASTER_KEY_FILE).is_file() and not keys_are_given():
        missing.append(MASTER_KEY_FILE)
    if missing:
        raise BackupError(f"no {' and no '.join(missing)} in {folder}: put the keys back first")


def _known(manifest: dict[str, Any], *, kind: str | None = None) -> dict[str, Any]:
    if manifest.get("format") != FORMAT:
        raise BackupError(f"format {manifest.get('format')} is not known here; it is a newer one")
    if kind and manifest["kind"] != kind:
        raise BackupError(f"this is a backup of {manifest['kind']}, not of {kind}")
    return manifest


def _expect_no_newer(migrations: list[str]) -> None:
    here = {".".join(key) for key in MigrationLoader(None).disk_migrations}
    if unknown := sorted(set(migrations) - here):
        raise BackupError(f"made by a newer release, which has {unknown[0]}; install that first")


def _erased_until_now(erased: dict[str, str] | None, *, replace: bool) -> dict[str, str]:
    tables = set(connection.introspection.table_names())
    begun = erased_before(tables)
    holds = begun is None and "parties_party" in tables and Party.objects.exists()
    if holds and not replace:
        raise BackupError("the database holds people; --replace replaces it")
    here = erased_people() if "evidence_entry" in tables else {}
    here |= begun or {}  # of a copy that nobody erased from again it tells less
    if erased is None and begun is None and not holds:
        raise BackupError(
            "nobody here knows who was erased since the backup: give the list (--erasures),"
            " or say that there is none (--no-erasures)"
        )
    return here | (erased or {})


def _replace_database(dump: Path, known: dict[str, str], *, on: date) -> None:
    """In one transaction: until it ends, and if it fails, what was there is there."""
    try:
        with transaction.atomic():
            _empty_database()
            fill(dump)
            expect_ring(on=on)
            begin_restore(known)
            ensure_walls()
            _move_folders(Path(settings.BOOK_DIR))
    except (psycopg.Error, DatabaseError) as error:
        raise BackupError(f"nothing was changed: {str(error).strip()[-800:]}") from error
    finally:
        connection.close()  # it was told a lot that is not for what comes


def _empty_database() -> None:
    """Alone: whoever else is connected would write into what is going to be dropped."""
    with connection.cursor() as cursor:
        # Of other users' sessions a user is told neither what they are nor what they do.
        cursor.execute(
            "select count(*) from pg_stat_activity where datname = current_database()"
            " and pid <> pg_backend_pid() and usesysid is not null"
            " and coalesce(backend_type, 'client backend') = 'client backend'"
        )
        (others,) = cursor.fetchone()
        if others:
            raise BackupError(f"{others} others are connected to the database; stop them first")
        cursor.execute("drop schema public cascade")
        # As PostgreSQL makes it, so that the next dump does not take it for one of ours.
        cursor.execute("create schema public authorization pg_database_owner")
        cursor.execute("grant usage on schema public to public")


def _put_in_place(source: Path, home: Path) -> None:
    if not source.is_dir():
        return
    for path in sorted(source.iterdir()):
        target = home / path.name
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink(missing_ok=True)
        path.rename(target)


def _move_folders(book: Path) -> None:
    """Rows name folders of the book by their whole path, wherever the book lay before."""
    with connection.cursor() as cursor:
        for table in ("portfolio_snapshot", "dayrun_dayrun"):
            cursor.execute(
                f"update {table} set folder = %s || substring(folder from '/book(/.*)$')"  # noqa: S608  two names of ours
                " where folder ~ '/book/'",
                [str(book)],
            )


def _prove(manifest: dict[str, Any], known: dict[str, str], at: datetime) -> Restored:
    checked = verify_log()
    told = manifest["log"] or {"size": 0}
    is_whole = checked.ok and checked.size >= told["size"]
    # Before anything is added: what the witnesses are asked about is the log as it was put back.
    witnesses = _ask_witnesses(at)
    opened = open_parties(
        Party.objects.filter(erased_at=None).order_by("pk").values_list("pk", flat=True)[:_SAMPLE]
    )
    erased_again, kept = replay_erasures(known, at=at)
    record(
        "backup.restored",
        subject="backup",
        payload={
            "made_at": manifest["made_at"],
            "log_size": checked.size,
            "erased_again": erased_again,
        },
        actor="command line",
        key=f"backup-restored:{at.isoformat()}",
        occurred_at=at,
    )
    sequence()
    return Restored(
        made_at=manifest["made_at"],
        log_size=checked.size,
        log_ok=is_whole,
        reason=checked.reason if is_whole or checked.reason else "shorter than the backup says",
        opened=len(opened),
        erased_again=erased_again,
        not_erased=kept,
        witnesses=witnesses,
    )


def _ask_witnesses(at: datetime) -> dict[str, str]:
    policy = read_policy()
    if policy is None:
        return {}
    asked = send_checkpoint(policy, at=at, forced=True)
    return {state.name: state.refusal or (state.error and "unreachable") for state in asked}
