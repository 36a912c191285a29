"""A run killed anywhere and run again ends as if nothing had happened."""

from __future__ import annotations

from typing import Any

import pytest
from dayrun.killing import kill_at
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


def test_a_run_killed_at_every_place_is_taken_up_again(home: Home, standing: Standing) -> None:
    """Killed, begun again and killed at the next place, until it comes to its end."""
    undisturbed = standing.home.copy_to(home.folder.parent / "undisturbed")
    home.run("migrate")
    with home.connect() as connection:
        for place in _PLACES.values():
            kill_at(home, connection, place, *_DAY)

        summary = home.run_json(*_DAY[:-1])

        assert without_times(summary) == without_times(standing.summary)
        assert result_of(home) == result_of(undisturbed)
    assert home.run_json("evidence", "verify")["ok"] is True
