"""Forbearance: who struggles, is advised, or disputes the debt is not simply pursued."""

from __future__ import annotations

from datetime import timedelta

from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.pauses import (
    Days,
    concerns_party,
    name_notice,
    open_notices,
    received_on,
)
from carrears.conduct.rules.scope import is_asking_for_money, is_customer, stands_in
from carrears.conduct.situation import Situation

# A discharge ends the bankruptcy and with it the debt; only a lifted one revives the claim.
_LIFTED = frozenset({"resolved", "withdrawn", "dismissed"})


@logic(
    "considerate",
    "incapable",
    "bankrupt",
    "hardship",
    "vulnerable",
    "represented",
    hardships="names",
    collecting_purposes="names",
    collecting_content="names",
)
def due_consideration(situation: Situation, law: Law) -> Ruling | None:
    """A known difficulty goes to a person before money is asked for."""
    if not situation.is_contact:
        return None
    if not is_customer(situation) or not is_asking_for_money(situation, law):
        return Ruling("allow", "considerate")
    if stands_in(situation):
        return Ruling("allow", "considerate")
    return (
        _judge_capacity(situation)
        or _judge_notices(situation, law)
        or _judge_person(situation)
        or Ruling("allow", "considerate")
    )


def _judge_capacity(situation: Situation) -> Ruling | None:
    party = situation.party
    if party is not None and (party.capacity in {"none", "limited"} or party.minor is True):
        return Ruling("review", "incapable", "block", used=("attempt.party",))
    return None


def _judge_notices(situation: Situation, law: Law) -> Ruling | None:
    for notice in open_notices(situation, "bankruptcy", closed=_LIFTED):
        if concerns_party(notice, situation):
            used = (name_notice(notice, situation),)
            return Ruling("review", "bankrupt", "block", used=used)
    for notice in open_notices(situation, *law.names("hardships")):
        days = Days(notice.starts_on or received_on(notice), notice.ends_on)
        if concerns_party(notice, situation) and days.hold(situation):
            used = (name_notice(notice, situation),)
            return Ruling("review", "hardship", retry_at=days.end(situation), used=used)
    return None


def _judge_person(situation: Situation) -> Ruling | None:
    party = situation.party
    if party is not None and party.vulnerability in {"suspected", "confirmed"}:
        return Ruling("review", "vulnerable", used=("attempt.party",))
    for link in situation.facts.representations:
        covers = not link.debts or not set(situation.attempt.debts).isdisjoint(link.debts)
        own = link.client == situation.attempt.party
        if own and covers and link.attorney_allows_direct_contact is not True:
            return Ruling("review", "represented", used=("representations",))
    return None


@logic(
    "suspended",
    "further",
    "over",
    days="count",
    further="count",
    collecting_purposes="names",
    collecting_content="names",
)
def debt_counselling(situation: Situation, law: Law) -> Ruling | None:
    """Pursuit rests while a debt counsellor helps; a further while is for a person to grant."""
    if not _is_pursuit(situation, law):
        return None
    found = [
        notice
        for notice in open_notices(situation, "debt_counselling")
        if concerns_party(notice, situation)
    ]
    later: Ruling | None = None
    for notice in found:
        start, used = notice.starts_on or received_on(notice), (name_notice(notice, situation),)
        if start is None or notice.ends_on is not None:
            days = Days(start, notice.ends_on)
            further = Days(notice.ends_on, notice.ends_on)
        else:
            last = start + timedelta(days=law.number("days"))
            days = Days(start, last)
            further = Days(last, last + timedelta(days=law.number("further")))
        if days.hold(situation):
            return Ruling("block", "suspended", retry_at=days.end(situation), used=used)
        if further.hold(situation):
            later = Ruling("review", "further", retry_at=further.end(situation), used=used)
    return later or (Ruling("allow", "over", used=("notices",)) if found else None)


@logic(
    "disputed",
    "settled",
    kinds="names",
    collecting_purposes="names",
    collecting_content="names",
)
def disputed_debt(situation: Situation, law: Law) -> Ruling | None:
    """Recovery rests while the customer disputes the debt on what may be valid grounds."""
    if not _is_pursuit(situation, law):
        return None
    for notice in open_notices(situation, *law.names("kinds")):
        days = Days(received_on(notice) or notice.starts_on, notice.ends_on)
        if concerns_party(notice, situation) and days.hold(situation):
            retry, used = days.end(situation), (name_notice(notice, situation),)
            return Ruling("block", "disputed", retry_at=retry, used=used)
    known = {notice.kind for notice in situation.facts.notices}
    return Ruling("allow", "settled") if law.names("kinds") & known else None


def _is_pursuit(situation: Situation, law: Law) -> bool:
    """Whether the attempt pursues the debt against somebody other than who acts for him."""
    if situation.attempt.act not in {"contact", "repossess"} or stands_in(situation):
        return False
    return situation.attempt.act == "repossess" or is_asking_for_money(situation, law)
