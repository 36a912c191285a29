"""Telephone calls in a rolling week, by collector, person and debt (12 CFR 1006.14(b))."""

from __future__ import annotations

from datetime import datetime, timedelta

from carrears.conduct.facts import ContactEvent
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.consumers import is_attorney_here, speaks_for
from carrears.conduct.rules.pauses import name_notice, open_notices
from carrears.conduct.rules.weeks import CALLS, Week, is_talk, weeks_of
from carrears.conduct.situation import Situation, may_have_begun
from carrears.conduct.windows import next_day

_ANSWERED = frozenset({"conversation", "answered_dropped", "answered_other_person"})
_STOPS = ("cease", "refuse_to_pay", "dispute", "refuse_contact")


@logic(
    "excluded",
    "below",
    "exceeded",
    "rebuttable",
    cap="count",
    days="count",
    consent_days="count",
    unconnected="names",
    rebutting="names",
)
def call_count(situation: Situation, law: Law) -> Ruling | None:
    """At most ``cap`` calls in ``days`` days to a person about a debt are presumed lawful.

    ``days`` end with the attempt's day. Calls that did not connect, calls to an attorney and
    calls that the person asked this collector for are left out.
    """
    if not _is_call(situation):
        return None
    if is_attorney_here(situation):
        return _lawful(situation, "excluded")
    worst: Ruling | None = None
    cap, most = law.number("cap"), 0
    asked = True
    for week in weeks_of(situation, law):
        if week.is_asked_for_now(situation):
            continue
        asked = False
        placed = week.placed
        spare = len(placed) - cap
        if spare < 0:
            most = max(most, len(placed))
            continue
        retry = _days_after(week, placed[spare], law)
        ruling = _unlawful(situation, law, "exceeded", retry, placed)
        if worst is None or retry > (worst.retry_at or retry):
            worst = ruling
    if worst is not None:
        return worst
    ruling = _lawful(situation, "excluded" if asked else "below", {"count": most, "cap": cap})
    return ruling if asked else ruling._replace(spent=(most, cap))


@logic(
    "excluded",
    "clear",
    "talked",
    "maybe_talked",
    "rebuttable",
    days="count",
    consent_days="count",
    unconnected="names",
    rebutting="names",
)
def after_conversation(situation: Situation, law: Law) -> Ruling | None:
    """No call about a debt within ``days`` days of talking about it; that day is day 1."""
    if not _is_call(situation):
        return None
    if is_attorney_here(situation):
        return _lawful(situation, "excluded")
    found: list[Ruling] = []
    asked = True
    for week in weeks_of(situation, law):
        if week.is_asked_for_now(situation):
            continue
        asked = False
        talks = week.talks
        sure = [event for event in talks if is_talk(event)]
        if sure:
            last = max(sure, key=lambda event: event.moment)
            found.append(_unlawful(situation, law, "talked", _days_after(week, last, law), sure))
        elif talks:
            last = max(talks, key=lambda event: event.moment)
            retry = _days_after(week, last, law)
            found.append(Ruling("review", "maybe_talked", None, retry, _ids(talks), {}))
    if not found:
        return _lawful(situation, "excluded" if asked else "clear")
    return max(found, key=lambda each: (each.reason != "maybe_talked", str(each.retry_at)))


@logic(
    "spaced",
    "rapid",
    "many_today",
    "voicemails",
    "told_to_stop",
    days="count",
    consent_days="count",
    unconnected="names",
    gap="minutes",
    per_day="count",
    voicemails_per_day="count",
    voicemails="count",
)
def call_pattern(situation: Situation, law: Law) -> Ruling | None:
    """What may rebut the presumption that calls within the limits are lawful: a person decides."""
    if not situation.is_contact or situation.party is None or is_attorney_here(situation):
        return None
    stop = _judge_stop(situation)
    if stop is not None or not _is_call(situation):
        return stop
    for week in weeks_of(situation, law):
        if week.is_asked_for_now(situation):
            continue
        if found := _judge_pattern(situation, week, law):
            return found
    return Ruling("allow", "spaced")


