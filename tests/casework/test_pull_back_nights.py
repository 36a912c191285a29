"""Nights of a book long past, and nights run again, take back what they took."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from casework.pulled import collector, home, owners, promise, rule, some_case, told
from django.db import transaction

from carrears.casework.allocation_rules import load_allocation_rules
from carrears.casework.assigning import read_collectors
from carrears.casework.attending import read_desks
from carrears.casework.desks import DeskWanted, change_desk
from carrears.casework.models import Absence, Case, CaseEvent, Showing
from carrears.casework.services import tell
from carrears.clock import now
from carrears.dayrun.models import DayRun
from carrears.dayrun.steps import Day, _assign, _moment

__all__ = ["home"]  # fixtures
NIGHT = datetime(2026, 8, 20, 2, 0, tzinfo=UTC)  # ten in the morning of a book long past


def restored(home: Path) -> list[Case]:
    """A house as it stood on that night: four who were idle, worked, promised or handed over."""
    (home / "pull_back.yaml").write_text("""
- from: 2020-01-01
  promise_days: 5
  rules:
    - {name: idle, title: {zh: 甲, en: A}, why: no_action, days: 21, to: pool}
    - {name: away, title: {zh: 乙, en: B}, why: absent, days: 9, to: pool}
- from: 2026-09-01
  promise_days: 5
  rules: []
""")
    li, wang = collector("li"), collector("wang")
    day = NIGHT.date()
    cases = [
        some_case(f"L{n}", owner, opened_on=day - timedelta(days=90), as_of=day)
        for n, owner in enumerate((li, li, li, li, wang))
    ]
    for case, days in zip(cases[:2], (22, 20), strict=True):
        tell(case, "note", at=NIGHT - timedelta(days=days), by=li, data={"text": "x"})
    promise(cases[2], in_days=3)
    tell(cases[3], "assigned", at=NIGHT - timedelta(days=2), by=None, data={"to": "li"})
    Absence.objects.create(
        user=wang, from_on=day, until_on=day + timedelta(days=12), added_at=NIGHT - timedelta(1),
        ended_at=NIGHT + timedelta(days=2),
    )  # fmt: skip
    return cases


def day_of(on: date) -> Day:
    """A day run as far as giving out and taking back ask for it."""
    no: Any = None
    return Day(DayRun(as_of=on), no, no, no, no)


def night(at: datetime) -> int:
    """The part of a day run that gives out and takes back; how many it took."""
    return int(_assign(day_of(at.date()), 0, at=at)["cases_pulled_back"])


@pytest.mark.django_db
def test_a_night_that_is_replayed_takes_what_it_took(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = restored(home)
    with monkeypatch.context() as patch, transaction.atomic():  # the original, as that night ran
        for module in ("casework.pulling_plans", "casework.attending", "casework.assigning",
                       "dayrun.steps"):  # fmt: skip
            patch.setattr(f"carrears.{module}.now", lambda: NIGHT)
        many, original = night(NIGHT), owners()
        transaction.set_rollback(True)
    assert (many, original) == (2, {"L0": None, "L1": "li", "L2": "li", "L3": "li", "L4": None})
    # Since: somebody worked it, one who was there went away for good, the rules are others.
    tell(cases[0], "note", at=NIGHT + timedelta(days=1), by=cases[0].assignee, data={"text": "x"})
    Absence.objects.create(user=cases[0].assignee, from_on=NIGHT.date(), added_at=now())
    assert night(NIGHT) == many
    assert owners() == original
    assert CaseEvent.objects.filter(kind="assigned", happened_at=NIGHT).count() == many


@pytest.mark.django_db
def test_a_replayed_night_knows_desks_and_open_screens_as_they_were(home: Path) -> None:
    cases = restored(home)
    wang = cases[4].assignee
    assert wang is not None
    change_desk(wang, DeskWanted(room=7, skills=("legal",)), by=None, at=NIGHT - timedelta(days=3))
    change_desk(wang, DeskWanted(room=9), by=None, at=NIGHT + timedelta(days=40))
    then, today = read_desks(known_at=NIGHT)[wang.pk], read_desks()[wang.pk]
    assert (then.room, list(then.skills), today.room) == (7, ["legal"], 9)
    assert wang.pk not in read_desks(known_at=NIGHT - timedelta(days=4))  # he had none yet
    rules = load_allocation_rules(home, on=NIGHT.date())
    [his] = read_collectors(NIGHT.date(), rules, {}, only=[wang.pk], known_at=NIGHT)
    assert (his.room, his.skills) == (7, frozenset({"legal"}))

    # L0 was before somebody that night, L5 is today: both were idle.
    li, day = cases[0].assignee, NIGHT.date()
    idle = some_case("L5", li, opened_on=day - timedelta(days=90), as_of=day)
    for case, since in ((cases[0], NIGHT - timedelta(minutes=5)), (idle, now())):
        Showing.objects.create(case=case, user=li, since=since, until=since + timedelta(minutes=10))
    assert night(NIGHT) == 2
    assert owners() == {"L0": "li", "L1": "li", "L2": "li", "L3": "li", "L4": None, "L5": None}


@pytest.mark.django_db
def test_a_desk_of_which_no_change_was_told_is_as_it_is(home: Path) -> None:
    assert home.exists()
    li = collector("li", room=5)
    assert read_desks(known_at=NIGHT)[li.pk].room == 5


@pytest.mark.django_db
def test_a_night_of_a_book_that_nobody_worked_takes_nothing(home: Path) -> None:
    restored(home)
    CaseEvent.objects.filter(actor__isnull=False).delete()
    assert night(NIGHT) == 0
    assert set(owners().values()) == {"li", "wang"}


@pytest.mark.django_db
def test_a_night_of_these_days_run_again_counts_what_was_done_since(home: Path) -> None:
    rule(home, "no_action", to="pool", more="days: 21")
    li = collector("li")
    idle, worked = some_case("L1", li), some_case("L2", li)
    for case in (idle, worked):
        told(case, "note", days_ago=23, by=li, text="x")
    told(worked, "note", days_ago=0, by=li, text="since that night")
    day = day_of((now() - timedelta(days=1)).date())
    assert _assign(day, 0, at=_moment(day))["cases_pulled_back"] == 1
    assert owners() == {"L1": None, "L2": "li"}
