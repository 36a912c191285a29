"""What counts as collecting, and who may be collected from."""

from __future__ import annotations

from carrears.conduct.facts import Debt
from carrears.conduct.rules.base import Law
from carrears.conduct.situation import Situation


def is_collection(situation: Situation, law: Law) -> bool:
    """Whether the attempt is 催收: after default, by its purpose or by what it says.

    Needs the parameters ``collection_purposes`` and ``collection_content``. An unknown
    purpose or an unknown default counts as collection.
    """
    attempt = situation.attempt
    if attempt.act not in {"contact", "repossess"}:
        return False
    if situation.debts and all(is_before_default(debt) for debt in situation.debts):
        return False
    purpose = attempt.purpose
    if purpose is None or purpose in law.names("collection_purposes"):
        return True
    return not law.names("collection_content").isdisjoint(attempt.content)


def is_before_default(debt: Debt) -> bool:
    """Whether the debt is known not to be in default."""
    return debt.in_default is False and not debt.days_overdue


def is_asking_for_money(situation: Situation, law: Law) -> bool:
    """Whether the attempt asks its party to pay.

    Needs ``collecting_purposes`` and ``collecting_content``; an unknown purpose asks.
    """
    attempt = situation.attempt
    if attempt.purpose is None or attempt.purpose in law.names("collecting_purposes"):
        return True
    return not law.names("collecting_content").isdisjoint(attempt.content)


def stands_in(situation: Situation) -> bool:
    """Whether the party acts for the debtor: attorney, estate's representative, guardian."""
    party, debtor = situation.party, situation.debtor
    if party is None or debtor is None:
        return False
    if party.role == "attorney":
        return any(
            link.attorney == party.id
            and link.client in situation.debtors
            and (not link.debts or set(situation.attempt.debts) <= set(link.debts))
            for link in situation.facts.representations
        )
    if party.role == "personal_representative":
        return debtor.alive is False
    if party.role == "legal_guardian":
        return debtor.capacity in {"limited", "none"} or debtor.minor is True
    return False


def is_outsider(situation: Situation) -> bool:
    """Whether the party neither owes nor answers for the debts, nor stands in for who does."""
    party = situation.party
    if party is None or situation.is_obligor or stands_in(situation):
        return False
    return party.role not in {"guarantor", "related_third_party"}


def is_voluntary_payer(situation: Situation) -> bool:
    """Whether the party came forward to pay, and the attempt only takes that up."""
    return situation.attempt.purpose == "accept_third_party_payment" and any(
        consent.scope == "third_party_pays"
        and consent.granted is not False
        and consent.revoked_at is None
        and consent.by == situation.attempt.party
        for consent in situation.facts.consents
    )


def is_customer(situation: Situation) -> bool:
    """Whether the party owes the debts, answers for them, or stands in for who owes them."""
    party = situation.party
    if party is None:
        return False
    if party.role == "guarantor":
        debts = party.guarantee.debts if party.guarantee is not None else ()
        return not debts or set(situation.attempt.debts) <= set(debts)
    return situation.is_obligor or stands_in(situation)


def is_beyond_dealing(situation: Situation) -> bool:
    """Whether the party contacted is known to be dead, incapable or under age."""
    party = situation.party
    return party is not None and (
        party.alive is False or party.capacity in {"none", "limited"} or party.minor is True
    )


def find_place(situation: Situation) -> str | None:
    """Where a visit goes: as told, else by the kind of the one address it may mean."""
    if situation.attempt.place is not None:
        return situation.attempt.place
    kinds = {point.kind for point in situation.points}
    if kinds == {"home_address"}:
        return "home"
    return "work" if kinds == {"work_address"} else None
