"""Counters, worked out from the history each time; the attempt would be the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from carrears.conduct.facts import ContactEvent
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.scope import is_collection
from carrears.conduct.situation import Situation, find_consents, given_by
from carrears.conduct.windows import next_day

Find = Callable[[Situation, str], list[ContactEvent]]


@logic(
    "below",
    "used_up",
    "not_collection",
    cap="count",
    collection_purposes="names",
    collection_content="names",
)
def effective_calls(situation: Situation, law: Law) -> Ruling | None:
    """Effective outgoing calls to one debtor on his calendar day, whoever and however called."""
    if situation.attempt.channel != "call" or not _is_liable(situation):
        return None
    counted, zone = _most(situation, _effective_calls_in)
    cap = law.number("cap")
    return _judge_count(situation, law, counted, cap, zone)


@logic(
    "below",
    "used_up",
    "not_collection",
    cap="count",
    unconnected="names",
    collection_purposes="names",
    collection_content="names",
)
def unanswered_dials(situation: Situation, law: Law) -> Ruling | None:
    """Dials of one contact point that did not connect on the party's calendar day."""
    if situation.attempt.channel != "call":
        return None
    points = frozenset(point.id for point in situation.points)

    def find(situation: Situation, zone: str) -> list[ContactEvent]:
        return [
            event
            for event in situation.events_on_day(zone)
            if event.channel == "call"
            and event.party == situation.attempt.party
            and (event.contact_point is None or not points or event.contact_point in points)
            and _is_unconnected(event, law.names("unconnected"))
        ]

    counted, zone = _most(situation, find)
    return _judge_count(situation, law, counted, _agreed_cap(situation, law.number("cap")), zone)


@logic("apart", "too_close", gap="minutes")
def close_calls(situation: Situation, law: Law) -> Ruling | None:
    """A call soon after an effective one needs a reason that a person states."""
    if situation.attempt.channel != "call" or not _is_liable(situation):
        return None
    gap = timedelta(minutes=law.number("gap"))
    near = [
        event
        for event in situation.events_near(gap)
        if event.direction == "out"
        and event.party == situation.attempt.party
        and _is_effective_call(event)
        and timedelta(0) <= situation.moment - event.moment < gap
    ]
    values = {"gap": law.number("gap")}
    if not near:
        return Ruling("allow", "apart", values=values)
    retry = max(event.moment for event in near) + gap
    return Ruling("review", "too_close", retry_at=retry, used=_ids(near), values=values)


@logic(
    "below",
    "used_up",
    "not_collection",
    "too_few",
    cap="count",
    staff="count",
    collection_purposes="names",
    collection_content="names",
)
def field_visits(situation: Situation, law: Law) -> Ruling | None:
    """Visits to one debtor on his calendar day, and how many must come."""
    if situation.attempt.channel != "visit":
        return None
    if (ruling := _judge_staff(situation, law.number("staff"))).outcome == "block":
        return ruling

    def find(situation: Situation, zone: str) -> list[ContactEvent]:
        people = situation.debtors | {situation.attempt.party}
        return [
            event
            for event in situation.events_on_day(zone)
            if event.channel == "visit" and event.party in people
        ]

    counted, zone = _most(situation, find)
    return _judge_count(situation, law, counted, law.number("cap"), zone)


@logic("enough", "too_few", staff="count")
def visit_staff(situation: Situation, law: Law) -> Ruling | None:
    """How many must come to a visit; an unknown number is too few."""
    if situation.attempt.channel != "visit":
        return None
    return _judge_staff(situation, law.number("staff"))


@logic("below", "used_up")
def house_calls(situation: Situation, law: Law) -> Ruling | None:
    """The lender's own cap on calls to a debtor in a day, answered or not."""
    del law
    cap = situation.facts.house_policy.max_calls_per_day
    if cap is None or situation.attempt.channel != "call":
        return None

    def find(situation: Situation, zone: str) -> list[ContactEvent]:
        return [
            event
            for event in situation.events_on_day(zone)
            if event.channel == "call" and event.party == situation.attempt.party
        ]

    counted, zone = _most(situation, find)
    return _judge_count(situation, None, counted, cap, zone)


def _judge_staff(situation: Situation, least: int) -> Ruling:
    staff = situation.attempt.staff
    values = {"least": least, "staff": "?" if staff is None else staff}
    if staff is None or staff < least:
        return Ruling("block", "too_few", used=("attempt.staff",), values=values)
    return Ruling("allow", "enough", values=values)


def _judge_count(
    situation: Situation, law: Law | None, counted: list[ContactEvent], cap: int, zone: str
) -> Ruling:
    values = {"count": len(counted), "cap": cap}
    if len(counted) < cap:
        spent = len(counted), cap
        return Ruling("allow", "below", used=_ids(counted), values=values, spent=spent)
    if law is not None and not is_collection(situation, law):
        return Ruling("not_applicable", "not_collection", used=_ids(counted), values=values)
    retry = next_day(situation.days[situation.zones.index(zone)], zone) if cap else None
    return Ruling("block", "used_up", retry_at=retry, used=_ids(counted), values=values)


def _most(situation: Situation, find: Find) -> tuple[list[ContactEvent], str]:
    """The zone whose calendar day counts most, so that the answer holds in every zone."""
    found = [(find(situation, zone), zone) for zone in situation.zones]
    return max(found, key=lambda each: len(each[0]))


def _effective_calls_in(situation: Situation, zone: str) -> list[ContactEvent]:
    return [
        event
        for event in situation.events_on_day(zone)
        if event.party == situation.attempt.party
        and _is_effective_call(event)
        and situation.shares_creditor(event)
    ]


def _is_effective_call(event: ContactEvent) -> bool:
    """A call known to be effective, or one whose result nobody wrote down."""
    if event.channel != "call":
        return False
    if event.effective is None:
        return event.result in {None, "conversation"}
    return event.effective


def _is_unconnected(event: ContactEvent, unconnected: frozenset[str]) -> bool:
    """A dial known not to connect, or one whose result nobody wrote down."""
    if event.result is None:
        return event.effective is not True
    return event.result in unconnected


def _agreed_cap(situation: Situation, cap: int) -> int:
    """The cap agreed with the person called, else ``cap``."""
    party = situation.attempt.party
    agreed = [
        consent.max_per_day
        for consent in find_consents(situation, "daily_dial_cap")
        if party is not None
        and consent.max_per_day is not None
        and consent.kind in {"consent", "agreement"}
        and given_by(consent, frozenset({party}))
    ]
    return min(agreed, default=cap)


def _is_liable(situation: Situation) -> bool:
    party = situation.party
    return party is not None and (situation.is_obligor or party.role == "guarantor")


def _ids(events: list[ContactEvent]) -> tuple[str, ...]:
    return tuple(f"history:{event.id}" for event in events)
