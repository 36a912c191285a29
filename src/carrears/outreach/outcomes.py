"""What came of a contact, told by a code: kept once, counted, and leading to what is done next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.case_product import product_of
from carrears.casework.case_time import business_time
from carrears.casework.following import (
    FollowUp,
    follow_up_by_rule,
    in_working_days,
    set_follow_up,
    standing_of,
)
from carrears.casework.models import Case
from carrears.casework.services import Line, tell_many
from carrears.clock import now
from carrears.conduct.notes import keep_note
from carrears.database.bulk import insert_rows
from carrears.outreach.calls import record_result
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import Attempt, ContactOutcome, FieldVisit
from carrears.outreach.outcome_codes import OutcomeCode, OutcomeCodes, load_outcome_codes
from carrears.outreach.past import MEMORY
from carrears.outreach.reported import keep_breach, keep_reported, known_at
from carrears.outreach.services import contact_moment
from carrears.outreach.visits import keep_result, locked_visit, verdict_on_few
from carrears.outreach.wanted import ReportedContact
from carrears.parties.consents import Word, keep_word
from carrears.parties.models import LoanParty, Party

# By what a refusal came in that somebody told of, where that has another name than its channel.
_SOURCES = {"sms": "sms_reply", "portal": "inbox_reply"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody says came of a contact; without a day the code's rule gives one."""

    code: str
    note: str = ""
    follow_up_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbooked:
    """A contact that was not booked here: by which channel, who began it, with whom, when."""

    channel: str
    direction: Literal["in", "out"]
    party: Party
    at: datetime | None = None
    staff: int | None = None


def today_of(case: Case) -> date:
    """The day on which something done now to this case happens."""
    return business_time(case)[0]


def codes_for(case: Case) -> OutcomeCodes:
    """The codes that hold today on this case."""
    return load_outcome_codes(Path(settings.CARREARS_HOME), on=today_of(case))


def follow_up_of(case: Case, code: OutcomeCode, *, today: date) -> FollowUp:
    """When a rule, else the code, comes back to the case, by the calendar of its product."""
    ruled = follow_up_by_rule(
        case, "outcome", today=today, code=code.code, right_party=code.right_party
    )
    if ruled is not None:
        return ruled
    if code.follow_up == "keep":
        return standing_of(case)
    if code.follow_up == "none":
        return FollowUp(None)
    why = {"code": code.code, "days": code.follow_up, "from": today.isoformat()}
    return FollowUp(in_working_days(case, today, code.follow_up), None, why)


@transaction.atomic
def record_outcome(attempt: Attempt, *, told: Told, by: User) -> ContactOutcome:
    """Keep what came of a booked call, by a code; told once, it stays.

    Raises:
        OutreachError: an unknown code, one of another channel, a day that cannot be, or what
            ``record_result`` refuses.
    """
    case = attempt.case
    codes = codes_for(case)
    code = _code(codes, told.code, channel=attempt.channel)
    if (known := ContactOutcome.objects.filter(attempt=attempt).first()) is not None:
        if known.code == code.code:
            return known
        raise OutreachError("another result of this call was told before")
    today = today_of(case)
    follow_up = _follow_up(case, code, codes, told, today=today, by=by)
    result = code.result_by(attempt.channel)
    call = record_result(
        attempt,
        result=result,
        effective=code.is_effective(attempt.channel),
        answered_by=who_answered(code, result),
        note=told.note,
        by=by,
    )
    outcome = ContactOutcome(
        key=f"attempt:{call.key}",
        party_id=call.party_id,
        attempt=call,
        agency=call.agency,
        channel=call.channel,
        direction="out",
        at=call.at,
        result=result,
        effective=call.effective,
        answered_by=call.answered_by,
    )
    return keep_outcome(outcome, case, code, codes, follow_up, by=by)


class LacksSecondError(OutreachError):
    """The rules want more people than have checked in."""

    def __init__(self) -> None:
        super().__init__("the second of you has not checked in yet")


