"""Who else may be spoken to: nobody about the debt, others only to find the consumer."""

from __future__ import annotations

from carrears.conduct.facts import Consent, ContactEvent
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.consumers import is_attorney_here, is_consumer
from carrears.conduct.rules.scope import is_voluntary_payer
from carrears.conduct.situation import Situation, find_consents, may_have_begun

_AGREED = frozenset({"consent", "agreement"})
# Results by which a third person was not spoken or written to.
_UNHEARD = frozenset(
    {
        "busy",
        "not_in_service",
        "number_invalid",
        "no_answer",
        "rejected",
        "voicemail_no_message",
        "answered_dropped",
        "answered_other_person",
        "not_home",
    }
)


@logic(
    "consumer",
    "attorney",
    "consented",
    "gone",
    "unclear",
    "others_point",
    "volunteers",
    "court",
    "third_person",
    "nobody",
    location_purposes="names",
    public="names",
)
def consumer_only(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """A debt is spoken of with the consumer and his attorney, with nobody else.

    Who is asked where the consumer is belongs to the rule on location information.
    """
    attempt, party = situation.attempt, situation.party
    if not situation.is_contact or attempt.channel in law.names("public"):
        return None
    if party is None:
        return Ruling("review", "nobody", "block", used=("attempt.party",))
    used = (f"parties:{party.id}",)
    if is_attorney_here(situation):
        return Ruling("allow", "attorney", used=used)
    known = is_consumer(situation)
    if known is None:
        return Ruling("review", "unclear", "block", used=used)
    if known:
        return _judge_consumer(situation, used)
    if attempt.purpose in law.names("location_purposes"):
        return None
    if _direct_consents(situation):
        return Ruling("allow", "consented", used=("consents",))
    if is_voluntary_payer(situation):
        return Ruling("review", "volunteers", used=("consents",))
    if any(notice.kind == "court_order" for notice in situation.facts.notices):
        return Ruling("review", "court", used=("notices",))
    return Ruling("block", "third_person", used=used)


def _judge_consumer(situation: Situation, used: tuple[str, ...]) -> Ruling:
    """The right person, who can be dealt with, at a number or address of his own."""
    attempt, party = situation.attempt, situation.party
    if party is not None and (party.alive is False or party.capacity in {"none", "limited"}):
        return Ruling("review", "gone", "block", used=used)
    if attempt.contact_point is not None and situation.points[0].owner != attempt.party:
        return Ruling("review", "others_point", used=("attempt.contact_point",))
    return Ruling("allow", "consumer")


def _direct_consents(situation: Situation) -> list[Consent]:
    """The debtor's own consent, given to this collector, to speak with third persons."""
    return [
        consent
        for consent in find_consents(situation, "contact_third_party", "third_party_pays")
        if consent.kind in _AGREED
        and consent.by in situation.debtors
        and consent.to == situation.attempt.collector
    ]


@logic(
    "to_locate",
    "discloses",
    "doubtful_content",
    "postcard",
    "already_asked",
    "known",
    "attorney_known",
    "anonymous",
    "refused",
    location_purposes="names",
    allowed="names",
    doubtful="names",
    open="names",
)
def location_information(situation: Situation, law: Law) -> Ruling | None:
    """A third person may be asked once where the consumer is, without a word on the debt."""
    attempt, party = situation.attempt, situation.party
    if not situation.is_contact or party is None:
        return None
    if attempt.purpose not in law.names("location_purposes") or is_attorney_here(situation):
        return None
    if is_consumer(situation) is not False:
        return None
    content = frozenset(attempt.content)
    if against := _judge_words(situation, law, content) or _judge_need(situation):
        return against
    if content & law.names("doubtful"):
        return Ruling("review", "doubtful_content", used=("attempt.content",))
    return Ruling("allow", "to_locate")


def _judge_words(situation: Situation, law: Law, content: frozenset[str]) -> Ruling | None:
    attempt = situation.attempt
    if attempt.channel in law.names("open"):
        return Ruling("block", "postcard", used=("attempt.channel",))
    if content - law.names("allowed") - law.names("doubtful") or _shows_debt(situation):
        return Ruling("block", "discloses", used=("attempt.content",))
    if attempt.disclosures.caller_identity is False:
        return Ruling("block", "anonymous", used=("attempt.disclosures.caller_identity",))
    return None


def _judge_need(situation: Situation) -> Ruling | None:
    """Whether the question is superfluous, was put before, or is not wanted."""
    debtor = situation.debtor
    if _has_attorney(situation):
        return Ruling("block", "attorney_known", used=("representations",))
    if debtor is not None and debtor.whereabouts_known:
        return Ruling("block", "known", used=(f"parties:{debtor.id}",))
    if _has_refused(situation):
        return Ruling("block", "refused", used=("notices",))
    if asked := _asked_before(situation):
        return Ruling("block", "already_asked", used=(f"history:{asked.id}",))
    return None


def _shows_debt(situation: Situation) -> bool:
    told = situation.attempt.disclosures
    return told.debt_collector is True or told.sender_name_reveals_debt is True


def _has_attorney(situation: Situation) -> bool:
    """Whether an attorney of the debtor is known, who then answers instead."""
    wanted = set(situation.attempt.debts)
    return any(
        link.client in situation.debtors
        and (not link.debts or not wanted.isdisjoint(link.debts))
        and may_have_begun(link.known_since, situation)
        for link in situation.facts.representations
    )


def _has_refused(situation: Situation) -> bool:
    return any(
        notice.kind in {"refuse_contact", "cease"}
        and notice.by == situation.attempt.party
        and notice.status != "withdrawn"
        and may_have_begun(notice.received_at, situation)
        for notice in situation.facts.notices
    )


def _asked_before(situation: Situation) -> ContactEvent | None:
    """The last time this collector spoke to the person, unless the person asked him to again."""
    attempt = situation.attempt
    heard = [
        event
        for event in situation.facts.history
        if event.party == attempt.party
        and event.collector in {None, attempt.collector}
        and event.result not in _UNHEARD
    ]
    if not heard:
        return None
    last = max(heard, key=lambda event: event.moment)
    return last if last.direction == "out" else None
