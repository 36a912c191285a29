"""Contacts of an agency's log: kept as ``reported`` and ``outcomes`` keep what others tell.

Whoever brings the log has looked that each row fits what is on record. What is next about a case
the agency plans itself: what it did moves no follow-up date.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from django.conf import settings

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.case_product import product_of
from carrears.casework.models import Case
from carrears.clock import now
from carrears.conduct.notes import Written, keep_notes
from carrears.evidence.services import gathering
from carrears.outreach.calls import mark_by_result, purpose_for
from carrears.outreach.models import Attempt, ContactOutcome
from carrears.outreach.outcome_codes import NOT_DIALLED, OutcomeCode, load_outcome_codes
from carrears.outreach.outcomes import (
    Told,
    Unbooked,
    follow_up_of,
    keep_outcomes,
    record_contact,
    today_of,
    who_answered,
)
from carrears.outreach.reported import keep_reported, known_at
from carrears.outreach.wanted import ReportedContact
from carrears.parties.models import Party

_WRITTEN = frozenset({"sms", "email", "letter"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """One contact, ``key`` for good; ``role`` is what ``party`` is to the loan.

    ``code`` says what came of a call, of a visit, and of what came in.
    """

    key: str
    case: Case
    party: Party
    role: str
    at: datetime
    channel: str
    direction: Literal["out", "in"]
    point: int | None = None
    code: str = ""
    staff: int | None = None
    note: str = ""


def code_of(name: str, *, channel: str, direction: str) -> OutcomeCode | None:
    """The code that may come of such a contact; None: no such code.

    A call that was not dialled is no contact.
    """
    codes = load_outcome_codes(Path(settings.CARREARS_HOME), on=access_day(now()))
    code = codes.find(name)
    if code is None or channel not in code.by:
        return None
    is_none = code.result_by(channel) == NOT_DIALLED and direction == "out"
    return None if is_none else code


def needs_code(channel: str, direction: str) -> bool:
    """Whether somebody may answer it: what was only sent has no code."""
    return direction == "in" or channel not in _WRITTEN


def keep_logged(
    logged: Sequence[Logged], *, agency: str, by: User
) -> list[Attempt | ContactOutcome]:
    """Keep new contacts of a log, in the order of their times; those that came in are no attempts.

    Part of the caller's transaction.

    Returns:
        What each is, in the order of ``logged``.

    Raises:
        OutreachError: as ``keep_reported`` and ``record_contact``.
    """
    out = [one for one in logged if one.direction == "out"]
    made = keep_reported([_reported(one, agency=agency, by=by) for one in out])
    kept: dict[str, Attempt | ContactOutcome] = {}
    with gathering():  # of hundreds of rows, each with several lines
        kept |= {one.key: attempt for one, attempt in zip(out, made, strict=True)}
        _keep_codes([(one, at) for one, at in zip(out, made, strict=True) if one.code], by=by)
        for one in logged:
            if one.direction == "in":  # what a rule makes of it depends on what came before it
                kept[one.key] = _keep_incoming(one, by=by)
        keep_notes(
            (Written(one.case, one.note, one.at) for one in logged if one.note.strip()), by=by
        )
    return [kept[one.key] for one in logged]


def _reported(one: Logged, *, agency: str, by: User) -> ReportedContact:
    code = code_of(one.code, channel=one.channel, direction=one.direction) if one.code else None
    result = code.result_by(one.channel) if code else ""
    return ReportedContact(
        key=one.key,
        case=one.case,
        party=one.party,
        at=one.at,
        known_at=known_at(one.case.as_of, one.at, product_of(one.case)),
        channel=one.channel,
        point=one.point,
        purpose=purpose_for(one.role, one.case.jurisdiction),
        agency=agency,
        staff=one.staff,
        result=result,
        effective=code.is_effective(one.channel) if code else False,
        answered_by=who_answered(code, result) if code else "",
        by=by,
    )


def _keep_codes(told: Sequence[tuple[Logged, Attempt]], *, by: User) -> None:
    found = []
    for one, attempt in told:
        code = code_of(one.code, channel=one.channel, direction=one.direction)
        assert code is not None  # noqa: S101  whoever brings the log has looked
        if one.channel == "call":
            mark_by_result(attempt, by=by)
        outcome = ContactOutcome(
            key=f"attempt:{attempt.key}",
            attempt=attempt,
            party=one.party,
            agency=attempt.agency,
            channel=one.channel,
            direction="out",
            at=one.at,
            result=attempt.result,
            effective=attempt.effective,
            answered_by=attempt.answered_by,
            staff=one.staff,
        )
        found.append((outcome, one.case, code))
    keep_outcomes(found, by=by)


def _keep_incoming(one: Logged, *, by: User) -> ContactOutcome:
    code = code_of(one.code, channel=one.channel, direction=one.direction)
    assert code is not None  # noqa: S101  see above
    contact = Unbooked(channel=one.channel, direction="in", party=one.party, at=one.at)
    day = None  # who asks to be called back said no day that a log tells: the rule gives one
    if code.next == "callback":
        day = follow_up_of(one.case, code, today=today_of(one.case)).on
    told = Told(code=one.code, follow_up_on=day)
    return record_contact(one.case, contact, told=told, key=one.key, by=by)
