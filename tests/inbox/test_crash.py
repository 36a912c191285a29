"""A worker killed amid its events and a day run killed amid its cases, and both run again."""

from __future__ import annotations

import signal
import subprocess
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from homes import Home, Standing
from small_tape import AS_OF

pytestmark = pytest.mark.slow

_WORK = ("worker", "--no-jobs", "--no-wait")
_NEXT_DAY = ("day", "--as-of", (AS_OF + timedelta(days=1)).isoformat(), "--json")
_MONEY = '{"amount": 110000, "currency": "CNY", "paid_on": "2026-06-30"}'
_EVENTS = [
    ("p-1", "payment", "A-03", _MONEY),
    ("p-2", "payment", "A-05", _MONEY),
    ("c-1", "complaint", "A-04", '{"reference": "C-1"}'),
    ("p-3", "payment", "A-05", _MONEY),
    ("b-1", "bureau_change", "A-06", '{"bureau_score": 480}'),
    ("x-1", "payment", "NONE", _MONEY),
]
# The statements at whose end the worker and the run are held, and killed.
_WORKER_HELD = "before insert on casework_caseevent for each row when (new.kind = 'payment')"
_RUN_HELD = "before insert on dayrun_stripestep for each row when (new.step = 'cases')"


def bring_in(connection: psycopg.Connection[Any]) -> None:
    connection.cursor().executemany(
        "insert into event_inbox (key, kind, loan_no, payload) values (%s, %s, %s, %s)", _EVENTS
    )


def result_of(home: Home) -> dict[str, list[Any]]:
    queries = {
        "events": "select key, state, error from event_inbox order by id",
        "payments": "select idempotency_key, loan_no, amount from portfolio_receivedpayment"
        " order by 1",
        "cases": "select loan_no, state, as_of, dpd, arrears, treatment, paid_total"
        " from casework_case order by 1",
        "holds": "select c.loan_no, h.reason from casework_hold h"
        " join casework_case c on c.id = h.case_id order by 1",
        "timeline": "select c.loan_no, e.kind, count(*) from casework_caseevent e"
        " join casework_case c on c.id = e.case_id where e.kind in ('payment', 'hold', 'complaint')"
        " group by 1, 2 order by 1, 2",
        "actions": "select key, state, reason from casework_plannedaction order by 1",
        "evidence": "select kind, count(*) from evidence_entry where kind like 'event.%'"
        " or kind like 'payment.%' group by 1 order by 1",
    }
    with home.connect() as connection:
        return {name: connection.execute(query).fetchall() for name, query in queries.items()}


def hold_at(connection: psycopg.Connection[Any], name: str, place: str) -> None:
    connection.execute(
        f"create function {name}() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(120); return new; end $$"
    )
    connection.execute(f"create trigger {name} {place} execute function {name}()")


def kill_when_held(connection: psycopg.Connection[Any], process: subprocess.Popen[str]) -> None:
    """Kill it, and end its backend as PostgreSQL would once it wrote to it."""
    sleeping = "select pid from pg_stat_activity where wait_event = 'PgSleep'"
    deadline = time.monotonic() + 120
    while not connection.execute(sleeping).fetchall():
        assert time.monotonic() < deadline, "it never came to the place where it was to be killed"
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    connection.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'"
    )


def test_killed_and_resumed_each_event_is_in_effect_once(
    standing: Standing, tmp_path: Path
) -> None:
    undisturbed = standing.home.copy_to(tmp_path / "undisturbed")
    with undisturbed.connect() as connection:
        bring_in(connection)
    undisturbed.run(*_WORK)
    undisturbed.run(*_NEXT_DAY)

    home = standing.home.copy_to(tmp_path / "killed")
    with home.connect() as connection:
        bring_in(connection)
        hold_at(connection, "hold_worker", _WORKER_HELD)
        kill_when_held(connection, home.start(*_WORK))
        connection.execute("drop function hold_worker() cascade")
        home.run(*_WORK)
        hold_at(connection, "hold_run", _RUN_HELD)
        kill_when_held(connection, home.start(*_NEXT_DAY))
        connection.execute("drop function hold_run() cascade")
        home.run(*_NEXT_DAY)

    assert result_of(home) == result_of(undisturbed)
    with home.connect() as connection:
        states = dict(connection.execute("select key, state from event_inbox").fetchall())
    assert states == {key: "aside" if key == "x-1" else "done" for key, *_ in _EVENTS}
    assert home.run_json("evidence", "verify")["ok"] is True