@transaction.atomic
def record_visit(visit: FieldVisit, *, told: Told, by: User, alone: bool = False) -> ContactOutcome:
    """Keep what came of a visit that was checked in, by a code; told once, it stays.

    It has the number of those who checked in. Where the rules want more, it waits for the second;
    ``alone`` says that nobody else was there, which is kept as the breach that it is.

    Raises:
        LacksSecondError: the second has not checked in yet.
        OutreachError: an unknown code, one of another channel, a day that cannot be, not checked
            in, or told before.
    """
    case, locked = visit.case, locked_visit(visit)
    few = verdict_on_few(locked) if locked.state == "there" else None
    if few is not None and not alone:
        raise LacksSecondError
    codes = codes_for(case)
    code = _code(codes, told.code, channel="visit")
    follow_up = _follow_up(case, code, codes, told, today=today_of(case), by=by)
    made = keep_result(visit.attempt, result=code.result_by("visit"), by=by)
    if few is not None:
        keep_breach(made, few)
    if told.note.strip():
        keep_note(case, text=told.note, by=by, at=contact_moment(case))
    outcome = ContactOutcome(
        key=f"attempt:{made.key}",
        party_id=made.party_id,
        attempt=made,
        agency=made.agency,
        channel="visit",
        direction="out",
        at=made.at,
        result=made.result,
        effective=code.is_effective("visit"),
        answered_by=who_answered(code, made.result),
        staff=locked.present,
    )
    return keep_outcome(outcome, case, code, codes, follow_up, by=by)


@transaction.atomic
def record_contact(
    case: Case, contact: Unbooked, *, told: Told, key: str, by: User
) -> ContactOutcome:
    """Keep a contact that was not booked here and what came of it; the same ``key`` is kept once.

    A call or a message to the house, or a visit. From now on the gate counts it; a visit has its
    verdict, and is a breach where that objects (``reported``).

    Raises:
        OutreachError: an unknown code, one of another channel, a channel that is booked first,
            somebody who is not of this loan, a time that cannot be, or a day that cannot be.
    """
    # What was done decides whether the next contact is allowed, so it waits for who books one.
    Party.objects.select_for_update(no_key=True).get(pk=contact.party.pk)
    whole_key = f"contact:{case.loan_no}:{key}"
    if (known := ContactOutcome.objects.filter(key=whole_key).first()) is not None:
        return known
    codes = codes_for(case)
    code = _code(codes, told.code, channel=contact.channel)
    moment = contact_moment(case)
    at = contact.at or moment
    _refuse(case, contact, at=at, moment=moment)
    today = today_of(case)
    follow_up = _follow_up(case, code, codes, told, today=today, by=by)
    result = code.result_by(contact.channel)
    if told.note.strip():
        keep_note(case, text=told.note, by=by, at=moment)
    made = None
    if contact.direction == "out":
        made = _made(case, contact, at=at, key=whole_key, by=by, result=result)
    outcome = ContactOutcome(
        key=whole_key,
        attempt=made,
        party=contact.party,
        agency=acts_for(by),
        channel=contact.channel,
        direction=contact.direction,
        at=at,
        result=result,
        effective=code.is_effective(contact.channel),
        answered_by=who_answered(code, result),
        staff=contact.staff,
    )
    return keep_outcome(outcome, case, code, codes, follow_up, by=by)


def _made(
    case: Case, contact: Unbooked, *, at: datetime, key: str, by: User, result: str
) -> Attempt:
    """A visit that was made: judged as of its time, and counted whatever the verdict."""
    [attempt] = keep_reported(
        [
            ReportedContact(
                key=key,
                case=case,
                party=contact.party,
                at=at,
                known_at=known_at(case.as_of, at, product_of(case)),
                channel=contact.channel,
                agency=acts_for(by),
                staff=contact.staff,
                result=result,
                by=by,
            )
        ]
    )
    return attempt


def _refuse(case: Case, contact: Unbooked, *, at: datetime, moment: datetime) -> None:
    is_visit = contact.channel == "visit"
    if (contact.direction == "out") != is_visit:
        raise OutreachError("a contact of the house's own is booked first, except a visit")
    if not LoanParty.objects.filter(loan_no=case.loan_no, party=contact.party).exists():
        raise OutreachError("nobody of this loan is on record under this token")
    if not moment - MEMORY <= at <= moment:
        raise OutreachError("the contact must lie within the last 31 days, and not ahead")
    if contact.staff is not None and not is_visit:
        raise OutreachError("only of a visit it is told how many went")


