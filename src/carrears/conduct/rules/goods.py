"""Goods on hire purchase: the court's order, or a default notice that has run out."""

from __future__ import annotations

from datetime import date, timedelta

from carrears.clock import zone as zone_of
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.rules.pauses import Days
from carrears.conduct.rules.vehicle import has_court_order
from carrears.conduct.situation import Situation


@logic(
    "by_court",
    "consented",
    "notice_over",
    "no_right",
    "no_order",
    "protected",
    "no_notice",
    "notice_running",
    "refuses",
    "unregulated",
    notice_days="count",
    notices="names",
    written="names",
)
def protected_goods(situation: Situation, law: Law) -> Ruling | None:  # noqa: PLR0911  one question after the other, as the rule asks
    """Protected goods need the court's order; others a default notice whose days have passed."""
    attempt = situation.attempt
    if attempt.act != "repossess":
        return None
    debts = situation.debts
    if any(each.secured_by == "none" or each.right_to_possess is False for each in debts):
        return Ruling("block", "no_right", used=("debts",))
    if has_court_order(situation):
        return Ruling("allow", "by_court", used=("notices",))
    if attempt.claimed_basis == "court_order":
        return Ruling("block", "no_order", used=("attempt.claimed_basis", "notices"))
    if attempt.party_agrees_now is True:
        return Ruling("allow", "consented", used=("attempt.party_agrees_now",))
    if any("protected_goods" in debt.flags for debt in debts):
        return Ruling("block", "protected", used=("debts",))
    if not debts or not all("regulated_credit" in debt.flags for debt in debts):
        return Ruling("review", "unregulated", used=("debts",))
    return _judge_notice(situation, law)


def _judge_notice(situation: Situation, law: Law) -> Ruling:
    served = _served_on(situation, law)
    if served is None:
        return Ruling("block", "no_notice", used=("history",))
    days = Days(served, served + timedelta(days=law.number("notice_days")))
    values = {"last": days.last, "served": served}
    if days.hold(situation):
        end = days.end(situation)
        return Ruling("block", "notice_running", retry_at=end, used=("history",), values=values)
    if situation.attempt.party_agrees_now is False:
        return Ruling("review", "refuses", used=("attempt.party_agrees_now",))
    return Ruling("allow", "notice_over", used=("history",), values=values)


def _served_on(situation: Situation, law: Law) -> date | None:
    """When the first default notice on all the debts was sent to a debtor, by his calendar."""
    wanted, zone = set(situation.attempt.debts), zone_of(situation.zones[0])
    sent = [
        event.moment.astimezone(zone).date()
        for event in situation.facts.history
        if event.direction == "out"
        and event.purpose in law.names("notices")
        and event.channel in law.names("written")
        and event.party in situation.debtors
        and wanted <= set(event.debts or wanted)
    ]
    return min(sent, default=None)
