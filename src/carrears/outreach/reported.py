"""Contacts that are told of only afterwards: judged as of their own time, kept whatever is said.

The one definition for whoever tells: a collector of a visit, an agency by its log. Such a contact
is an attempt like any other, with its verdict, and counts from its own time on for all that is
asked later. It was made before the gate was asked, so what the gate would have stopped is kept as
a breach.

Told out of turn, an earlier contact may make a later one unlawful: those that were reported before
are looked at again. What was booked here was judged at its time and stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from carrears.clock import is_replay, local_day, now
from carrears.conduct.verdict import Verdict
from carrears.database.wall import as_house
from carrears.evidence.services import Record, record_many
from carrears.outreach.booking import Draft, book
from carrears.outreach.judging import judge_attempts, people_of
from carrears.outreach.models import Attempt, AttemptState, Breach
from carrears.outreach.past import MEMORY
from carrears.outreach.wanted import ReportedContact, debtor_of
from carrears.parties.queries import PersonData
from carrears.portfolio.products import Product

_BY_A_PERSON = frozenset({"call", "visit"})


def known_at(book_day: date, at: datetime, product: Product) -> datetime:
    """The moment of the house's clock at which a contact was made.

    A replayed book has no clock of its own: all that is on record was known.
    """
    moment = now()
    today = local_day(moment, product.time_zone)
    return moment if is_replay(book_day, today=today) else at


@transaction.atomic
def keep_reported(wanted: Sequence[ReportedContact]) -> list[Attempt]:
    """Keep these contacts with their verdicts, in the order of their times.

    A key that is known is not judged again.

    Returns:
        Their attempts in the order of ``wanted``.

    Raises:
        OutreachError: as ``book``.
    """
    in_turn = sorted(wanted, key=lambda one: (one.at, one.key))
    with as_house():
        before = set(
            Attempt.objects.filter(key__in=[one.key for one in wanted]).values_list(
                "key", flat=True
            )
        )
        kept = {one.key: one for one in book(in_turn, _drafts)}
        fresh = [one for one in in_turn if one.key not in before]
        _find_breaches(kept[one.key] for one in fresh)
        _look_again(fresh)
    return [kept[one.key] for one in wanted]


def _drafts(wanted: Sequence[ReportedContact], people: Mapping[UUID, PersonData]) -> list[Draft]:
    return [
        Draft(judged.verdict, judged.facts_json(), _fields(one))
        for one, judged in zip(wanted, judge_attempts(wanted, people), strict=True)
    ]


def _fields(one: ReportedContact) -> dict[str, Any]:
    """What was made is made: the verdict does not undo it."""
    if one.channel not in _BY_A_PERSON:
        return {"reported": True, "state": AttemptState.SENT, "sent_at": one.at}
    return {
        "reported": True,
        "state": AttemptState.MADE,
        "result": one.result,
        "effective": one.effective,
        "answered_by": one.answered_by,
    }


def _find_breaches(attempts: Iterable[Attempt]) -> None:
    _keep_breaches(
        (one, one.verdict.gate_action, _against(one.verdict.findings), False)
        for one in attempts
        if one.gate_action != "allow"
    )


def _look_again(fresh: Sequence[ReportedContact]) -> None:
    """Judge anew what was reported before, made after one of these towards the same people."""
    if not fresh:
        return
    tokens = {each for one in fresh for each in (one.party.token, debtor_of(one))}
    first = min(one.at for one in fresh)
    later = Attempt.objects.filter(
        reported=True, breach=None, party__in=tokens, at__gt=first, at__lte=first + MEMORY
    ).exclude(key__in=[one.key for one in fresh])
    attempts = list(later.select_related("case", "party", "verdict").order_by("at", "pk"))
    wanted = [_again(one) for one in attempts]
    judged = judge_attempts(wanted, people_of(wanted)) if wanted else []
    _keep_breaches(
        (attempt, one.verdict.gate_action, _rules(one.verdict), True)
        for attempt, one in zip(attempts, judged, strict=True)
        if one.verdict.gate_action != "allow"
    )


def _again(attempt: Attempt) -> ReportedContact:
    """The contact as it was told; what was known is what was known then."""
    asked = attempt.verdict.facts["attempt"]
    return ReportedContact(
        key=attempt.key,
        case=attempt.case,
        party=attempt.party,
        at=attempt.at,
        known_at=attempt.at,
        channel=attempt.channel,
        point=attempt.contact_point_id,
        purpose=attempt.purpose,
        agency=attempt.agency,
        staff=asked.get("staff"),
    )


def keep_breach(attempt: Attempt, verdict: Verdict) -> None:
    """Keep that a contact was made though ``verdict``, asked after its own, speaks against it."""
    if not Breach.objects.filter(attempt=attempt).exists():
        _keep_breaches([(attempt, verdict.gate_action, _rules(verdict), True)])


def _against(findings: Iterable[Mapping[str, Any]]) -> list[str]:
    return [one["rule_id"] for one in findings if one["gate_action"] != "allow"]


def _rules(verdict: Verdict) -> list[str]:
    return [one.rule_id for one in verdict.findings if one.gate_action != "allow"]


def _keep_breaches(found: Iterable[tuple[Attempt, str, list[str], bool]]) -> None:
    breaches = Breach.objects.bulk_create(
        Breach(attempt=attempt, gate_action=action, rules=rules, late=late, found_at=now())
        for attempt, action, rules, late in found
    )
    record_many(_record(one) for one in breaches)


def _record(breach: Breach) -> Record:
    attempt = breach.attempt
    verdict = attempt.verdict
    return Record(
        kind="contact.breach",
        subject=attempt.case.loan_no,
        key=f"breach:{attempt.key}",
        actor=attempt.made_by.get_username() if attempt.made_by else "",
        occurred_at=attempt.at,
        payload={
            "attempt": attempt.pk,
            "party": str(attempt.party_id),
            "channel": attempt.channel,
            "agency": attempt.agency,
            "gate_action": breach.gate_action,
            "rules": breach.rules,
            "late": breach.late,
            "verdict": verdict.pk,
            "pack": f"{verdict.pack} {verdict.pack_version}",
        },
    )
