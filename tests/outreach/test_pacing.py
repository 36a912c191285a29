"""A night's messages get lawful moments, no more in an hour than can be sent."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from factories import make_action, make_case, make_user

from carrears.access.models import User
from carrears.casework.models import Case, PlannedAction
from carrears.casework.planning import cancel_overtaken
from carrears.clock import at_local, local_day, now
from carrears.conduct.models import DoNotContact
from carrears.dayrun.contacting import pace_day
from carrears.evidence.models import Entry
from carrears.outreach import pacing
from carrears.outreach.desks import choices_of
from carrears.outreach.models import Pacing
from carrears.outreach.paced import count_outcomes
from carrears.outreach.pacing import pace_planned
from carrears.parties.models import ContactPoint, Party

pytestmark = pytest.mark.django_db
ZONE = "Asia/Shanghai"
TODAY = local_day(now(), ZONE)


def clock(hour: int, minute: int = 0) -> datetime:
    return at_local(TODAY, time(hour, minute), ZONE)


def plan(place: int, *, priority: int = 50, zone: str = ZONE) -> PlannedAction:
    decision = {"channel": "email", "template": "reminder", "cadence_days": 1}
    case = make_case(
        loan_no=f"P-{place}", loan_id=place, as_of=TODAY, priority=priority, decision=decision
    )
    Party.objects.filter(pk=case.party_id).update(time_zone=zone, zones=[zone])
    return make_action(case=case, planned_for=clock(10))


def plan_call(
    place: int, *, priority: int = 50, by: User | None = None, **decision: Any
) -> PlannedAction:
    case = make_case(
        loan_no=f"P-{place}",
        loan_id=place,
        as_of=TODAY,
        priority=priority,
        assignee=by,
        decision={"channel": "call", "cadence_days": 1} | decision,
    )
    return make_action(case=case, channel="call", template="", planned_for=clock(10))


def counts(**told: int) -> dict[str, int]:
    names = ("paced", "changed", "full", "later", "unlawful", "gone", "wasted")
    return dict.fromkeys(names, 0) | told


def times(*actions: PlannedAction) -> list[datetime]:
    for action in actions:
        action.refresh_from_db()
    return [action.planned_for for action in actions]


def test_an_hour_takes_as_many_as_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pacing, "_ASKED_TOGETHER", 3)
    actions = [plan(n, priority=n) for n in range(7)]
    told = pace_planned(as_of=TODAY, per_hour={"email": 2}, moment=clock(9))
    assert told == counts(paced=7)
    found = times(*actions)
    hours = Counter(at.astimezone(clock(0).tzinfo).hour for at in found)
    assert hours == {10: 2, 11: 2, 12: 2, 13: 1}
    assert found == sorted(found, reverse=True)  # the most urgent first


def test_each_waits_for_the_morning_of_his_own_place() -> None:
    here, there = plan(1), plan(2, zone="Europe/London")
    pace_planned(as_of=TODAY, per_hour={"email": 12}, moment=clock(10))
    assert times(here)[0] == clock(10)
    [at] = times(there)
    assert at >= at_local(local_day(at, "Europe/London"), time(10), "Europe/London")
    assert at - clock(10) < timedelta(days=1)


def test_what_finds_no_room_is_put_on_the_next_day_and_what_is_barred_keeps_its_time() -> None:
    late, barred, *others = [plan(n, priority=n) for n in range(12)]
    DoNotContact.objects.create(party=barred.case.party, reason="asked for it", from_on=TODAY)
    told = pace_planned(as_of=TODAY, per_hour={"email": 1}, moment=clock(10))
    assert told == counts(paced=10, unlawful=1, full=1)
    assert times(late, barred) == [clock(10) + timedelta(days=1), clock(10)]
    assert (late.as_of, late.state, late.reason) == (TODAY + timedelta(days=1), "planned", "full")
    assert (barred.as_of, barred.state, barred.reason) == (TODAY, "planned", "")
    assert len(set(times(*others))) == 10


def test_without_a_limit_all_keep_their_time(settings: LazySettings) -> None:
    actions = [plan(n) for n in range(3)]
    settings.EMAILS_PER_HOUR = 0
    pace_day(as_of=TODAY)
    assert times(*actions) == [clock(10)] * 3
    settings.EMAILS_PER_HOUR = 1
    pace_day(as_of=TODAY)
    assert len(set(times(*actions))) == 3


def test_each_collector_calls_as_often_as_an_hour_lets_him() -> None:
    one, other = make_user(role="collector", username="a"), make_user(username="b")
    calls = [plan_call(n, by=one if n < 13 else other, priority=50 - n) for n in range(15)]
    told = pace_planned(as_of=TODAY, per_hour={"call": 12}, moment=clock(9))
    assert told == counts(paced=15)
    found = times(*calls)
    assert found[:13] == [clock(10) + n * timedelta(minutes=5) for n in range(13)]
    assert found[13:] == [clock(10), clock(10, 5)]


def test_who_cannot_be_called_today_is_put_on_the_first_lawful_day_of_the_cadence() -> None:
    soon, far = plan_call(1, cadence_days=3), plan_call(2, cadence_days=3)
    for call, days in ((soon, 1), (far, 5)):
        until = TODAY + timedelta(days=days)
        DoNotContact.objects.create(
            party=call.case.party, channel="call", reason="travels", from_on=TODAY, until_on=until
        )
    told = pace_planned(as_of=TODAY, per_hour={"call": 12}, moment=clock(9))
    assert told == counts(later=1, unlawful=1)
    assert times(soon, far) == [clock(10) + timedelta(days=2), clock(10)]
    assert (soon.as_of, soon.reason) == (TODAY + timedelta(days=2), "later")


def fill_calls() -> list[PlannedAction]:
    """Calls of great urgency that leave one of the day's ten places."""
    return [plan_call(100 + n, priority=99) for n in range(9)]


