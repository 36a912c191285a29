"""What ends or suspends collection: attorney, cease, dispute, bankruptcy."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from carrears.conduct.facts import Debt, Notice, Representation
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.consumers import (
    attorneys_of,
    is_attorney_here,
    is_consumer,
    speaks_for,
)
from carrears.conduct.rules.pauses import name_notice, open_notices, received_on
from carrears.conduct.situation import Situation, is_past, label, may_have_begun

_ACTS = frozenset({"contact", "repossess"})
_GRAVEST_FIRST = ("block", "review", "allow")
_FORMAL = frozenset({"written", "electronic", None})
# Only who gave a notice ends it; a dispute ends by the verification too.
_TAKEN_BACK = frozenset({"withdrawn"})
_OWING = frozenset({"debtor", "co_debtor", "guarantor"})
# A notice on a bankruptcy ends by these; a discharge lasts.
_ENDED = frozenset({"dismissed", "withdrawn"})


@logic(
    "attorney_agrees",
    "represented",
    "silent",
    "doubtful_purpose",
    "other_debt",
    silent_days="count",
    doubtful="names",
)
def represented(situation: Situation, law: Law) -> Ruling | None:
    """Who has an attorney for the debt is not contacted himself, unless the attorney agrees."""
    if not situation.is_contact or is_consumer(situation) is False:
        return None
    rulings = [
        _judge_link(link, situation, law)
        for link in attorneys_of(situation)
        if may_have_begun(link.known_since, situation)
    ]
    return _gravest(rulings)


def _gravest(rulings: list[Ruling]) -> Ruling | None:
    return min(rulings, key=lambda each: _GRAVEST_FIRST.index(each.outcome), default=None)


def _judge_link(link: Representation, situation: Situation, law: Law) -> Ruling:
    used = (label("representations", situation.facts.representations, link),)
    wanted = set(situation.attempt.debts)
    if link.debts and wanted.isdisjoint(link.debts):
        return Ruling("review", "other_debt", used=used)
    if link.attorney_allows_direct_contact:
        return Ruling("allow", "attorney_agrees", used=used)
    if _is_silent(link, situation, law.number("silent_days")):
        return Ruling("review", "silent", used=used)
    if situation.attempt.purpose in law.names("doubtful"):
        return Ruling("review", "doubtful_purpose", used=used)
    return Ruling("block", "represented", used=used)


def _is_silent(link: Representation, situation: Situation, days: int) -> bool:
    """Whether the attorney has left the collector's letter unanswered for ``days`` days."""
    wrote = link.collector_wrote_on
    if wrote is None or link.attorney_answered is not False:
        return False
    return is_past(wrote + timedelta(days=days), situation)


@logic(
    "ceased",
    "exempt",
    "doubtful_purpose",
    "told_another",
    exempt="names",
    doubtful="names",
    asking_content="names",
)
def ceased(situation: Situation, law: Law) -> Ruling | None:
    """After a written word to stop, or a written refusal to pay, only closing notices."""
    if not situation.is_contact or is_consumer(situation) is False:
        return None
    if is_attorney_here(situation):
        return None
    found = [
        _judge_cease(notice, situation, law)
        for notice in open_notices(
            situation, "cease", "refuse_to_pay", "refuse_contact", closed=_TAKEN_BACK
        )
        if _is_formal(notice, situation)
    ]
    return _gravest(found)


def _is_formal(notice: Notice, situation: Situation) -> bool:
    return (
        notice.form in _FORMAL
        and speaks_for(notice.by, situation)
        and may_have_begun(notice.received_at, situation)
    )


def _judge_cease(notice: Notice, situation: Situation, law: Law) -> Ruling:
    attempt, used = situation.attempt, (name_notice(notice, situation),)
    said = law.names("asking_content").intersection(attempt.content)
    asks = bool(said - {f"threat_of_{attempt.remedy}"})
    if attempt.purpose in law.names("exempt") and not asks:
        return Ruling("allow", "exempt", used=used)
    if notice.to is not None and notice.to != attempt.collector:
        return Ruling("review", "told_another", used=used)
    if attempt.purpose in law.names("doubtful") and not asks:
        return Ruling("review", "doubtful_purpose", used=used)
    return Ruling("block", "ceased", used=used)


