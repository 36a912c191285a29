"""Visits to a customer: announced, explained, welcome, and not to who is vulnerable."""

from __future__ import annotations

from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.content import enters_without_consent
from carrears.conduct.rules.scope import find_place
from carrears.conduct.situation import Situation, find_consents

_ENTRIES = frozenset({"enter_dwelling", "enter_workplace"})


@logic(
    "proper",
    "welcomed",
    "threatens",
    "stays",
    "entered",
    "vulnerable",
    "place",
    "place_unknown",
    "unexplained",
    "unannounced",
    "notice_unknown",
    threats="names",
)
def considerate_visit(situation: Situation, law: Law) -> Ruling | None:
    """How staff act counts when goods are taken as well; the rest only for visits."""
    attempt = situation.attempt
    if attempt.channel != "visit" and attempt.act != "repossess":
        return None
    acts = _judge_acts(situation, law)
    if acts is not None or attempt.channel != "visit":
        return acts
    return _judge_place(situation) or _judge_notice(situation)


def _judge_acts(situation: Situation, law: Law) -> Ruling | None:
    attempt, party = situation.attempt, situation.party
    done = sorted(law.names("threats").intersection(attempt.conduct))
    used: tuple[str, ...] = ("attempt.conduct",)
    if done:
        return Ruling("block", "threatens", used=used, values={"words": ", ".join(done)})
    if "stay_after_told_to_leave" in attempt.conduct:
        return Ruling("block", "stays", used=used)
    if enters_without_consent(situation, _ENTRIES):
        return Ruling("block", "entered", used=used)
    if party is not None and party.vulnerability in {"suspected", "confirmed"}:
        return Ruling("block", "vulnerable", used=("attempt.party",))
    return None


def _judge_place(situation: Situation) -> Ruling | None:
    """Only at home, unless the customer expressly agreed to another place."""
    place, used = find_place(situation), ("attempt.place",)
    if place == "home" or situation.attempt.party_agrees_now is True or _agreed(situation):
        return None
    if place is None:
        return Ruling("review", "place_unknown", used=used)
    return Ruling("block", "place", used=used)


def _agreed(situation: Situation) -> bool:
    return any(
        consent.by == situation.attempt.party and consent.kind in {"consent", "agreement"}
        for consent in find_consents(situation, "enter_premises")
    )


def _judge_notice(situation: Situation) -> Ruling:
    """Purpose and time are told before; at a first visit the customer may be happy to speak."""
    attempt = situation.attempt
    told = attempt.disclosures
    used = ("attempt.disclosures.visit_purpose", "attempt.disclosures.visit_notice")
    if told.visit_purpose is True and told.visit_notice is True:
        return Ruling("allow", "proper", used=used)
    if attempt.party_agrees_now is True and _is_first(situation):
        return Ruling("allow", "welcomed", used=("attempt.party_agrees_now",))
    if told.visit_purpose is False:
        return Ruling("block", "unexplained", used=used)
    if told.visit_notice is False:
        return Ruling("block", "unannounced", used=used)
    return Ruling("review", "notice_unknown", used=used)


def _is_first(situation: Situation) -> bool:
    if situation.attempt.initial is not None:
        return situation.attempt.initial
    return not any(
        event.channel == "visit" and event.party == situation.attempt.party
        for event in situation.facts.history
    )
