"""A run killed anywhere and run again ends as if nothing had happened."""

from __future__ import annotations

import signal
import time
from typing import Any

import psycopg
import pytest
from homes import Home, Standing, without_times
from small_tape import AS_OF

pytestmark = pytest.mark.slow

_DAY = ("day", "--as-of", AS_OF.isoformat(), "--json")
# The statement at whose end the run is held, and killed.
_PLACES = {
    "delinquency": "before insert on dayrun_daystep when (new.name = 'delinquency')",
    "risk": "before insert on dayrun_daystep when (new.name = 'risk')",
    "strategy": "before insert on dayrun_daystep when (new.name = 'strategy')",
    "cases": "before insert on dayrun_daystep when (new.name = 'cases')",
    "watched, not yet noted": "before insert on warning_levelchange",
    "warning": "before insert on dayrun_daystep when (new.name = 'warning')",
    "actions": "before insert on dayrun_daystep when (new.name = 'actions')",
    "planned, not yet noted": (
        "before insert on casework_plannedaction when (new.key like '%:due:%')"
    ),
    "reminders": "before insert on dayrun_daystep when (new.name = 'reminders')",
    "judged, not yet kept": "before insert on outreach_attempt",
    "handed over, not yet noted": "before update on outreach_attempt when (new.state = 'sent')",
    "contact": "before insert on dayrun_daystep when (new.name = 'contact')",
    "evidence": "before insert on dayrun_daystep when (new.name = 'evidence')",
    "summary": "before update on dayrun_dayrun when (new.state = 'done')",
}


def result_of(home: Home) -> dict[str, Any]:
    queries = {
        "cases": "select loan_no, state, dpd, arrears, treatment from casework_case order by 1",
        "watched": "select loan_no, level, reason, since_on from warning_watchedloan order by 1",
        "levels": "select as_of, before, level, reason from warning_levelchange order by id",
        "events": "select kind, count(*) from casework_caseevent group by 1 order by 1",
        "actions": "select key, state from casework_plannedaction order by 1",
        "attempts": "select key, state, message_id from outreach_attempt order by 1",
        "evidence": "select kind, count(*) from evidence_entry group by 1 order by 1",
    }
    with home.connect() as connection:
        result = {name: connection.execute(query).fetchall() for name, query in queries.items()}
    return result | {"mail": sorted(path.name for path in (home.folder / "mail").glob("*.eml"))}


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


def test_a_run_killed_at_every_place_is_taken_up_again(home: Home, standing: Standing) -> None:
    """Killed, begun again and killed at the next place, until it comes to its end."""
    undisturbed = standing.home.copy_to(home.folder.parent / "undisturbed")
    home.run("migrate")
    with home.connect() as connection:
        for place in _PLACES.values():
            hold_at(connection, place)
            process = home.start(*_DAY)
            wait_until_held(connection)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            let_go(connection)

        summary = home.run_json(*_DAY[:-1])

        assert without_times(summary) == without_times(standing.summary)
        assert result_of(home) == result_of(undisturbed)
    assert home.run_json("evidence", "verify")["ok"] is True
