"""A night's messages get lawful moments, no more in an hour than can be sent."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta

import pytest
from django.conf import LazySettings
from factories import make_action, make_case

from carrears.casework.models import PlannedAction
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.dayrun.contacting import pace_day
from carrears.outreach import pacing
from carrears.outreach.pacing import pace_planned
from carrears.parties.models import Party

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
TODAY = local_day(now(), ZONE)


def clock(hour: int, minute: int = 0) -> datetime:
    return at_local(TODAY, time(hour, minute), ZONE)


def plan(place: int, *, priority: int = 50, zone: str = ZONE) -> PlannedAction:
    case = make_case(loan_no=f"P-{place}", loan_id=place, as_of=TODAY, priority=priority)
    Party.objects.filter(pk=case.party_id).update(time_zone=zone, zones=[zone])
    return make_action(case=case, planned_for=clock(10))


def times(*actions: PlannedAction) -> list[datetime]:
    for action in actions:
        action.refresh_from_db()
    return [action.planned_for for action in actions]


def test_an_hour_takes_as_many_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "_CHUNK", 3)
    actions = [plan(n, priority=n) for n in range(7)]
    told = pace_planned(as_of=TODAY, per_hour=2, moment=clock(9))
    assert told == {"paced": 7, "unlawful": 0, "no_capacity": 0}
    found = times(*actions)
    hours = Counter(at.astimezone(clock(0).tzinfo).hour for at in found)
    assert hours == {10: 2, 11: 2, 12: 2, 13: 1}
    assert found == sorted(found, reverse=True)  # the most urgent first


def test_each_waits_for_the_morning_of_his_own_place() -> None:
    here, there = plan(1), plan(2, zone="Europe/London")
    pace_planned(as_of=TODAY, per_hour=12, moment=clock(10))
    assert times(here)[0] == clock(10)
    [at] = times(there)
    assert at >= at_local(local_day(at, "Europe/London"), time(10), "Europe/London")
    assert at - clock(10) < timedelta(days=1)


def test_what_finds_no_room_is_cancelled_and_what_is_barred_keeps_its_time() -> None:
    late, barred, *others = [plan(n, priority=n) for n in range(12)]
    DoNotContact.objects.create(party=barred.case.party, reason="asked for it", from_on=TODAY)
    told = pace_planned(as_of=TODAY, per_hour=1, moment=clock(10))
    assert told == {"paced": 10, "unlawful": 1, "no_capacity": 1}
    assert times(late, barred) == [clock(10)] * 2
    assert (late.state, late.reason, barred.state) == ("cancelled", "no_capacity", "planned")
    assert len(set(times(*others))) == 10


def test_without_a_limit_all_keep_their_time(settings: LazySettings) -> None:
    actions = [plan(n) for n in range(3)]
    settings.EMAILS_PER_HOUR = 0
    pace_day(as_of=TODAY)
    assert times(*actions) == [clock(10)] * 3
    settings.EMAILS_PER_HOUR = 1
    pace_day(as_of=TODAY)
    assert len(set(times(*actions))) == 3
