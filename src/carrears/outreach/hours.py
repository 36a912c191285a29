"""When the gate would let planned contacts go, by the facts of now, within the house's hours."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from carrears.casework.models import PlannedAction
from carrears.casework.planning import house_edges, planned_time
from carrears.conduct.gate import Inquiry
from carrears.conduct.openings import Answer, Openings, edges_between, find_openings
from carrears.outreach.desks import Choice, choices_of, desk_of, wanted_by
from carrears.outreach.judging import Judged, judge_attempts, judge_instead, pack_of, people_of
from carrears.outreach.templates import Template
from carrears.outreach.wanted import WantedContact, point_of

DAY = timedelta(days=1)
_Way = tuple[Choice, Openings, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the gate says of one action's day: ``ways`` as an ``Opening`` keeps them."""

    ways: list[list[Any]]
    later_at: datetime | None
    later_on: date | None


def ask_hours(
    actions: Sequence[PlannedAction], templates: Mapping[str, Template], *, moment: datetime
) -> list[Asked]:
    """The lawful steps of the day from ``moment`` for each way of each action, in their order."""
    wanted = [_choices(action, templates, moment) for action in actions]
    first = [several[0][1] for several in wanted if several]
    people = people_of(first, names=False)
    judged = iter(judge_attempts(first, people))
    told = []
    for action, several in zip(actions, wanted, strict=True):
        ways: list[_Way] = []
        known_of = next(judged) if several else None
        for nth, (choice, contact) in enumerate(several):
            assert known_of is not None  # noqa: S101  there are several
            person = people[contact.party.token]
            one = judge_instead(known_of, contact, person) if nth else known_of
            if point_of(contact, person) is not None:
                ways.append((choice, _openings(action, contact, one, moment), one.attempt.zone))
        told.append(_told(action, ways, moment))
    return told


def _choices(
    action: PlannedAction, templates: Mapping[str, Template], moment: datetime
) -> list[tuple[Choice, WantedContact]]:
    at = _begin(action, moment)
    found = ((choice, wanted_by(action, choice, templates, at)) for choice in choices_of(action))
    return [(choice, wanted) for choice, wanted in found if wanted is not None]


def _begin(action: PlannedAction, moment: datetime) -> datetime:
    return max(action.planned_for, moment)


def _openings(
    action: PlannedAction, wanted: WantedContact, judged: Judged, moment: datetime
) -> Openings:
    pack, until = pack_of(wanted.case.jurisdiction), moment + DAY
    zones = judged.facts.parties[0].time_zones
    edges = edges_between(judged.facts, pack, zones, first=moment, until=until)
    house = house_edges(judged.attempt.zone, first=moment, until=until)
    return find_openings(
        _asker(action, wanted, judged),
        first=moment,
        until=until,
        edges=edges | house | {_begin(action, moment)},
    )


def _asker(
    action: PlannedAction, wanted: WantedContact, judged: Judged
) -> Callable[[datetime], Answer]:
    earliest = wanted.at
    inquiry = Inquiry(
        judged.facts,
        judged.attempt,
        pack_of(wanted.case.jurisdiction),
        law_on=judged.law_on,
    )

    def ask(at: datetime) -> Answer:
        opens = max(planned_time(action.as_of, judged.attempt.zone, moment=at), earliest)
        if opens > at:
            return Answer(allowed=False, next_at=opens)
        verdict = judged.verdict if at == wanted.at else inquiry.at(at)
        return Answer(verdict.gate_action == "allow", verdict.next_allowed_at)

    return ask


def _told(action: PlannedAction, ways: Sequence[_Way], moment: datetime) -> Asked:
    kept = [
        [choice.channel, choice.template, desk_of(action, choice.channel), list(openings.steps)]
        for choice, openings, _ in ways
        if openings.steps
    ]
    return Asked(kept, *_later(action, ways, moment, lawful=bool(kept)))


def _later(
    action: PlannedAction,
    ways: Sequence[_Way],
    moment: datetime,
    *,
    lawful: bool,
) -> tuple[datetime | None, date | None]:
    """The next lawful moment in the house's hours of a later day, and its business day.

    None where it lies beyond the day on which the strategy plans afresh anyway.
    """
    if lawful:
        zone = ways[0][2]
        return planned_time(action.as_of, zone, moment=moment + DAY), action.as_of + DAY
    known_moments = [
        planned_time(action.as_of, zone, moment=openings.next_at)
        for _, openings, zone in ways
        if openings.next_at is not None
    ]
    if not known_moments:
        return None, None
    at = min(known_moments)
    days = (at - moment) // DAY  # a night's day lasts until the next night
    cadence = max(int(action.case.decision.get("cadence_days") or 1), 1)
    if days > cadence:
        return None, None
    return at, action.as_of + max(days, 1) * DAY
