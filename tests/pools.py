"""Connections that many share: psycopg's pool in this process, and PgBouncer before the server."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db import connection, connections
from psycopg.conninfo import make_conninfo
from witness.running import free_port

BOUNCER = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
WITHOUT_BOUNCER = "no pgbouncer here (make pooler installs it where it may)"

_INI = """
[databases]
* = {server}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
logfile = {folder}/log
"""


@contextmanager
def bouncer(folder: Path, server: dict[str, Any], *, size: int = 1) -> Iterator[int]:
    """PgBouncer in transaction mode before a server; the port on which it listens."""
    folder.mkdir()
    port = free_port()
    kept = {name: server[name] for name in ("host", "port", "user", "password") if name in server}
    ini = folder / "pgbouncer.ini"
    ini.write_text(_INI.format(server=make_conninfo(**kept), port=port, size=size, folder=folder))
    user = "embedded_postgres" if os.geteuid() == 0 else None  # it does not run as root either
    ini.chmod(0o644)
    if user:
        shutil.chown(folder, user)
        _let_in(folder)
    process = subprocess.Popen([str(BOUNCER), "-q", str(ini)], user=user, cwd=folder)
    try:
        _await(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def _let_in(folder: Path) -> None:
    """Another user finds his way to what lies here, as it is with the embedded server."""
    for above in folder.parents:
        if above.stat().st_uid == os.geteuid() and above != Path("/"):
            above.chmod(above.stat().st_mode | 0o011)


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5):
            return
        time.sleep(0.05)
    raise RuntimeError("PgBouncer does not answer")


@contextmanager
def reached_by(how: dict[str, Any]) -> Iterator[None]:
    """Let every thread reach the test's database by these settings, as the web's are."""
    given = connections.settings["default"]
    kept = dict(given)
    connection.close()
    del connections["default"]
    given.update(how)
    try:
        yield
    finally:
        connection.close()
        if connection.pool:
            connection.close_pool()
        del connections["default"]
        given.clear()
        given.update(kept)


def server_address() -> dict[str, Any]:
    """How the test's own database is reached directly."""
    told = connection.get_connection_params()
    return {name: told[name] for name in ("host", "port", "user") if told.get(name)}
