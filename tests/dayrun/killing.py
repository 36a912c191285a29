"""Hold a night's process at a statement, and kill it there."""

from __future__ import annotations

import signal
import time
from typing import Any

import psycopg
from homes import Home


def kill_at(home: Home, connection: psycopg.Connection[Any], place: str, *command: str) -> None:
    """Run a command until the statement ``place``, the clauses of a trigger, and kill it there."""
    hold_at(connection, place)
    process = home.start(*command)
    wait_until_held(connection)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    let_go(connection)


def hold_at(connection: psycopg.Connection[Any], place: str) -> None:
    connection.execute(
        """
        create function hold() returns trigger language plpgsql as
        $$ begin perform pg_sleep(60); return new; end $$
        """
    )
    timing, _, condition = place.partition(" when ")
    condition = f"when {condition}" if condition else ""
    connection.execute(
        f"create trigger hold {timing} for each row {condition} execute function hold()"
    )


def wait_until_held(connection: psycopg.Connection[Any]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        held = connection.execute(
            "select count(*) from pg_stat_activity where wait_event = 'PgSleep'"
        ).fetchone()
        if held and held[0]:
            return
        time.sleep(0.05)
    raise AssertionError("the run never came to the place where it was to be killed")


def let_go(connection: psycopg.Connection[Any]) -> None:
    # The killed client's backend sleeps on; end it, as PostgreSQL would once it wrote to it.
    connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'"
    )
    connection.execute("drop function hold() cascade")
