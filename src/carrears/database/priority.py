"""Let a long job leave the processors to whoever works beside it."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_NICENESS = 15
_SESSION = Path("/proc/self/autogroup")


def give_way() -> None:
    """Lower the priority of this process, and of its server process where that is our own.

    A night's run takes what events and screens leave; alone it is as fast as ever. Threads that
    are begun afterwards follow. It cannot be undone: for processes that end with their job.
    """
    connection.ensure_connection()  # first: a server that this process has to start is for all
    _lower(0)
    _lower_session()
    _lower_server_process(connection=connection)
    connection_created.connect(_lower_server_process)


def _lower_server_process(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    with connection.cursor() as cursor:  # workers added to a query keep the server's priority
        cursor.execute("set max_parallel_workers_per_gather = 0")
    if connection.settings_dict["ENGINE"] == "carrears.database":
        _lower(connection.connection.info.backend_pid)


def _lower_session() -> None:
    """Lower a session of one's own, unless somebody sits before it.

    Linux shares the processors among sessions first and heeds a process's priority only within
    its own (``sched(7)``, autogroup); event workers and the database's server are in others.
    """
    if os.isatty(0):
        return
    with contextlib.suppress(OSError, AttributeError):
        if os.getsid(0) != os.getpid():
            os.setsid()
        _SESSION.write_text(str(_NICENESS))


def _lower(pid: int) -> None:
    # A user may not touch the processes of another one, and not every system knows priorities.
    with contextlib.suppress(OSError, AttributeError):
        was = os.getpriority(os.PRIO_PROCESS, pid)
        os.setpriority(os.PRIO_PROCESS, pid, max(was, _NICENESS))
