"""Who is meant by "consumer" (12 CFR 1006.6(a)), and the attorneys who speak for one."""

from __future__ import annotations

from carrears.conduct.facts import ContactEvent, Party, Representation
from carrears.conduct.situation import Situation

_SPOUSES = frozenset({"spouse", "surviving_spouse"})
_MAJORITY = 18


def is_consumer(situation: Situation) -> bool | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Whether the party counts as the consumer; None where the facts do not tell.

    That is who owes, a spouse, a minor's parent, a guardian, and who represents an estate.
    """
    party = situation.party
    if party is None:
        return None
    if situation.is_obligor or _guarantees(situation) or party.relation in _SPOUSES:
        return True
    debtor = situation.debtor
    if party.role == "legal_guardian" or party.relation == "guardian":
        return True
    if "personal_representative" in {party.role, party.relation}:
        return True if debtor is not None and debtor.alive is False else None
    if party.relation == "parent":
        return is_minor(debtor)
    if party.role == "related_third_party" and party.relation is None:
        return None
    return False


def _guarantees(situation: Situation) -> bool:
    """Whether the party answers for all these debts; a guarantee that names none is for all."""
    party = situation.party
    if party is None or party.role != "guarantor":
        return False
    debts = party.guarantee.debts if party.guarantee is not None else ()
    return not debts or set(situation.attempt.debts) <= set(debts)


def is_minor(person: Party | None) -> bool:
    """Whether the person is known to be under age."""
    if person is None:
        return False
    return person.minor is True or (person.age is not None and person.age < _MAJORITY)


def is_attorney_here(situation: Situation) -> bool:
    """Whether the party is the attorney of someone in these debts."""
    party = situation.party
    return (
        party is not None
        and party.role == "attorney"
        and any(
            link.attorney == party.id
            and (not link.debts or set(situation.attempt.debts) <= set(link.debts))
            for link in situation.facts.representations
        )
    )


def attorneys_of(situation: Situation) -> tuple[Representation, ...]:
    """Who represents the party contacted, or the debtor through whom it is the consumer."""
    party = situation.party
    if party is None or not situation.facts.representations or is_attorney_here(situation):
        return ()
    clients = {party.id}
    if not situation.is_obligor and party.role != "guarantor":
        clients |= situation.debtors
    return tuple(link for link in situation.facts.representations if link.client in clients)


def speaks_for(name: str | None, situation: Situation) -> bool:
    """Whether what ``name`` asked or declared holds for the party contacted.

    A spouse or guardian is contacted for the debtor, so the debtor's word holds for them too.
    """
    party = situation.party
    if name is None or party is None or name == party.id:
        return True
    acting = {link.attorney for link in situation.facts.representations if link.client == party.id}
    own = situation.is_obligor or party.role == "guarantor"
    return name in acting or (not own and name in situation.debtors)


def find_answered(situation: Situation) -> ContactEvent | None:
    """The party's own message that the attempt answers, once, by the same medium."""
    attempt = situation.attempt
    if attempt.reply_to is None:
        return None
    theirs = [
        event
        for event in situation.facts.history
        if event.channel == attempt.channel and event.party == attempt.party
    ]
    asked = next(
        (each for each in theirs if each.id == attempt.reply_to and each.direction == "in"), None
    )
    # Whatever went out since then by this medium was the one answer.
    answered = any(
        event.direction == "out" and asked is not None and event.moment >= asked.moment
        for event in theirs
    )
    return None if answered else asked