def test_what_its_channel_has_no_place_for_goes_by_the_other_that_the_strategy_allows() -> None:
    """The last call is made by whom the strategy lets nothing else be done with."""
    fill_calls()
    other = {"else_channel": "email", "else_template": "reminder"}
    calls = [plan_call(n, priority=9 - n, **(other if n < 3 else {})) for n in range(5)]
    DoNotContact.objects.create(
        party=calls[0].case.party, channel="call", reason="prefers mail", from_on=TODAY
    )
    told = pace_planned(as_of=TODAY, per_hour={"email": 12, "call": 1}, moment=clock(10))
    assert told == counts(paced=10, changed=3, full=1)
    times(*calls)
    assert [(a.channel, a.template, a.reason) for a in calls] == [
        *[("email", "reminder", "instead:call")] * 3,
        ("call", "", ""),
        ("call", "", "full"),
    ]


def test_of_two_who_may_be_written_to_the_urgent_one_is_called() -> None:
    fill_calls()
    other = {"else_channel": "email", "else_template": "reminder"}
    less, more = [plan_call(n, priority=n, **other) for n in range(2)]
    told = pace_planned(as_of=TODAY, per_hour={"email": 12, "call": 1}, moment=clock(10))
    assert told == counts(paced=10, changed=1)
    times(less, more)
    assert (less.channel, more.channel) == ("email", "call")


def test_a_number_that_is_none_leaves_no_call_to_plan() -> None:
    action = plan_call(1)
    ContactPoint.objects.filter(party=action.case.party, kind="phone").update(valid=False)
    told = pace_planned(as_of=TODAY, per_hour={"call": 12}, moment=clock(9))
    assert told == counts(unlawful=1)


