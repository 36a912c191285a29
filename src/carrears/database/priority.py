"""Let a long job leave the processors to whoever works beside it."""

from __future__ import annotations

import contextlib
import os

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

_NICENESS = 15


def give_way() -> None:
    """Lower the priority of this process, and of its server process where that is our own.

    A night's run takes what events and screens leave; alone it is as fast as ever. Threads that
    are begun afterwards follow. It cannot be undone: for processes that end with their job.
    """
    connection.ensure_connection()  # first: a server that this process has to start is for all
    _lower(0)
    _lower_server_process(connection=connection)
    connection_created.connect(_lower_server_process)


def _lower_server_process(*, connection: BaseDatabaseWrapper, **_: object) -> None:
    if connection.settings_dict["ENGINE"] == "carrears.database":
        _lower(connection.connection.info.backend_pid)


def _lower(pid: int) -> None:
    # A user may not touch the processes of another one, and not every system knows priorities.
    with contextlib.suppress(OSError, AttributeError):
        was = os.getpriority(os.PRIO_PROCESS, pid)
        os.setpriority(os.PRIO_PROCESS, pid, max(was, _NICENESS))
