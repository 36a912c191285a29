"""A debt stays between the firm and who owes it."""

from __future__ import annotations

from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.persons import find_refusal
from carrears.conduct.rules.scope import (
    is_asking_for_money,
    is_customer,
    is_voluntary_payer,
    stands_in,
)
from carrears.conduct.situation import Situation, find_consents, given_by


@logic(
    "customer",
    "acts_for",
    "discreet",
    "disclosed",
    "authorised",
    "volunteers",
    "refused",
    "other_purpose",
    disclosures="names",
    neutral_purposes="names",
    collecting_purposes="names",
    collecting_content="names",
)
def third_party_privacy(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Nobody but the customer, and who acts for him, is told of the debt or asked to pay."""
    if not situation.is_contact:
        return None
    used: tuple[str, ...] = ("attempt.party", "attempt.purpose", "attempt.content")
    if is_customer(situation):
        return Ruling("allow", "acts_for" if stands_in(situation) else "customer", used=used[:1])
    if find_refusal(situation):
        return Ruling("block", "refused", used=("notices",))
    told = not law.names("disclosures").isdisjoint(situation.attempt.content)
    if is_voluntary_payer(situation) and not told:
        return Ruling("review", "volunteers", used=("consents",))
    if told or is_asking_for_money(situation, law):
        if _debtor_allows(situation):
            return Ruling("review", "authorised", used=("consents",))
        return Ruling("block", "disclosed", used=used)
    if situation.attempt.purpose in law.names("neutral_purposes"):
        return Ruling("allow", "discreet", used=used)
    return Ruling("review", "other_purpose", used=used)


def _debtor_allows(situation: Situation) -> bool:
    return any(
        consent.kind in {"consent", "agreement"} and given_by(consent, situation.debtors)
        for consent in find_consents(situation, "contact_third_party")
    )


@logic(
    "discreet",
    "public",
    "open_to_view",
    "left_open",
    "unaddressed",
    "unmarked",
    "revealing",
    "others_point",
    public="names",
    open_to_view="names",
    left="names",
    posted="names",
    disclosures="names",
    collecting_purposes="names",
    collecting_content="names",
)
def no_exposure(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Nothing embarrasses in public, and third parties do not come to know of the debt."""
    attempt = situation.attempt
    if not situation.is_contact:
        return None
    told = not law.names("disclosures").isdisjoint(attempt.content)
    shows = told or is_asking_for_money(situation, law)
    used: tuple[str, ...] = ("attempt.channel", "attempt.content")
    if attempt.channel in law.names("public"):
        return Ruling("block", "public", used=used[:1])
    if attempt.channel in law.names("open_to_view") and shows:
        return Ruling("block", "open_to_view", used=used)
    if attempt.channel in law.names("left") and told:
        return Ruling("block", "left_open", used=used)
    marks = attempt.disclosures
    if marks.sender_name_reveals_debt is True:
        return Ruling("block", "revealing", used=("attempt.disclosures.sender_name_reveals_debt",))
    if attempt.channel in law.names("posted"):
        if marks.addressed_by_name is False:
            return Ruling("block", "unaddressed", used=("attempt.disclosures.addressed_by_name",))
        if marks.private_marking is False:
            return Ruling("block", "unmarked", used=("attempt.disclosures.private_marking",))
    if shows and any(point.owner != attempt.party for point in situation.points):
        return Ruling("review", "others_point", used=("attempt.contact_point",))
    return Ruling("allow", "discreet", used=used)


@logic(
    "identified",
    "nothing_told",
    "occupier",
    "unidentified",
    "identity_unknown",
    "gone",
    spoken="names",
    posted="names",
    disclosures="names",
    collecting_purposes="names",
    collecting_content="names",
)
def identity_first(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Who is not known to be the customer is told nothing of the debt."""
    attempt = situation.attempt
    if not situation.is_contact:
        return None
    told = not law.names("disclosures").isdisjoint(attempt.content)
    if not told and not is_asking_for_money(situation, law):
        return Ruling("allow", "nothing_told", used=("attempt.content",))
    named = attempt.disclosures.addressed_by_name
    if attempt.addressee == "occupier" or (
        attempt.channel in law.names("posted") and named is False
    ):
        return Ruling("block", "occupier", used=("attempt.addressee",))
    if situation.party is not None and situation.party.alive is False:
        return Ruling("review", "gone", "block", used=("attempt.party",))
    verified = attempt.disclosures.identity_verified
    used = ("attempt.disclosures.identity_verified",)
    if verified is False:
        return Ruling("block", "unidentified", used=used)
    if verified is None and told and attempt.channel in law.names("spoken"):
        return Ruling("review", "identity_unknown", used=used)
    return Ruling("allow", "identified", used=used)