def test_doing_it_again_moves_nobody_and_places_what_came_in() -> None:
    first = [plan(n) for n in range(3)]
    pace_planned(as_of=TODAY, per_hour={"email": 12}, moment=clock(10))
    before = times(*first)
    more = plan(9, priority=99)
    told = pace_planned(as_of=TODAY, per_hour={"email": 12}, moment=clock(10, 30))
    assert told == counts(paced=4)
    assert times(*first) == before
    assert times(more) == [clock(10, 30)]
    assert Entry.objects.filter(kind="day.paced").count() == 2


def test_the_next_day_takes_up_what_was_put_on_it_and_keeps_the_counts_of_the_day() -> None:
    moved, *_ = [plan(n, priority=n) for n in range(11)]
    pace_planned(as_of=TODAY, per_hour={"email": 1}, moment=clock(10))
    assert times(moved) == [clock(10) + timedelta(days=1)]
    tomorrow = TODAY + timedelta(days=1)
    assert cancel_overtaken(as_of=tomorrow) == 0
    told = pace_planned(
        as_of=tomorrow, per_hour={"email": 12}, moment=clock(11) + timedelta(days=1)
    )
    assert told == counts(paced=1)
    assert times(moved) == [clock(11) + timedelta(days=1)]
    assert (moved.reason, moved.as_of) == ("", tomorrow)
    yesterday = Pacing.objects.get(as_of=TODAY)
    assert (yesterday.told, yesterday.openings.count()) == (counts(paced=10, full=1), 0)


def test_what_was_put_on_a_day_that_passed_or_is_not_wanted_any_more_is_cancelled() -> None:
    kept, changed, passed = [plan(n) for n in range(3)]
    later = {"as_of": TODAY + timedelta(days=1), "reason": "later"}
    PlannedAction.objects.filter(pk__in=[kept.pk, changed.pk]).update(**later)
    PlannedAction.objects.filter(pk=passed.pk).update(
        as_of=TODAY - timedelta(days=1), reason="full"
    )
    Case.objects.filter(pk=changed.case_id).update(decision={"channel": "call"})
    assert cancel_overtaken(as_of=TODAY) == 2
    for action in (kept, changed, passed):
        action.refresh_from_db()
    assert [a.state for a in (kept, changed, passed)] == ["planned", "cancelled", "cancelled"]


def test_a_place_is_wasted_where_the_gate_stops_what_comes_at_it() -> None:
    actions = [plan(n) for n in range(3)]
    pace_planned(as_of=TODAY, per_hour={"email": 12}, moment=clock(10))
    PlannedAction.objects.filter(pk=actions[0].pk).update(state="blocked", reason="CN-01")
    assert count_outcomes(Pacing.objects.get()) == counts(paced=3, wasted=1)


def test_what_an_event_settles_meanwhile_is_left_as_it_is() -> None:
    one, gone = plan(1), plan(2)

    def settle(step: str, *_: int) -> None:
        if step == "placing":
            PlannedAction.objects.filter(pk=gone.pk).update(state="cancelled", reason="overtaken")

    told = pace_planned(as_of=TODAY, per_hour={"email": 12}, moment=clock(10), progress=settle)
    assert told == counts(paced=1, gone=1)
    assert times(one, gone) == [clock(10), clock(10)]
    assert (gone.state, gone.reason) == ("cancelled", "overtaken")


@pytest.mark.parametrize(
    ("url", "demo", "ways"),
    [("", False, 1), ("smpp://a:b@127.0.0.1", False, 2), ("", True, 2)],
)
def test_a_text_is_offered_instead_only_where_it_reaches_somebody(
    settings: Any, *, url: str, demo: bool, ways: int
) -> None:
    settings.SMS_URL, settings.DEMO = url, demo
    wanted = {"channel": "email", "template": "reminder"}
    instead = {"else_channel": "sms", "else_template": "sms_reminder"}
    action = PlannedAction(case=Case(decision=wanted | instead), **wanted)
    assert len(choices_of(action)) == ways
