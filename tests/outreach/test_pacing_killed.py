"""A night's plan killed wherever it writes, and begun again, plans nothing twice and loses none."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from factories import make_action, make_case
from outreach.pacing_process import PER_HOUR, PORTION

from carrears.casework.models import PlannedAction
from carrears.conduct.models import DoNotContact
from carrears.evidence.models import Entry
from carrears.outreach.models import Opening, Outcome, Pacing
from carrears.outreach.pacing import pace_planned
from carrears.parties.models import Party

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
HERE = Path(__file__).parent
ZONE = "Asia/Shanghai"
DAY = date(2026, 6, 30)
MOMENT = datetime(2026, 6, 30, 2, tzinfo=UTC)  # ten in the morning in Shanghai
# More than the ten that the day has places for, in portions of which the last is not full.
CONTACTS = 3 * PORTION + 1


def plan() -> list[int]:
    """Contacts, the most urgent first, of which one may not be made; their numbers."""
    numbers = []
    for place in range(CONTACTS):
        case = make_case(
            loan_no=f"P-{place}",
            loan_id=place,
            as_of=DAY,
            priority=CONTACTS - place,
            decision={"channel": "email", "template": "reminder", "cadence_days": 1},
        )
        Party.objects.filter(pk=case.party_id).update(time_zone=ZONE, zones=[ZONE])
        numbers.append(make_action(case=case, as_of=DAY, planned_for=MOMENT).pk)
        if place == PORTION:
            DoNotContact.objects.create(party=case.party, reason="asked for it", from_on=DAY)
    return numbers


def result() -> dict[str, list[Any]]:
    actions = PlannedAction.objects.order_by("pk")
    openings = Opening.objects.order_by("action_id")
    pacings = Pacing.objects.order_by("pk")
    return {
        "actions": list(
            actions.values_list("key", "state", "as_of", "planned_for", "channel", "reason")
        ),
        "openings": list(openings.values_list("action_id", "outcome", "desk", "step", "ways")),
        "told": list(pacings.values_list("as_of", "moment", "told")),
        "evidence": list(Entry.objects.filter(kind="day.paced").values_list("subject", flat=True)),
    }


def undisturbed() -> dict[str, list[Any]]:
    with transaction.atomic():
        pace_planned(as_of=DAY, per_hour=PER_HOUR, moment=MOMENT)
        found = result()
        transaction.set_rollback(True)
    return found


def start() -> subprocess.Popen[str]:
    path = os.pathsep.join([str(HERE.parent), str(HERE.parents[1] / "src")])
    return subprocess.Popen(
        [sys.executable, str(HERE / "pacing_process.py"), connection.settings_dict["NAME"],
         DAY.isoformat(), MOMENT.isoformat()],
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "settings_test", "PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip


def execute(statement: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall() if cursor.description else []


def kill_at(place: str) -> None:
    """Begin, hold the statement that writes there, kill the process, and let it go."""
    execute(
        "create function hold() returns trigger language plpgsql as"
        " $$ begin perform pg_sleep(600); return new; end $$"
    )
    timing, _, condition = place.partition(" when ")
    execute(f"create trigger hold {timing} for each row when ({condition}) execute function hold()")
    process = start()
    asleep = "from pg_stat_activity where wait_event = 'PgSleep' and datname = current_database()"
    deadline = time.monotonic() + 120
    while not execute(f"select pid {asleep}"):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "it never came to the place where it was to be killed"
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    # As PostgreSQL would end it, once it wrote to the one that is gone.
    execute(f"select pg_terminate_backend(pid, 60000) {asleep}")
    execute("drop function hold() cascade")


def stands() -> tuple[int, int]:
    """How many were asked of, and how many of them have their place."""
    asked = Opening.objects.count()
    return asked, asked - Opening.objects.filter(outcome=Outcome.ASKED).count()


def test_killed_wherever_it_writes_it_plans_nothing_twice_and_loses_none() -> None:
    """Killed, begun again and killed at the next place, until it comes to its end."""
    numbers = plan()
    expected = undisturbed()
    assert stands() == (0, 0)
    last, second = numbers[-1], numbers[PORTION + 1]
    all_but_last = CONTACTS - 1
    places = {
        "before insert on outreach_pacing when true": (0, 0),
        f"before insert on outreach_opening when new.action_id = {second}": (PORTION, 0),
        f"before insert on outreach_opening when new.action_id = {last}": (all_but_last, 0),
        f"before update on outreach_opening when new.action_id = {numbers[0]}": (CONTACTS, 0),
        f"before update on casework_plannedaction when new.id = {second}": (CONTACTS, PORTION),
        f"before update on outreach_opening when new.action_id = {last}": (CONTACTS, all_but_last),
        "before update on outreach_pacing when new.finished_at is not null": (CONTACTS, CONTACTS),
    }
    for place, kept in places.items():
        kill_at(place)
        assert stands() == kept, place
        assert not Pacing.objects.filter(finished_at__isnull=False).exists(), place

    process = start()
    _, errors = process.communicate()
    assert process.returncode == 0, errors
    found = result()
    assert found == expected
    outcomes = Counter(outcome for _, outcome, *_ in found["openings"])
    assert outcomes == {"paced": 10, "full": CONTACTS - 11, "unlawful": 1}
    taken = [(desk, step) for _, outcome, desk, step, _ in found["openings"] if outcome == "paced"]
    assert len(set(taken)) == len(taken)
    full = [as_of for _, _, as_of, *_, reason in found["actions"] if reason == "full"]
    assert full == [DAY + timedelta(days=1)] * (CONTACTS - 11)
