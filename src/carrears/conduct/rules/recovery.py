"""Recovery of overdue loans: the hours of calls, and no harassment of anybody."""

from __future__ import annotations

from datetime import date

from carrears.conduct.rules.base import Law, Ruling, Unit, logic
from carrears.conduct.rules.clocks import retry_at_edges, show_local
from carrears.conduct.rules.content import enters_without_consent, find_falsehood
from carrears.conduct.rules.mandate import mandate
from carrears.conduct.rules.persons import find_refusal
from carrears.conduct.rules.scope import (
    is_asking_for_money,
    is_beyond_dealing,
    is_collection,
    is_customer,
    is_voluntary_payer,
)
from carrears.conduct.situation import Situation
from carrears.conduct.windows import minutes_until, next_day

_ENTRIES = frozenset({"enter_dwelling", "enter_workplace"})
_HOURS = ("open", "closed", "other_channel", "not_recovery")
_HOURS_NEED: dict[str, Unit] = {
    "closed": "window",
    "calls": "names",
    "untimed": "names",
    "collection_purposes": "names",
    "collection_content": "names",
}
_CONDUCT = (
    "clean",
    "forbidden_content",
    "forbidden_conduct",
    "humiliates",
    "false_identity",
    "false_claim",
    "overstated",
    "entered",
    "anonymous",
    "intrudes",
    "asks_after_borrower",
    "refused",
    "guarantee_not_due",
    "gone",
    "persistent",
    "doubtful",
    "possession",
)
_CONDUCT_NEED: dict[str, Unit] = {
    "content": "names",
    "conduct": "names",
    "doubtful": "names",
    "public": "names",
    "open_to_view": "names",
    "disclosures": "names",
    "often": "count",
    "collecting_purposes": "names",
    "collecting_content": "names",
}


@logic(*_HOURS, **_HOURS_NEED)
def recovery_hours(situation: Situation, law: Law) -> Ruling | None:
    """Calls to recover overdue loans, other than microfinance, stay inside the hours."""
    return None if _is_microfinance(situation) else judge_hours(situation, law)


@logic(*_CONDUCT, **_CONDUCT_NEED)
def no_harassment(situation: Situation, law: Law) -> Ruling | None:
    """No intimidation, humiliation, intrusion or untruth, whoever is spoken to."""
    return None if _is_microfinance(situation) else _judge_conduct(situation, law)


@logic(*_HOURS, *_CONDUCT, **_HOURS_NEED, **_CONDUCT_NEED)
def microfinance_recovery(situation: Situation, law: Law) -> Ruling | None:
    """The hours and the list of harsh methods for microfinance loans."""
    if not any(debt.kind == "microfinance" for debt in situation.debts):
        return None
    rulings = (judge_hours(situation, law), _judge_conduct(situation, law))
    said = [ruling for ruling in rulings if ruling is not None]
    against = [ruling for ruling in said if ruling.outcome != "allow"]
    blocks = [ruling for ruling in against if ruling.outcome == "block"]
    return next(iter(blocks or against or said), None)


@logic("own_debt", "mandated", "no_mandate", "no_leave", "not_yet")
def mandated_contact(situation: Situation, law: Law) -> Ruling | None:
    """Who recovers without being the creditor acts under a mandate in force."""
    if situation.attempt.act not in {"contact", "repossess"}:
        return None
    return mandate.judge(situation, law)


def judge_hours(situation: Situation, law: Law) -> Ruling | None:
    """The hours; letters have none, and channels that no rule names go to a person."""
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel in law.names("untimed"):
        return None
    closed = law.window("closed")
    values = {"from_": closed.end, "to": closed.start, "local": show_local(situation)}
    if not any(closed.holds(local) for local in situation.locals):
        left = minutes_until(closed.start, situation.locals)
        return Ruling("allow", "open", values=values, minutes_left=left)
    if not is_collection(situation, law):
        return Ruling("not_applicable", "not_recovery", values=values)
    retry = retry_at_edges(situation, (closed,))
    if attempt.channel is None or attempt.channel in law.names("calls"):
        return Ruling("block", "closed", retry_at=retry, values=values)
    return Ruling("not_applicable", "other_channel", retry_at=retry, values=values)


def _is_microfinance(situation: Situation) -> bool:
    """Whether all debts are microfinance loans, which have directions of their own."""
    return bool(situation.debts) and all(debt.kind == "microfinance" for debt in situation.debts)


