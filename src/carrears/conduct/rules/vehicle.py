"""Taking back the car, and what may be done with it."""

from __future__ import annotations

from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.situation import (
    Situation,
    find_consents,
    given_by,
    is_over,
    is_past,
)

_FORCE = frozenset({"use_force", "intimidate", "follow_person", "enter_dwelling"})


@logic("handed_over", "by_court", "no_basis", "unsigned", "no_security", "title", "settled_price")
def realise_security(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """A mortgaged car is taken by agreement or by the court; title never passes by default."""
    del law
    act = situation.attempt.act
    if act == "transfer_title":
        return _judge_title(situation)
    if act != "repossess":
        return None
    if any(debt.secured_by == "none" for debt in situation.debts):
        return Ruling("block", "no_security", used=("debts",))
    if has_court_order(situation):
        return Ruling("allow", "by_court", used=("notices",))
    agrees = situation.attempt.party_agrees_now
    if agrees is False:
        return Ruling("block", "no_basis", used=("attempt.party_agrees_now",))
    agreed = _agreements(situation, "surrender_vehicle", "creditor_self_sale")
    if agreed and agrees:
        return Ruling("allow", "handed_over", used=("consents",))
    if agreed or agrees:
        return Ruling("review", "unsigned", used=("consents", "attempt.party_agrees_now"))
    return Ruling("block", "no_basis", used=("consents",))


def _judge_title(situation: Situation) -> Ruling:
    if has_court_order(situation):
        return Ruling("allow", "by_court", used=("notices",))
    agreed = _agreements(situation, "surrender_vehicle") and situation.attempt.party_agrees_now
    if agreed and not _agreements(situation, "title_on_default"):
        return Ruling("review", "settled_price", used=("consents",))
    return Ruling("block", "title", used=("consents",))


@logic("peaceful", "forced")
def self_sale(situation: Situation, law: Law) -> Ruling | None:
    """A clause that the creditor may sell the car gives no right to take it by force."""
    del law
    attempt = situation.attempt
    if attempt.act != "repossess" or not _agreements(situation, "creditor_self_sale"):
        return None
    if attempt.party_agrees_now is False or not _FORCE.isdisjoint(attempt.conduct):
        used = ("attempt.conduct", "attempt.party_agrees_now")
        return Ruling("block", "forced", used=used)
    return Ruling("allow", "peaceful")


@logic("not_claimed", "self_help")
def self_help(situation: Situation, law: Law) -> Ruling | None:
    """Ordinary arrears never justify helping oneself."""
    del law
    if situation.attempt.act not in {"repossess", "transfer_title"}:
        return None
    if situation.attempt.claimed_basis == "self_help":
        return Ruling("block", "self_help", used=("attempt.claimed_basis",))
    return Ruling("allow", "not_claimed")


def _agreements(situation: Situation, *scopes: str) -> bool:
    return any(
        consent.kind in {"consent", "agreement"} and given_by(consent, situation.debtors)
        for consent in find_consents(situation, *scopes)
    )


def has_court_order(situation: Situation) -> bool:
    """A court order on record and in effect, for an attempt that claims no other basis."""
    return situation.attempt.claimed_basis in {None, "court_order"} and any(
        notice.kind == "court_order"
        and notice.status not in {"withdrawn", "dismissed", "discharged"}
        and is_past(notice.received_at, situation)
        and is_past(notice.starts_on, situation)
        and not is_over(notice.ends_on, situation)
        and (not notice.debts or set(situation.attempt.debts) <= set(notice.debts))
        for notice in situation.facts.notices
    )
