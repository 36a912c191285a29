"""What a debt collector never says or does, and what he always says (15 USC 1692d to 1692f)."""

from __future__ import annotations

from datetime import timedelta

from carrears.conduct.facts import Debt
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.consumers import is_attorney_here, is_consumer
from carrears.conduct.rules.content import find_falsehood
from carrears.conduct.situation import Situation, find_consents
from carrears.conduct.windows import next_day

_TWO_DAYS = timedelta(days=2)
_ACTS = frozenset({"contact", "repossess"})
_CALLS = frozenset({"call", "voicemail"})
_MACHINES = frozenset({"ai", "prerecorded"})
_LANDLINES = frozenset({"home_landline", "work_landline"})
_AGREED = frozenset({"consent", "agreement", "standard_clause"})


@logic(
    "clean",
    "harassing",
    "many_messages",
    "doubtful",
    content="names",
    conduct="names",
    doubtful="names",
    texts="names",
    texts_per_day="count",
)
def no_oppression(situation: Situation, law: Law) -> Ruling | None:
    """Threats, abuse and hounding by any medium; many texts in a day go to a person."""
    attempt = situation.attempt
    if attempt.act not in _ACTS:
        return None
    found = sorted(law.names("content").intersection(attempt.content))
    found += sorted(law.names("conduct").intersection(attempt.conduct))
    if found:
        values = {"words": "、".join(found)}
        return Ruling(
            "block", "harassing", used=("attempt.content", "attempt.conduct"), values=values
        )
    most = law.number("texts_per_day")
    # Fewer of late than would be many in a day: no calendar need be asked.
    if attempt.channel in law.names("texts") and _count_texts_lately(situation, law) >= most:
        sent = _most_texts(situation, law)
        if len(sent) >= most:
            used = tuple(f"history:{name}" for name in sent)
            retry = next_day(situation.days[0], situation.zones[0])
            return Ruling("review", "many_messages", None, retry, used)
    doubtful = sorted(law.names("doubtful").intersection(attempt.content))
    if doubtful:
        values = {"words": "、".join(doubtful)}
        return Ruling("review", "doubtful", used=("attempt.content",), values=values)
    return Ruling("allow", "clean")


def _count_texts_lately(situation: Situation, law: Law) -> int:
    texts, party = law.names("texts"), situation.attempt.party
    near = situation.events_since(_TWO_DAYS)
    return len([None for each in near if each.channel in texts and each.party == party])


def _most_texts(situation: Situation, law: Law) -> list[str]:
    """The texts of the attempt's day, by the zone in which there are most."""
    found = [
        [
            event.id
            for event in situation.events_on_day(zone)
            if event.channel in law.names("texts") and event.party == situation.attempt.party
        ]
        for zone in situation.zones
    ]
    return max(found, key=len)


@logic("told", "untold", exempt="names", limited="names")
def says_debt_collector(situation: Situation, law: Law) -> Ruling | None:
    """Each communication with the consumer says that it is from a debt collector."""
    attempt = situation.attempt
    if not situation.is_contact or is_consumer(situation) is False:
        return None
    if is_attorney_here(situation) or attempt.purpose in law.names("exempt"):
        return None
    limited = attempt.channel == "voicemail" and frozenset(attempt.content) <= law.names("limited")
    if attempt.disclosures.debt_collector is False and not limited:
        return Ruling("block", "untold", used=("attempt.disclosures.debt_collector",))
    return Ruling("allow", "told")


@logic("named", "anonymous", "hidden_number")
def says_who_calls(situation: Situation, law: Law) -> Ruling | None:
    """A telephone call discloses meaningfully who calls."""
    del law
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel not in _CALLS:
        return None
    if attempt.disclosures.caller_identity is False:
        return Ruling("block", "anonymous", used=("attempt.disclosures.caller_identity",))
    if attempt.sender == "withheld":
        return Ruling("review", "hidden_number", used=("attempt.sender",))
    return Ruling("allow", "named")


