"""Breathing space: a moratorium of counted days, or of a treatment and days after it."""

from __future__ import annotations

from datetime import timedelta

from carrears.conduct.facts import Notice
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.pauses import (
    Days,
    concerns_party,
    name_notice,
    open_notices,
    received_on,
)
from carrears.conduct.rules.scope import stands_in
from carrears.conduct.situation import Situation

_STANDARD = "breathing_space_standard"
_CRISIS = "breathing_space_mental_health"
# What is merely over is over by its dates; only these end it before.
_CANCELLED = frozenset({"withdrawn", "dismissed"})
_CONTACTS = frozenset({"contact", "repossess"})


@logic(
    "outside",
    "adviser",
    "permitted",
    "barred",
    "barred_act",
    "guarantor",
    "doubtful_purpose",
    "other_nation",
    days="count",
    crisis_days="count",
    margin="count",
    nations="names",
    acts="names",
    permitted="names",
    doubtful="names",
    collecting_content="names",
)
def breathing_space(situation: Situation, law: Law) -> Ruling | None:
    """No request for payment and no enforcement while the moratorium lasts.

    ``days`` begin with the day on which it starts, ``crisis_days`` with the day on which the
    treatment ends; ``margin`` days more are taken as inside where the count is in doubt.
    """
    if situation.attempt.act not in law.names("acts"):
        return None
    rulings = [
        ruling
        for notice in open_notices(situation, _STANDARD, _CRISIS, closed=_CANCELLED)
        if (ruling := _judge(notice, situation, law)) is not None
    ]
    for outcome in ("block", "review", "not_applicable"):
        against = [ruling for ruling in rulings if ruling.outcome == outcome]
        if against:
            return max(against, key=lambda each: (each.retry_at is None, each.retry_at or 0))
    return rulings[0] if rulings else None


def moratorium_days(notice: Notice, law: Law) -> Days:
    """The first and the last day of the moratorium that ``notice`` tells of."""
    first, last = notice.starts_on, notice.ends_on
    margin = law.number("margin")
    if first is None and (told := received_on(notice)) is not None:
        # It starts on the day after its entry, of which notice is given at once.
        first, margin = told, margin + 1
    if last is None and notice.kind == _STANDARD and first is not None:
        last = first + timedelta(days=law.number("days") - 1 + margin)
    ended = notice.treatment_ended_on
    if last is None and notice.kind == _CRISIS and ended is not None:
        last = ended + timedelta(days=law.number("crisis_days") - 1 + law.number("margin"))
    return Days(first, last)


def _judge(notice: Notice, situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    party, used = situation.party, (name_notice(notice, situation),)
    answers = party is not None and party.role == "guarantor"
    asked = concerns_party(notice, situation) or answers or stands_in(situation)
    if situation.is_contact and not asked:
        return None
    days = moratorium_days(notice, law)
    values = {"last": days.last or "?"}
    contact = situation.attempt.act in _CONTACTS
    if not days.hold(situation):
        return Ruling("allow", "outside", used=used, values=values) if contact else None
    retry = days.end(situation)
    nations = _nations(notice, situation)
    if nations and nations.isdisjoint(law.names("nations")):
        return Ruling("not_applicable", "other_nation", None, retry, used, values)
    if not situation.is_contact:
        return Ruling("block", "barred_act", None, retry, used, values)
    if stands_in(situation):
        return Ruling("allow", "adviser", used=used, values=values)
    if answers and notice.by != situation.attempt.party:
        return Ruling("review", "guarantor", None, retry, used, values)
    return _judge_purpose(situation, law, Ruling("block", "barred", None, retry, used, values))


def _judge_purpose(situation: Situation, law: Law, barred: Ruling) -> Ruling:
    attempt = situation.attempt
    if not law.names("collecting_content").isdisjoint(attempt.content):
        return barred
    if attempt.purpose in law.names("permitted"):
        return Ruling("allow", "permitted", used=barred.used, values=barred.values)
    if attempt.purpose in law.names("doubtful"):
        return Ruling(
            "review", "doubtful_purpose", None, barred.retry_at, barred.used, barred.values
        )
    return barred


def _nations(notice: Notice, situation: Situation) -> frozenset[str]:
    """Where in the kingdom the protected person lives, as far as the facts tell."""
    owner = notice.by or (situation.debtor.id if situation.debtor is not None else None)
    person = next((each for each in situation.facts.parties if each.id == owner), None)
    told = {person.state if person is not None else None, situation.facts.state}
    return frozenset(nation for nation in told if nation is not None)
