"""Killed amid the reminders of the whole book, a night loses no loan and plans none twice."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import small_tape
from dayrun.killing import kill_at
from homes import Home, without_times
from small_tape import AS_OF

from carrears.dayrun.standing import stripe_of

pytestmark = pytest.mark.slow

_DAY = ("day", "--as-of", AS_OF.isoformat(), "--json")
_LOANS = 16_500  # a little more than a stripe
# By the day on which it falls due, which of its steps is said on AS_OF, and to whom.
_TURNS = {"2026-07-01": ("T-1", 6), "2026-07-03": ("T-3", 5), "2026-07-07": ("T-7", 4)}
_CADENCES = """
cadences:
  standard:
    zh: 试
    en: Trial
    before_due: all
    steps:
      - {day: -7, by: [{channel: email, template: predue_reminder}]}
      - {day: -3, by: [{channel: email, template: predue_reminder}]}
      - {day: -1, by: [{channel: email, template: predue_reminder}]}
"""
_OF_FIRST, _OF_SECOND = "R-00009", "R-16494"  # each amid those of its stripe
# Where the run is killed in the step, one after the other.
_PLACES = (
    f"before insert on casework_case when (new.loan_no = '{_OF_FIRST}')",
    f"before insert on casework_plannedaction when (new.key like '{_OF_FIRST}:%')",
    "before insert on dayrun_stripestep when (new.step = 'reminders_all' and new.stripe = 0)",
    f"before insert on casework_case when (new.loan_no = '{_OF_SECOND}')",
    f"before insert on casework_plannedaction when (new.key like '{_OF_SECOND}:%')",
    "before insert on dayrun_stripestep when (new.step = 'reminders_all' and new.stripe = 1)",
    "before insert on dayrun_daystep when (new.name = 'reminders_all')",
)


def reminded() -> dict[str, str]:
    """The loans with an instalment that has a step on the day, some at each end; with its date."""
    dates = [due for due, (_, number) in _TURNS.items() for _ in range(number)]
    places = [*range(len(dates)), *range(_LOANS - len(dates), _LOANS)]
    return {f"R-{n:05}": due for n, due in zip(places, dates * 2, strict=True)}


def write_tape(folder: Path) -> Path:
    """Loans with one instalment each; those that are not reminded owe nothing for months."""
    folder.mkdir()
    due = reminded()
    loan, person = small_tape._loan("A-01"), small_tape._person("A-01")
    row = small_tape._schedule("A-01")[0]
    numbers = [f"R-{n:05}" for n in range(_LOANS)]
    days = {no: {"loan_no": no, "due_on": due.get(no, "2026-11-15")} for no in numbers}
    loans = [
        loan | {"loan_no": no, "obligor_no": f"P-{no}", "first_due_on": days[no]["due_on"]}
        for no in numbers
    ]
    people = [
        person | {"party_no": f"P-{no}", "loan_no": no, "email": f"{no}@example.com".lower()}
        for no in due
    ]
    _write(folder / "loans.csv", loans)
    _write(folder / "schedule.csv", [row | days[no] for no in numbers])
    _write(folder / "people.csv", people)
    return folder


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def planned(home: Home) -> list[tuple[Any, ...]]:
    """Each reminder: whose, in which state, on which file, and in which stripe that is."""
    with home.connect() as connection:
        return connection.execute(
            "select a.key, a.state, c.loan_no, c.state, c.loan_id from casework_plannedaction a"
            " join casework_case c on c.id = a.case_id order by a.key"
        ).fetchall()


def test_killed_amid_the_reminders_it_goes_on_where_it_stood(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    report = home.run_json("book", "import", str(write_tape(tmp_path / "tape")))
    assert (report["rejected"], report["refused"]) == (0, [])
    (home.folder / "strategies").mkdir()
    (home.folder / "strategies" / "cadences.yaml").write_text(_CADENCES, encoding="utf-8")
    undisturbed = home.copy_to(tmp_path / "undisturbed")
    expected = undisturbed.run_json(*_DAY[:-1])

    home.run("migrate")
    with home.connect() as connection:
        for place in _PLACES:
            kill_at(home, connection, place, *_DAY)
    summary = home.run_json(*_DAY[:-1])

    due = reminded()
    assert without_times(summary) == without_times(expected)
    assert summary["reminders_to_all"] == len(due)
    found = planned(home)
    assert [(key, state, loan_no, kind) for key, state, loan_no, kind, _ in found] == [
        (f"{no}:due:{day}:{_TURNS[day][0]}", "sent", no, "watch") for no, day in sorted(due.items())
    ]
    assert Counter(stripe_of(row[-1]) for row in found) == {0: len(due) // 2, 1: len(due) // 2}
    assert planned(undisturbed) == found
    assert len(list((home.folder / "mail").glob("*.eml"))) == len(due)
    assert home.run_json("evidence", "verify")["ok"] is True
