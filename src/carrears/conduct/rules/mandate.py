"""Who may act for whom, and where contact data and other data may come from and go to."""

from __future__ import annotations

from datetime import datetime

from carrears.conduct.facts import Delegation
from carrears.conduct.rules.base import Law, Ruling, logic
from carrears.conduct.situation import Situation, find_consents, given_by, label
from carrears.conduct.windows import next_day

_NO_POINT = frozenset({"public_notice", "social_public", None})


@logic("own_debt", "mandated", "no_mandate", "no_leave", "not_yet")
def mandate(situation: Situation, law: Law) -> Ruling | None:
    """Who is not the creditor acts under a mandate in force that reaches back to the creditor."""
    del law
    name = situation.attempt.collector
    if name is None:
        return Ruling("block", "no_mandate", used=("attempt.collector",))
    if any(debt.creditor is None for debt in situation.debts):
        return Ruling("block", "no_mandate", used=("attempt.debts",))
    if situation.creditors and situation.creditors <= {name}:
        return Ruling("allow", "own_debt", used=(f"organisations:{name}",))
    verdicts = [_trace(situation, creditor, name) for creditor in sorted(situation.creditors)]
    if not verdicts:
        return Ruling("block", "no_mandate", used=("attempt.debts",))
    worst = [each for each in verdicts if each.outcome != "allow"]
    return worst[0] if worst else verdicts[0]


def _trace(situation: Situation, creditor: str, name: str) -> Ruling:
    """Walk back from ``name`` to ``creditor`` over mandates that stand on the day."""
    reason, seen = "no_mandate", {name}
    retry: datetime | None = None
    pending: list[tuple[str, tuple[str, ...]]] = [(name, ())]
    while pending:
        current, path = pending.pop()
        if current == creditor:
            return Ruling("allow", "mandated", used=path)
        for link in situation.facts.delegations:
            if link.delegate != current or link.principal is None or link.principal in seen:
                continue
            if not set(situation.attempt.debts) <= set(link.debts or situation.attempt.debts):
                continue
            if not _has_begun(link, situation):
                today, zone = situation.days[0], situation.zones[0]
                assert link.starts_on is not None  # noqa: S101  else it has begun
                ahead = (link.starts_on - today).days
                reason, retry = "not_yet", next_day(today, zone, days=max(ahead, 1))
                continue
            if _has_ended(link, situation):
                continue
            if link.principal != creditor and not _may_sub_delegate(link, situation, creditor):
                reason = "no_leave"
                continue
            seen.add(link.principal)
            step = label("delegations", situation.facts.delegations, link)
            pending.append((link.principal, (*path, step)))
    return Ruling("block", reason, retry_at=retry, used=(f"organisations:{name}",))


def _has_begun(link: Delegation, situation: Situation) -> bool:
    return link.starts_on is None or all(day >= link.starts_on for day in situation.days)


def _has_ended(link: Delegation, situation: Situation) -> bool:
    return link.ends_on is not None and any(day > link.ends_on for day in situation.days)


def _may_sub_delegate(link: Delegation, situation: Situation, creditor: str) -> bool:
    if link.lender_consented is not None:
        return link.lender_consented
    return any(
        consent.by == creditor and consent.to in {None, link.principal}
        for consent in find_consents(situation, "sub_delegation")
    )


@logic("lawful", "unknown", "unlawful", sources="names")
def source_of_contact(situation: Situation, law: Law) -> Ruling | None:
    """Every number and address has a lawful source; an unknown one is not used."""
    if not situation.is_contact or situation.attempt.channel in _NO_POINT:
        return None
    points = situation.points
    if not points:
        return Ruling("block", "unknown", used=("attempt.contact_point",))
    for point in points:
        used = (f"contact_points:{point.id}",)
        if point.source is None:
            return Ruling("block", "unknown", used=used)
        if point.source not in law.names("sources"):
            return Ruling("block", "unlawful", used=used, values={"source": point.source})
    return Ruling("allow", "lawful", used=tuple(f"contact_points:{each.id}" for each in points))


@logic("processor", "consented", "no_consent", "no_notice", "no_processor_mandate")
def data_transfer(situation: Situation, law: Law) -> Ruling | None:
    """Another handler gets personal data only after notice and separate consent."""
    del law
    attempt = situation.attempt
    if attempt.act != "transfer_data":
        return None
    recipient = next(
        (each for each in situation.facts.organisations if each.id == attempt.recipient), None
    )
    if recipient is not None and recipient.kind in {"agency", "sub_agency", "servicer"}:
        traces = [_trace(situation, each, recipient.id) for each in situation.creditors]
        if traces and all(each.outcome == "allow" for each in traces):
            return Ruling("allow", "processor", used=("delegations",))
        return Ruling("block", "no_processor_mandate", used=("delegations",))
    if attempt.disclosures.transfer_notice is not True:
        return Ruling("block", "no_notice", used=("attempt.disclosures.transfer_notice",))
    if not has_separate_consent(situation, "data_transfer"):
        return Ruling("block", "no_consent", used=("consents",))
    return Ruling("allow", "consented", used=("consents",))


@logic("consented", "no_consent", "no_assessment", "unneeded", purposes="names")
def location_data(situation: Situation, law: Law) -> Ruling | None:
    """A car's trail is sensitive: separate consent, assessment first, and a real need."""
    attempt = situation.attempt
    if attempt.act != "locate_vehicle":
        return None
    if not has_separate_consent(situation, "location_tracking"):
        return Ruling("block", "no_consent", used=("consents",))
    if attempt.impact_assessment_done is not True:
        return Ruling("block", "no_assessment", used=("attempt.impact_assessment_done",))
    behind = any(debt.in_default or debt.days_overdue for debt in situation.debts)
    if not behind or attempt.purpose not in law.names("purposes"):
        return Ruling("review", "unneeded", "block", used=("attempt.purpose", "debts"))
    return Ruling("allow", "consented", used=("consents",))


@logic("reviewed", "automatic")
def automated_decision(situation: Situation, law: Law) -> Ruling | None:
    """A decision of weight is not left to a machine alone."""
    del law
    if situation.attempt.act != "decide_automatically":
        return None
    if situation.attempt.human_review is True:
        return Ruling("allow", "reviewed", used=("attempt.human_review",))
    return Ruling("block", "automatic", used=("attempt.human_review",))


def has_separate_consent(situation: Situation, scope: str) -> bool:
    """Whether every debtor of the debts gave the separate consent 单独同意 for ``scope``."""
    consents = [
        each
        for each in find_consents(situation, scope)
        if each.separate is True and each.kind in {"consent", "agreement"}
    ]
    return bool(situation.debtors) and all(
        any(given_by(each, frozenset({debtor})) for each in consents)
        for debtor in situation.debtors
    )