@logic(
    "verified",
    "disputed",
    "late",
    "exempt",
    exempt="names",
    asking_content="names",
)
def disputed(situation: Situation, law: Law) -> Ruling | None:
    """A written dispute in the validation period stops collection until verification is sent."""
    if situation.attempt.act not in _ACTS:
        return None
    found = [
        _judge_dispute(notice, debt, situation, law)
        for notice in open_notices(situation, "dispute", closed=_TAKEN_BACK)
        if notice.form in _FORMAL and may_have_begun(notice.received_at, situation)
        for debt in situation.debts
        if not notice.debts or debt.id in notice.debts
    ]
    return _gravest(found)


def _judge_dispute(notice: Notice, debt: Debt, situation: Situation, law: Law) -> Ruling:
    used = (name_notice(notice, situation), f"debts:{debt.id}")
    came, attempt = received_on(notice), situation.attempt
    if came is not None and debt.validation_until is not None and came > debt.validation_until:
        return Ruling("allow", "late", used=used)
    sent = debt.verification_sent_on
    if sent is not None and is_past(sent, situation) and (came is None or sent >= came):
        return Ruling("allow", "verified", used=used)
    asks = not law.names("asking_content").isdisjoint(attempt.content)
    if attempt.purpose in law.names("exempt") and not asks:
        return Ruling("allow", "exempt", used=used)
    return Ruling("block", "disputed", used=used)


@logic(
    "stayed",
    "discharged",
    "over",
    "co_debtor",
    "doubtful_purpose",
    "attorney",
    "lien",
    "unclear_end",
    doubtful="names",
    asking_content="names",
)
def bankruptcy(situation: Situation, law: Law) -> Ruling | None:
    """The automatic stay and the discharge, which bind every creditor and collector."""
    if situation.attempt.act not in _ACTS:
        return None
    found = [
        _judge_bankruptcy(notice, situation, law)
        for notice in open_notices(situation, "bankruptcy", closed=frozenset())
        if any(may_have_begun(stamp, situation) for stamp in _told_of(notice))
    ]
    return _gravest(found)


def _told_of(notice: Notice) -> tuple[date | datetime | None, ...]:
    """The filing and the word of it: whichever comes first stops collection."""
    told = tuple(each for each in (notice.starts_on, notice.received_at) if each is not None)
    return told or (None,)


def _judge_bankruptcy(  # noqa: PLR0911  one question after the other, as the rule asks
    notice: Notice, situation: Situation, law: Law
) -> Ruling:
    attempt, used = situation.attempt, (name_notice(notice, situation),)
    if notice.status in _ENDED:
        return Ruling("allow", "over", used=used)
    if is_attorney_here(situation):
        return Ruling("review", "attorney", used=used)
    if notice.status == "resolved":
        return Ruling("review", "unclear_end", used=used)
    if situation.is_contact and _owes_too(notice, situation):
        return Ruling("review", "co_debtor", used=used)
    if notice.status == "discharged" and attempt.act == "repossess":
        return Ruling("review", "lien", used=used)
    asks = not law.names("asking_content").isdisjoint(attempt.content)
    if attempt.purpose in law.names("doubtful") and not asks:
        return Ruling("review", "doubtful_purpose", used=used)
    reason = "discharged" if notice.status == "discharged" else "stayed"
    return Ruling("block", reason, used=used)


def _owes_too(notice: Notice, situation: Situation) -> bool:
    """Whether the party owes beside the bankrupt: the co-debtor stay depends on the chapter."""
    party = situation.party
    bankrupt = next((each for each in situation.facts.parties if each.id == notice.by), None)
    if party is None or bankrupt is None or bankrupt.role not in _OWING:
        return False
    return party.id != bankrupt.id and (situation.is_obligor or party.role == "guarantor")