def _judge_pattern(situation: Situation, week: Week, law: Law) -> Ruling | None:
    placed, per_day = week.placed, law.number("per_day")
    if not placed and per_day > 1:
        return None
    gap = timedelta(minutes=law.number("gap"))
    if rapid := _rapid(situation, placed, gap):
        retry = max(event.moment for event in rapid) + gap + timedelta(seconds=1)
        return Ruling("review", "rapid", None, retry, _ids(rapid), {"gap": law.number("gap")})
    today = [event for event in placed if week.day_of(event) == week.today]
    if len(today) + 1 >= per_day:
        return _until_tomorrow("many_today", week, today)
    left = [event for event in placed if _is_voicemail(event)]
    left_today = [event for event in left if event in today]
    many = len(left_today) >= law.number("voicemails_per_day")
    if many or len(left) >= law.number("voicemails"):
        return _until_tomorrow("voicemails", week, left)
    return None


def _until_tomorrow(reason: str, week: Week, events: list[ContactEvent]) -> Ruling:
    tomorrow, values = next_day(week.today, week.zone), {"count": len(events)}
    return Ruling("review", reason, None, tomorrow, _ids(events), values)


def _judge_stop(situation: Situation) -> Ruling | None:
    """A word by mouth that the person wants no calls, will not pay or does not owe it."""
    for notice in open_notices(situation, *_STOPS):
        if notice.form != "oral" and notice.kind != "refuse_contact":
            continue
        if notice.kind == "dispute" and notice.ground != "not_mine":
            continue
        if not speaks_for(notice.by, situation):
            continue
        if not may_have_begun(notice.received_at, situation):
            continue
        return Ruling("review", "told_to_stop", used=(name_notice(notice, situation),))
    return None


def _is_call(situation: Situation) -> bool:
    attempt = situation.attempt
    return situation.is_contact and attempt.channel in CALLS and attempt.party is not None


def _is_voicemail(event: ContactEvent) -> bool:
    return event.result == "voicemail_left" or event.channel == "voicemail"


def _rapid(situation: Situation, placed: list[ContactEvent], gap: timedelta) -> list[ContactEvent]:
    point, last = situation.attempt.contact_point, situation.moment
    first = last - gap
    return [
        event
        for event in placed
        if event.result not in _ANSWERED
        and (point is None or event.contact_point in {None, point})
        and first <= event.moment <= last
    ]


def _lawful(situation: Situation, reason: str, values: dict[str, object] | None = None) -> Ruling:
    """Presumed compliant once there is anything to count; a first call is simply allowed."""
    spoken = situation.remember("any call", lambda: _was_any_call(situation))
    return Ruling("presumed_compliance" if spoken else "allow", reason, values=values or {})


def _was_any_call(situation: Situation) -> bool:
    return any(
        event.channel in CALLS and (event.direction == "out" or is_talk(event))
        for event in situation.facts.history
    )


def _unlawful(
    situation: Situation, law: Law, reason: str, retry: datetime, events: list[ContactEvent]
) -> Ruling:
    values = {"count": len(events), "days": law.number("days")}
    if situation.attempt.purpose in law.names("rebutting"):
        return Ruling("review", "rebuttable", None, retry, _ids(events), values)
    return Ruling("presumed_violation", reason, None, retry, _ids(events), values)


def _days_after(week: Week, event: ContactEvent, law: Law) -> datetime:
    """When ``event`` no longer lies within the days that end with the attempt's."""
    ahead = law.number("days") - (week.today - week.day_of(event)).days
    return next_day(week.today, week.zone, days=ahead)


def _ids(events: list[ContactEvent]) -> tuple[str, ...]:
    return tuple(f"history:{event.id}" for event in events)
