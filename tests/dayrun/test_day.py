"""One day of the small tape, by the command, as a user runs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from homes import Home, Standing, without_times
from small_tape import AS_OF, DPD, WATCHED

pytestmark = pytest.mark.slow


def states(home: Home) -> dict[str, tuple[Any, ...]]:
    with home.connect() as connection:
        rows = connection.execute(
            "select loan_no, state, dpd, arrears from casework_case order by id"
        ).fetchall()
    return {row[0]: row[1:] for row in rows}


def test_the_day_does_what_the_tape_says(standing: Standing, stood: Home) -> None:
    summary = standing.summary

    assert summary["as_of"] == "2026-06-30"
    assert summary["loans"] == 10  # A-10 was paid off
    assert summary["behind"] == 6
    assert summary["buckets"] == {
        "M0": 4, "M1": 3, "M2": 1, "M3": 1, "M4": 0, "M5": 0, "M6": 1, "M6+": 0,
    }  # fmt: skip
    assert (summary["cases_opened"], summary["cases_closed"]) == (6, 0)
    assert set(summary["seconds"]) == {
        "snapshot", "delinquency", "risk", "strategy", "cases", "warning", "actions", "reminders",
        "reminders_all", "contact", "plans", "experiment", "evidence", "promises",
        "figures",
    }  # fmt: skip
    assert {no: dpd for no, (state, dpd, _) in states(stood).items() if state == "open"} == {
        no: dpd for no, dpd in DPD.items() if dpd
    }


def test_who_is_watched_is_reminded(standing: Standing, stood: Home) -> None:
    assert standing.summary["warned"] == {"watch": 0, "warn": 1, "high": 0}
    assert standing.summary["reminders_planned"] == 1
    assert states(stood)[WATCHED] == ("watch", 0, 0)
    with stood.connect() as connection:
        [reminded] = connection.execute(
            "select key, state from casework_plannedaction where key like %s", [f"{WATCHED}:%"]
        ).fetchall()
    assert reminded == (f"{WATCHED}:due:2026-07-01:T-1", "sent")


def test_who_refuses_or_has_no_address_gets_no_mail(stood: Home) -> None:
    home = stood
    with home.connect() as connection:
        blocked = connection.execute(
            """
            select c.loan_no from outreach_attempt a join casework_case c on c.id = a.case_id
            where a.state = 'blocked' order by 1
            """
        ).fetchall()
        sent = connection.execute(
            """
            select c.loan_no from outreach_attempt a join casework_case c on c.id = a.case_id
            where a.state = 'sent' order by 1
            """
        ).fetchall()
        nowhere = connection.execute(
            """
            select c.loan_no from casework_plannedaction p
            join casework_case c on c.id = p.case_id
            where p.state = 'blocked' and p.reason = 'no e-mail address on record' order by 1
            """
        ).fetchall()
    assert [row[0] for row in blocked] == ["A-07"]  # who refused; the verdict is kept
    assert [row[0] for row in nowhere] == ["A-08"]
    assert sent[0][0] == "A-03"
    assert len(list((home.folder / "mail").glob("*.eml"))) == len(sent)


def test_the_same_day_again_changes_nothing(standing: Standing, stood: Home) -> None:
    first, home = standing.summary, stood
    before = states(home)

    second = home.run_json("day", "--as-of", AS_OF.isoformat())

    assert (first["repeated"], second["repeated"]) == (False, True)
    assert without_times(second) == without_times(first)
    assert states(home) == before


def test_a_payment_that_clears_the_arrears_closes_the_case(stood: Home) -> None:
    home = stood
    pay = ("payment", "A-03", "1100.00", "--on", "2026-06-30", "--key", "bank-1")

    effect = home.run_json(*pay)
    again = home.run_json(*pay)

    assert (effect["dpd"], effect["arrears"], effect["case_state"]) == (0, 0, "closed")
    assert (effect["repeated"], again["repeated"]) == (False, True)
    assert states(home)["A-03"][0] == "closed"
    with home.connect() as connection:
        [(planned,)] = connection.execute(
            """
            select count(*) from casework_plannedaction a join casework_case c on c.id = a.case_id
            where c.loan_no = 'A-03' and a.state = 'planned'
            """
        ).fetchall()
    assert planned == 0


def test_a_part_payment_moves_the_case_as_the_night_would(stood: Home) -> None:
    home = stood
    effect = home.run_json("payment", "A-05", "1100.00", "--on", "2026-06-30")
    by_event = states(home)["A-05"]

    home.run("day", "--as-of", AS_OF.isoformat())

    assert (effect["dpd"], effect["bucket"]) == (46, 2)
    assert states(home)["A-05"] == by_event == ("open", 46, 2_200_00)


def test_a_payment_on_an_unknown_loan_is_refused(home: Home) -> None:
    said = home.run("payment", "NOPE", "1.00", "--on", "2026-06-30", expect=1)
    assert "no loan 'NOPE' in the book" in said


def test_an_earlier_day_than_the_newest_is_refused(stood: Home) -> None:
    home = stood
    said = home.run("day", "--as-of", "2026-05-31", expect=1)
    assert "already stands at 2026-06-30" in said


def test_month_ends_are_replayed_in_order(home: Home) -> None:
    days = home.run_json("day", "--from", "2026-05-01", "--to", "2026-06-30")["days"]
    assert [day["as_of"] for day in days] == ["2026-05-31", "2026-06-30"]
    assert [day["behind"] for day in days] == [3, 6]


def test_the_log_names_the_entry_that_was_altered(stood: Home) -> None:
    home = stood
    assert home.run_json("evidence", "verify")["ok"] is True
    with home.connect() as connection:
        connection.execute("set session_replication_role = replica")  # past the triggers
        connection.execute(
            "update evidence_entry set payload = replace(payload, 'A-05', 'A-04')"
            " where kind = 'case.opened' and subject = 'A-05'"
        )
        [(index,)] = connection.execute(
            """
            select p.index from evidence_position p join evidence_entry e on e.id = p.entry_id
            where e.kind = 'case.opened' and e.subject = 'A-05'
            """
        ).fetchall()

    result = home.run_json("evidence", "verify", expect=2)

    assert (result["ok"], result["first_altered"]) == (False, index)


_LOADED = """
import gc, sys
from carrears.cli import start_django
from carrears.memory import begin
begin()
start_django(migrate=False)
from carrears.dayrun import run
from carrears.outreach.messages import opt_out_url
opt_out_url("somebody")
print("carrears.urls" in sys.modules, "carrears.api" in sys.modules, gc.isenabled())
"""


def test_a_night_reads_in_no_page_and_looks_for_garbage_once_it_is_up(tmp_path: Path) -> None:
    """All pages and the API cost as much time as the rest of a small day."""
    told = subprocess.run(
        [sys.executable, "-c", _LOADED],
        env=Home(tmp_path).environ,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.split() == ["False", "False", "True"]
