"""Who may be spoken to, and about what."""

from __future__ import annotations

from carrears.conduct.facts import Consent, Guarantee, Notice
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.scope import (
    is_asking_for_money,
    is_outsider,
    is_voluntary_payer,
    stands_in,
)
from carrears.conduct.rules.unreachable import unreachable_from
from carrears.conduct.situation import Situation, is_possibly_past, label, may_have_begun
from carrears.conduct.windows import next_day

_OUTSIDERS = frozenset({"contact_person", "third_party"})
_MESSAGES = ("sms", "im", "email")
# Consents to be contacted at all, with the channels they mean when they name none.
_CHANNELS_OF = {
    "electronic_message": _MESSAGES,
    "contact_third_party": (*_MESSAGES, "call", "voicemail", "letter", "visit", "social_private"),
}


@logic(
    "obligor",
    "not_obligor",
    "guarantor_liable",
    "guarantor_not_yet",
    "guarantor_unclear",
    "debtor_gone",
    collecting_purposes="names",
    collecting_content="names",
)
def collect_from_obligor(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Money is asked for from the debtor and from who answers for the debt, nobody else."""
    party = situation.party
    if not situation.is_contact or not is_asking_for_money(situation, law):
        return None
    if is_voluntary_payer(situation):
        return None
    if party is None:
        return Ruling("block", "not_obligor", used=("attempt.party",))
    used = (f"parties:{party.id}",)
    if situation.is_obligor:
        gone = party.alive is False or party.capacity in {"none", "limited"}
        if gone:
            return Ruling("review", "debtor_gone", "block", used=used)
        return Ruling("allow", "obligor", used=used)
    if stands_in(situation):
        return Ruling("allow", "obligor", used=used)
    if party.role == "guarantor":
        return _judge_guarantor(party.guarantee, situation, used)
    if party.role == "related_third_party":
        return None  # the rule on related persons speaks of them
    return Ruling("block", "not_obligor", used=used)


def _judge_guarantor(
    guarantee: Guarantee | None, situation: Situation, used: tuple[str, ...]
) -> Ruling:
    if guarantee is None:
        return Ruling("review", "guarantor_unclear", used=used)
    if guarantee.debts and not set(situation.attempt.debts) <= set(guarantee.debts):
        return Ruling("block", "not_obligor", used=used)
    sued_first = True if guarantee.kind == "joint" else guarantee.debtor_sued_first
    if guarantee.due is False or sued_first is False:
        return Ruling("block", "guarantor_not_yet", used=used)
    if guarantee.due and sued_first:
        return Ruling("allow", "guarantor_liable", used=used)
    return Ruling("review", "guarantor_unclear", used=used)


@logic(
    "permitted",
    "refused",
    "discloses",
    "purpose",
    "reachable",
    "volunteers",
    "asks_for_money",
    "related",
    grounds="names",
    purposes="names",
    disclosures="names",
    volunteer_content="names",
    collecting_purposes="names",
    collecting_content="names",
    dials="count",
    days="count",
)
def third_persons(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Contact persons and strangers: only to find the debtor, never about the debt.

    ``grounds`` are pairs of a role and a state of the debtor, such as
    ``contact_person:unreachable``; roles that no ground names are none of the rule's business.
    """
    party = situation.party
    if not situation.is_contact or party is None:
        return None
    roles = {ground.partition(":")[0] for ground in law.names("grounds")}
    role = _role(situation)
    if role not in roles:
        return None
    if role == "related_third_party":
        return _judge_related(situation, law)
    if refusal := find_refusal(situation):
        used = (label("notices", situation.facts.notices, refusal),)
        return Ruling("block", "refused", used=used)
    content = frozenset(situation.attempt.content)
    if is_voluntary_payer(situation):
        told = content & law.names("disclosures") - law.names("volunteer_content")
        return Ruling("block", "discloses") if told else Ruling("allow", "volunteers")
    if is_asking_for_money(situation, law):
        return Ruling("block", "asks_for_money", used=("attempt.purpose",))
    if content & law.names("disclosures"):
        return Ruling("block", "discloses", used=("attempt.content",))
    if situation.attempt.purpose not in law.names("purposes"):
        return Ruling("block", "purpose", used=("attempt.purpose",))
    return _judge_ground(situation, law, role)


def _judge_ground(situation: Situation, law: Law, role: str) -> Ruling:
    debtor = situation.debtor
    grounds = law.names("grounds")
    used = (f"parties:{debtor.id}",) if debtor is not None else ()
    if debtor is not None and debtor.alive is False and f"{role}:dead" in grounds:
        return Ruling("allow", "permitted", used=used)
    incapable = debtor is not None and debtor.capacity in {"none", "limited"}
    if incapable and f"{role}:incapable" in grounds:
        return Ruling("allow", "permitted", used=used)
    start = unreachable_from(situation, dials=law.number("dials"), days=law.number("days"))
    if start is None or f"{role}:unreachable" not in grounds:
        return Ruling("block", "reachable", used=used)
    today = min(situation.days)
    if start <= today:
        return Ruling("allow", "permitted", used=used)
    today, zone = situation.days[0], situation.zones[0]
    retry = next_day(today, zone, days=(start - today).days)
    return Ruling("block", "reachable", retry_at=retry, used=used)


def _judge_related(situation: Situation, law: Law) -> Ruling:
    """Spouses and the like: whether they belong to the debt is for a person to find."""
    if find_refusal(situation):
        return Ruling("block", "refused")
    told = frozenset(situation.attempt.content) & law.names("disclosures")
    if told or is_asking_for_money(situation, law):
        if any(debt.funds_use == "business" for debt in situation.debts):
            return Ruling("block", "asks_for_money", used=("debts", "attempt.party"))
        return Ruling("review", "related", used=("attempt.party",))
    if _judge_ground(situation, law, "related_third_party").outcome == "allow":
        return Ruling("allow", "permitted")
    return Ruling("review", "related", used=("attempt.party",))


def _role(situation: Situation) -> str:
    party = situation.party
    if party is None or situation.is_obligor:
        return "debtor"
    if is_outsider(situation):
        return party.role if party.role in _OUTSIDERS else "third_party"
    return party.role


@logic(
    "listed",
    "listed_in",
    "refused",
    "withdrawn",
    "no_basis",
    "based",
    disclosures="names",
    volunteer_content="names",
    collecting_purposes="names",
    collecting_content="names",
)
def personal_basis(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Contact needs a basis in data protection: none for strangers to the loan or after a no."""
    if not situation.is_contact:
        return None
    if listed := judge_list(situation):
        return listed
    if _may_refuse(situation) and (refusal := find_refusal(situation)):
        used = (label("notices", situation.facts.notices, refusal),)
        return Ruling("block", "refused", used=used)
    if withdrawn := find_express_no(situation):
        return Ruling("block", "withdrawn", used=withdrawn)
    if is_outsider(situation):
        told = frozenset(situation.attempt.content) & law.names("disclosures")
        if is_voluntary_payer(situation):
            told -= law.names("volunteer_content")
            return Ruling("block", "no_basis") if told else Ruling("allow", "based")
        if told or is_asking_for_money(situation, law):
            return Ruling("block", "no_basis", used=("attempt.party", "attempt.content"))
    return Ruling("allow", "based")


def _may_refuse(situation: Situation) -> bool:
    """Whoever owes, or answers for the debt, cannot end the creditor's demand by a no."""
    party = situation.party
    return is_outsider(situation) or (party is not None and party.role == "related_third_party")


def judge_list(situation: Situation) -> Ruling | None:
    """Whether the do-not-contact list holds the person or the point, reason ``listed``.

    Or ``listed_in``, where it is a list that somebody else keeps, which is named.
    """
    if not situation.facts.do_not_contact:
        return None
    points = {point.id for point in situation.points} | {situation.attempt.contact_point}
    for entry in situation.facts.do_not_contact:
        named = entry.party is not None and entry.party == situation.attempt.party
        named = named or (entry.contact_point is not None and entry.contact_point in points)
        if not named or (entry.channels and situation.attempt.channel not in entry.channels):
            continue
        first, last = max(situation.days), min(situation.days)
        if entry.from_on is not None and first < entry.from_on:
            continue
        if entry.until_on is not None and last > entry.until_on:
            continue
        retry = None
        if entry.until_on is not None:
            today, zone = situation.days[0], situation.zones[0]
            days = (entry.until_on - today).days + 1
            retry = next_day(today, zone, days=max(days, 1))
        used = (label("do_not_contact", situation.facts.do_not_contact, entry),)
        if entry.listed_in is None:
            return Ruling("block", "listed", retry_at=retry, used=used)
        told = {"list": entry.listed_in}
        return Ruling("block", "listed_in", retry_at=retry, used=used, values=told)
    return None


def find_refusal(situation: Situation) -> Notice | None:
    """The party's own refusal to be contacted; only the party itself can take it back."""
    for notice in situation.facts.notices:
        if (
            notice.kind == "refuse_contact"
            and notice.by == situation.attempt.party
            and notice.status != "withdrawn"
            and may_have_begun(notice.received_at, situation)
        ):
            return notice
    return None


def find_express_no(situation: Situation) -> tuple[str, ...]:
    """What the party's last word on being contacted by this channel refuses or withdraws."""
    attempt = situation.attempt
    consents = [
        consent
        for consent in situation.facts.consents
        if consent.scope in _CHANNELS_OF
        and consent.by == attempt.party
        and attempt.channel in (consent.channels or _CHANNELS_OF.get(consent.scope, ()))
    ]
    refusals = [each for each in consents if not _stands(each, situation)]
    if not refusals:
        return ()
    last = max((_order(each) for each in consents if _stands(each, situation)), default=None)
    standing = [each for each in refusals if last is None or _order(each) >= last]
    return tuple(label("consents", situation.facts.consents, each) for each in standing)


def _stands(consent: Consent, situation: Situation) -> bool:
    return consent.granted is not False and not is_possibly_past(consent.revoked_at, situation)


def _order(consent: Consent) -> str:
    """When it was last said, so that the later word counts; a no without a time is the last."""
    if consent.granted is False:
        return consent.given_at.isoformat() if consent.given_at else "9999"
    said = consent.revoked_at or consent.given_at
    return said.isoformat() if said else ""
