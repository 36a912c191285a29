"""Calls that a person makes: booked before he dials, told of afterwards.

A booked call counts as if it had reached the debtor until its result is told, so that nobody
gains a further call by keeping silent about the last.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args
from uuid import UUID

from django.db import transaction

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.models import Case
from carrears.conduct.notes import keep_note
from carrears.conduct.verdict import Verdict
from carrears.conduct.vocabulary import KNOWN_NAMES, Result
from carrears.database.wall import as_house
from carrears.evidence.services import record_many
from carrears.outreach.booking import Draft, book
from carrears.outreach.ended import attempt_record
from carrears.outreach.judging import judge_attempts, people_of
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import AnsweredBy, Attempt, AttemptState, Override
from carrears.outreach.services import contact_moment
from carrears.outreach.wanted import point_of
from carrears.parties.models import Party, Role
from carrears.parties.numbers import UNUSABLE, mark_number
from carrears.parties.queries import PersonData

# What may come of a call; ``NOT_DIALLED`` gives the call back.
NOT_DIALLED = "not_dialled"
RESULTS = frozenset(get_args(Result)) - {"sent", "delivered", "received", "met", "not_home"}
_TALKED = frozenset({"conversation", "answered_dropped", "answered_other_person"})
# Who answers where nobody says more, and whom each result leaves open.
_ANSWERED: dict[str, tuple[str, ...]] = {
    "conversation": (AnsweredBy.ADDRESSEE,),
    "answered_other_person": (
        AnsweredBy.UNKNOWN,
        AnsweredBy.RELATIVE,
        AnsweredBy.COLLEAGUE,
        AnsweredBy.NEW_HOLDER,
    ),
    "answered_dropped": ("", *AnsweredBy.values),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedCall:
    """One call that a collector, of the lender or of an agency, wants to make."""

    key: str
    case: Case
    party: Party
    at: datetime
    point: int | None = None
    purpose: str = "collect"
    agency: str = ""
    by: User | None = None
    override: Override | None = None
    channel: str = field(default="call", init=False)


def preview_call(
    case: Case, *, party: Party, point: int | None = None, agency: str = ""
) -> Verdict:
    """What the gate would say to a call now, for the collector to see before. Nothing is kept."""
    wanted = WantedCall(
        key="preview",
        case=case,
        party=party,
        at=contact_moment(case),
        point=point,
        agency=agency,
    )
    with as_house():  # it counts the contacts of all sides
        [judged] = judge_attempts([wanted], people_of([wanted]))
    return judged.verdict


def purpose_for(role: str, jurisdiction: str) -> str:
    """What somebody of this role is called for: who owes, to collect.

    A contact person is only asked where the debtor is, which the laws name differently.
    """
    if role != Role.CONTACT:
        return "collect"
    return "location_information" if jurisdiction.startswith("us") else "ask_debtor_contact"


def book_call(
    case: Case,
    *,
    party: Party,
    key: str,
    by: User | None,
    point: int | None = None,
    purpose: str = "collect",
    agency: str = "",
) -> Attempt:
    """Ask for a call: BOOKED, then it may be dialled, or BLOCKED with the verdict's reasons.

    ``point`` is the contact point to dial, else the person's first number. The same ``key`` of
    a case again is the same call.

    Who belongs to an agency calls for it, and for no other.

    Raises:
        OutreachError: an unknown purpose, a number that is not the person's, or another's agency.
    """
    if purpose not in KNOWN_NAMES:
        raise OutreachError(f"unknown purpose {purpose!r}")
    own = acts_for(by)
    if own and agency not in {"", own}:
        raise OutreachError("people of an agency call for it only")
    wanted = WantedCall(
        key=f"{case.loan_no}:{key}",
        case=case,
        party=party,
        at=contact_moment(case),
        point=point,
        purpose=purpose,
        agency=own or agency,
        by=by,
    )
    person = people_of([wanted])[party.token]
    if point is not None and point_of(wanted, person) is None:
        raise OutreachError("this is no number of this person in use")
    [attempt] = book_calls([wanted])
    return attempt


def book_calls(wanted: Sequence[WantedCall]) -> list[Attempt]:
    """Book these calls as the gate allows, in their order."""
    return book(wanted, _drafts)


def _drafts(wanted: Sequence[WantedCall], people: Mapping[UUID, PersonData]) -> list[Draft]:
    return [Draft(one.verdict, one.facts_json()) for one in judge_attempts(wanted, people)]


@transaction.atomic
def record_result(
    attempt: Attempt,
    *,
    result: str,
    effective: bool | None = None,
    answered_by: str = "",
    note: str = "",
    by: User | None,
) -> Attempt:
    """Keep what came of a booked call; told once, it stays.

    ``effective`` (有效通话) is, where nobody says otherwise, whether there was a conversation.
    ``not_dialled`` gives the call back: it counts no more. A ``note`` goes to the case, read for
    words like any other; somebody has to write it.

    Raises:
        OutreachError: not a call, not booked, an unknown result, another one told before, an
            effective call in which nobody was talked to, or an answer that does not fit.
    """
    # Its result decides whether the next call is allowed, so it waits for whoever books one.
    Party.objects.select_for_update(no_key=True).get(pk=attempt.party_id)
    told = Attempt.objects.select_for_update(of=("self",)).select_related("case", "verdict")
    call = told.get(pk=attempt.pk)
    is_effective = result == "conversation" if effective is None else effective
    _check(call, result, effective=is_effective)
    who = _answered(result, answered_by)
    if call.result:
        if (call.result, call.effective, call.answered_by) == (result, is_effective, who):
            return call
        raise OutreachError("another result of this call was told before")
    if call.state != AttemptState.BOOKED:
        raise OutreachError("this call was never allowed")
    call.state = AttemptState.FAILED if result == NOT_DIALLED else AttemptState.MADE
    call.result, call.effective, call.answered_by = result, is_effective, who
    call.save(update_fields=["state", "result", "effective", "answered_by"])
    record_many([attempt_record(call, by=by)])
    mark_by_result(call, by=by)
    if note.strip() and by is not None:
        keep_note(call.case, text=note, by=by, at=contact_moment(call.case))
    return call


def mark_by_result(call: Attempt, *, by: User | None) -> None:
    """A number that does not exist, or is somebody else's now, is not dialled again."""
    if call.contact_point_id is None:
        return
    if call.result in UNUSABLE:
        mark_number(call.contact_point_id, why=call.result, by=by, at=call.at)
    elif call.answered_by in UNUSABLE:
        mark_number(call.contact_point_id, why=call.answered_by, by=by, at=call.at)


def _check(call: Attempt, result: str, *, effective: bool) -> None:
    if call.channel != "call":
        raise OutreachError("only of a call a result is told")
    if result != NOT_DIALLED and result not in RESULTS:
        raise OutreachError(f"unknown result {result!r}")
    if effective and result not in _TALKED:
        raise OutreachError(f"a call with the result {result!r} is not effective")


def _answered(result: str, who: str) -> str:
    """Who answered: as told, else what the result says by itself."""
    fitting = _ANSWERED.get(result, ("",))
    if who and who not in fitting:
        raise OutreachError(f"{who!r} cannot have answered a call with the result {result!r}")
    return str(who or fitting[0])
