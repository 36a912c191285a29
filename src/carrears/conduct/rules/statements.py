"""What is said of power, law and money, and whether it is true."""

from __future__ import annotations

from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.content import find_falsehood
from carrears.conduct.rules.mandate import mandate
from carrears.conduct.rules.scope import is_asking_for_money
from carrears.conduct.rules.vehicle import has_court_order
from carrears.conduct.situation import Situation


@logic("clean", "forbidden", content="names")
def no_such_content(situation: Situation, law: Law) -> Ruling | None:
    """A list of things that no contact may say or show."""
    if not situation.is_contact:
        return None
    said = sorted(law.names("content").intersection(situation.attempt.content))
    used = ("attempt.content",)
    if said:
        return Ruling("block", "forbidden", used=used, values={"words": ", ".join(said)})
    return Ruling("allow", "clean", used=used)


@logic(
    "truthful",
    "misleading",
    "false_identity",
    "false_claim",
    "overstated",
    "no_power",
    "power_unknown",
    "no_authority",
    "guarantee_not_due",
    "time_barred",
    "doubtful",
    content="names",
    doubtful="names",
    collecting_purposes="names",
    collecting_content="names",
)
def true_authority(situation: Situation, law: Law) -> Ruling | None:
    """No false authority, no action that cannot or will not be taken, no untrue sum."""
    if situation.attempt.act not in {"contact", "repossess"}:
        return None
    return _judge_words(situation, law) or _judge_standing(situation, law)


def _judge_words(situation: Situation, law: Law) -> Ruling | None:
    content = frozenset(situation.attempt.content)
    used = ("attempt.content",)
    if said := sorted(law.names("content") & content):
        return Ruling("block", "misleading", used=used, values={"words": ", ".join(said)})
    if reason := find_falsehood(situation):
        return Ruling("block", reason, used=(*used, "attempt.stated_amount"))
    if "threat_of_suit" in content and _is_time_barred(situation):
        return Ruling("block", "no_power", used=(*used, "debts"))
    if "threat_of_repossession" in content:
        return _judge_repossession(situation)
    return None


def _judge_repossession(situation: Situation) -> Ruling | None:
    """Whether taking the car is threatened without the power to take it."""
    used = ("attempt.content", "debts")
    if has_court_order(situation):
        return None
    if any(
        "protected_goods" in debt.flags
        or debt.right_to_possess is False
        or debt.secured_by == "none"
        for debt in situation.debts
    ):
        return Ruling("block", "no_power", used=used)
    if all(debt.right_to_possess is True for debt in situation.debts):
        return None
    return Ruling("review", "power_unknown", used=used)


def _judge_standing(situation: Situation, law: Law) -> Ruling:
    """Who acts, and whether the money may be asked for at all."""
    party = situation.party
    authority = mandate.judge(situation, law)
    if authority is not None and authority.outcome != "allow":
        return Ruling("review", "no_authority", "block", authority.retry_at, authority.used)
    if is_asking_for_money(situation, law):
        if _is_time_barred(situation):
            return Ruling("review", "time_barred", used=("debts",))
        guarantee = party.guarantee if party is not None and party.role == "guarantor" else None
        if guarantee is not None and guarantee.due is False:
            return Ruling("review", "guarantee_not_due", used=("attempt.party",))
    doubtful = sorted(law.names("doubtful").intersection(situation.attempt.content))
    if doubtful:
        used = ("attempt.content",)
        return Ruling("review", "doubtful", used=used, values={"words": ", ".join(doubtful)})
    return Ruling("allow", "truthful")


def _is_time_barred(situation: Situation) -> bool:
    return any("time_barred" in debt.flags for debt in situation.debts)