@logic(
    "truthful",
    "untrue",
    "false_claim",
    "false_identity",
    "overstated",
    "amount_unknown",
    "intent",
    content="names",
    threats="names",
    announcing="names",
)
def true_statements(situation: Situation, law: Law) -> Ruling | None:
    """No false threat, status, paper or amount; whether a threat is meant is for a person."""
    attempt = situation.attempt
    if attempt.act not in _ACTS:
        return None
    said = sorted(law.names("content").intersection(attempt.content))
    if said:
        values = {"words": "、".join(said)}
        return Ruling("block", "untrue", used=("attempt.content",), values=values)
    if reason := find_falsehood(situation):
        return Ruling("block", reason, used=("attempt.content", "attempt.stated_amount"))
    if attempt.stated_amount is not None and any(d.amount_due is None for d in situation.debts):
        return Ruling("review", "amount_unknown", used=("attempt.stated_amount",))
    threats = sorted(law.names("threats").intersection(attempt.content))
    if threats and attempt.purpose not in law.names("announcing"):
        values = {"words": "、".join(threats)}
        return Ruling("review", "intent", used=("attempt.content",), values=values)
    return Ruling("allow", "truthful")


@logic("no_suit", "time_barred", suits="names")
def time_barred(situation: Situation, law: Law) -> Ruling | None:
    """No suit and no threat of one on a debt barred by time."""
    attempt = situation.attempt
    if attempt.act not in _ACTS:
        return None
    barred = [debt for debt in situation.debts if "time_barred" in debt.flags]
    if not barred:
        return None
    threatens = not law.names("suits").isdisjoint(attempt.content) or attempt.remedy == "suit"
    used = tuple(f"debts:{debt.id}" for debt in barred)
    if threatens:
        return Ruling("block", "time_barred", used=used)
    return Ruling("allow", "no_suit", used=used)


@logic(
    "entitled",
    "by_court",
    "court_unknown",
    "no_right",
    "unknown",
    threats="names",
)
def dispossession(situation: Situation, law: Law) -> Ruling | None:
    """No taking of the car, and no threat of it, without a present right to possess it."""
    attempt = situation.attempt
    taking = attempt.act == "repossess"
    threatens = attempt.remedy == "repossession" or not law.names("threats").isdisjoint(
        attempt.content
    )
    if not taking and not (situation.is_contact and threatens):
        return None
    if taking and attempt.claimed_basis == "court_order":
        ordered = any(notice.kind == "court_order" for notice in situation.facts.notices)
        return Ruling("allow", "by_court") if ordered else Ruling("review", "court_unknown")
    used = tuple(f"debts:{debt.id}" for debt in situation.debts)
    rights = {_has_right(debt) for debt in situation.debts}
    if False in rights:
        return Ruling("block", "no_right", used=used)
    if rights != {True}:
        return Ruling("review", "unknown", "block", used=used)
    return Ruling("allow", "entitled", used=used)


def _has_right(debt: Debt) -> bool | None:
    if debt.secured_by == "none" or debt.in_default is False or "protected_goods" in debt.flags:
        return False
    return debt.right_to_possess


@logic("peaceful", "breach", "objects", conduct="names")
def no_breach_of_peace(situation: Situation, law: Law) -> Ruling | None:
    """Whoever takes a car without a court does so without a breach of the peace."""
    if situation.attempt.act != "repossess":
        return None
    found = sorted(law.names("conduct").intersection(situation.attempt.conduct))
    if found:
        values = {"words": "、".join(found)}
        return Ruling("block", "breach", used=("attempt.conduct",), values=values)
    if situation.attempt.party_agrees_now is False:
        return Ruling("review", "objects", used=("attempt.party_agrees_now",))
    return Ruling("allow", "peaceful")


@logic("human", "consented", "landline", "voice_unknown", "no_consent")
def artificial_voice(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """An artificial or recorded voice calls a mobile only with prior express consent."""
    del law
    attempt = situation.attempt
    if not situation.is_contact or attempt.channel not in _CALLS:
        return None
    if attempt.mode is None and attempt.channel == "voicemail":
        return None
    if attempt.mode not in {None, *_MACHINES}:
        return Ruling("allow", "human")
    kinds = {point.kind for point in situation.points}
    if kinds and kinds <= _LANDLINES:
        return Ruling("review", "landline", used=("attempt.contact_point",))
    agreed = [
        consent
        for consent in find_consents(situation, "artificial_voice")
        if consent.kind in _AGREED and consent.by == attempt.party
    ]
    if agreed:
        return Ruling("allow", "consented", used=("consents",))
    if attempt.mode is None:
        return Ruling("review", "voice_unknown", used=("attempt.mode",))
    return Ruling("block", "no_consent", used=("attempt.mode",))