def _code(codes: OutcomeCodes, name: str, *, channel: str) -> OutcomeCode:
    code = codes.find(name)
    if code is None or channel not in code.by:
        raise OutreachError(f"{name!r} is no code for what comes of {channel!r}")
    return code


def who_answered(code: OutcomeCode, result: str) -> str:
    """Who answered a call, as the attempt keeps it."""
    if result == "answered_other_person":
        return code.answered_by
    is_reached = code.right_party and result in {"conversation", "answered_dropped"}
    return "addressee" if is_reached else ""


def _follow_up(
    case: Case, code: OutcomeCode, codes: OutcomeCodes, told: Told, *, today: date, by: User
) -> FollowUp:
    wanted = told.follow_up_on
    if wanted is None:
        if code.next == "callback":
            raise OutreachError("a call back needs its day")
        return follow_up_of(case, code, today=today)
    if not today <= wanted <= today + timedelta(days=codes.follow_up_at_most):
        raise OutreachError("the follow-up day is past, or too far ahead")
    return FollowUp(wanted, None, {"by": by.get_username(), "code": code.code})


def keep_outcome(
    outcome: ContactOutcome,
    case: Case,
    code: OutcomeCode,
    codes: OutcomeCodes,
    follow_up: FollowUp,
    *,
    by: User,
) -> ContactOutcome:
    """Keep it, set the follow-up date, and leave a line of the timeline with its evidence."""
    _fill(outcome, case, code, codes, follow_up, by=by)
    outcome.save(force_insert=True)
    if code.next == "no_contact":
        _refuse_channel(outcome, by=by)
    if follow_up != standing_of(case):
        set_follow_up(case, follow_up)
    tell_many([_line(outcome, case, follow_up, by=by)])
    return outcome


def keep_outcomes(
    found: Sequence[tuple[ContactOutcome, Case, OutcomeCode]], *, by: User
) -> list[ContactOutcome]:
    """The same for many that move no follow-up date, in a few statements."""
    lines = []
    for outcome, case, code in found:
        follow_up = standing_of(case)
        _fill(outcome, case, code, codes_for(case), follow_up, by=by)
        lines.append((outcome, case, follow_up))
    outcomes = [outcome for outcome, _, _ in found]
    insert_rows(outcomes)
    for outcome in outcomes:
        if outcome.next_step == "no_contact":
            _refuse_channel(outcome, by=by)
    tell_many(_line(outcome, case, follow_up, by=by) for outcome, case, follow_up in lines)
    return outcomes


def _fill(
    outcome: ContactOutcome,
    case: Case,
    code: OutcomeCode,
    codes: OutcomeCodes,
    follow_up: FollowUp,
    *,
    by: User,
) -> None:
    outcome.case, outcome.code, outcome.codes_from = case, code.code, codes.from_on
    outcome.right_party, outcome.next_step = code.right_party, code.next
    outcome.follow_up_on, outcome.told_by, outcome.told_at = follow_up.on, by, now()


def _refuse_channel(outcome: ContactOutcome, *, by: User) -> None:
    """Keep at once that he wants no contact by that channel."""
    source = _SOURCES.get(outcome.channel, outcome.channel)
    word = Word(channel=outcome.channel, granted=False, source=source, at=outcome.told_at)
    keep_word(outcome.party, word, by=by)


def _line(outcome: ContactOutcome, case: Case, follow_up: FollowUp, *, by: User) -> Line:
    return Line(
        case=case,
        kind="outcome",
        at=contact_moment(case),
        by=by,
        key=f"outcome:{outcome.key}",
        data=_told(outcome, follow_up),
    )


def _told(outcome: ContactOutcome, follow_up: FollowUp) -> dict[str, Any]:
    told: dict[str, Any] = {
        "code": outcome.code,
        "channel": outcome.channel,
        "direction": outcome.direction,
        "result": outcome.result,
        "right_party": outcome.right_party,
        "at": outcome.at.astimezone(UTC).isoformat(),
        "next": outcome.next_step,
        "party": str(outcome.party_id),
    }
    if outcome.follow_up_on is not None:
        told["follow_up_on"] = outcome.follow_up_on.isoformat()
        if "rule" in follow_up.why:
            told["follow_up_rule"] = follow_up.why["rule"]
    if outcome.attempt_id is not None:
        told["attempt"] = outcome.attempt_id
    if outcome.staff is not None:
        told["staff"] = outcome.staff
    return told