def _judge_conduct(situation: Situation, law: Law) -> Ruling | None:
    attempt = situation.attempt
    if attempt.act not in {"contact", "repossess"}:
        return None
    ruling = _judge_acts(situation, law)
    if ruling is not None:
        return ruling
    if attempt.act == "repossess":
        return Ruling("review", "possession", used=("attempt.act",))
    frequency = _judge_frequency(situation, law)
    person = _judge_person(situation, law)
    if person is not None or frequency.outcome != "allow":
        return person or frequency
    doubtful = sorted(law.names("doubtful").intersection(attempt.content))
    if doubtful:
        used = ("attempt.content",)
        return Ruling("review", "doubtful", used=used, values={"words": ", ".join(doubtful)})
    return frequency


def _judge_acts(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """What is said and done, whoever it is said or done to."""
    attempt = situation.attempt
    said = sorted(law.names("content").intersection(attempt.content))
    done = sorted(law.names("conduct").intersection(attempt.conduct))
    if said:
        used = ("attempt.content",)
        return Ruling("block", "forbidden_content", used=used, values={"words": ", ".join(said)})
    if done:
        used = ("attempt.conduct",)
        return Ruling("block", "forbidden_conduct", used=used, values={"words": ", ".join(done)})
    if reason := find_falsehood(situation):
        return Ruling("block", reason, used=("attempt.content", "attempt.stated_amount"))
    if enters_without_consent(situation, _ENTRIES):
        return Ruling("block", "entered", used=("attempt.conduct",))
    if attempt.channel in law.names("public"):
        return Ruling("block", "humiliates", used=("attempt.channel",))
    asks = is_asking_for_money(situation, law)
    shows = asks or not law.names("disclosures").isdisjoint(attempt.content)
    if attempt.channel in law.names("open_to_view") and shows:
        return Ruling("block", "humiliates", used=("attempt.channel", "attempt.content"))
    told = attempt.disclosures
    if attempt.sender == "withheld" or told.caller_identity is False or told.institution is False:
        return Ruling("block", "anonymous", used=("attempt.sender", "attempt.disclosures"))
    return None


def _judge_person(situation: Situation, law: Law) -> Ruling | None:
    """Relatives, friends and referees are left out of it."""
    attempt = situation.attempt
    used: tuple[str, ...] = ("attempt.party", "attempt.purpose", "attempt.content")
    if is_customer(situation):
        if is_beyond_dealing(situation) and is_asking_for_money(situation, law):
            return Ruling("review", "gone", "block", used=("attempt.party",))
        return _judge_guarantee(situation, law)
    if find_refusal(situation):
        return Ruling("block", "refused", used=("notices",))
    told = not law.names("disclosures").isdisjoint(attempt.content)
    if is_voluntary_payer(situation):
        return Ruling("review", "asks_after_borrower", used=used)
    if told or is_asking_for_money(situation, law):
        return Ruling("block", "intrudes", used=used)
    return Ruling("review", "asks_after_borrower", used=used)


def _judge_guarantee(situation: Situation, law: Law) -> Ruling | None:
    """Whether money is asked from a guarantor who need not pay yet."""
    party = situation.party
    guarantee = party.guarantee if party is not None and party.role == "guarantor" else None
    if guarantee is None or guarantee.due is not False or not is_asking_for_money(situation, law):
        return None
    return Ruling("review", "guarantee_not_due", used=("attempt.party",))


def _judge_frequency(situation: Situation, law: Law) -> Ruling:
    """Calls of one day to one person that begin to look persistent."""
    often = law.number("often")
    if situation.attempt.channel != "call":
        return Ruling("allow", "clean", values={"count": 0, "often": often})
    found: list[tuple[int, str, date]] = []
    for day, zone in zip(situation.days, situation.zones, strict=True):
        calls = [
            event
            for event in situation.events_on_day(zone)
            if event.channel == "call" and event.party == situation.attempt.party
        ]
        found.append((len(calls), zone, day))
    count, zone, day = max(found, key=lambda each: each[0])
    values = {"count": count, "often": often}
    if count < often:
        return Ruling("allow", "clean", values=values)
    retry = next_day(day, zone)
    return Ruling("review", "persistent", retry_at=retry, used=("history",), values=values)
