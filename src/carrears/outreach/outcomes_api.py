"""What came of contacts over HTTP: the codes, and what was told by them."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Header, Router, Schema, Status
from ninja.errors import HttpError

from carrears.casework.agency_view import own_contacts
from carrears.casework.models import CaseState
from carrears.casework.seeing import visible_cases
from carrears.casework.showing import refuse_held
from carrears.clock import local_day, now
from carrears.evidence.services import sequence
from carrears.outreach.api import require
from carrears.outreach.models import Attempt, ContactOutcome
from carrears.outreach.outcome_codes import OutcomeCode, Way, load_outcome_codes
from carrears.outreach.outcomes import Told, Unbooked, record_contact, record_outcome
from carrears.parties.models import LoanParty

codes_router = Router(tags=["outcomes"])
cases_router = Router(tags=["outcomes"])
attempts_router = Router(tags=["outcomes"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=80)]
Code = Annotated[str, Field(min_length=1, max_length=24)]


class CodeOut(Schema):
    """A code; ``by`` says what it means for the gate's counters by each channel."""

    code: str
    title_zh: str
    title_en: str
    by: dict[str, str]
    right_party: bool
    next: str
    follow_up: int | Literal["none", "keep"]

    @staticmethod
    def resolve_title_zh(code: OutcomeCode) -> str:
        """In Chinese."""
        return code.title.zh

    @staticmethod
    def resolve_title_en(code: OutcomeCode) -> str:
        """In English."""
        return code.title.en


class OutcomeIn(Schema):
    """What came of a booked call; without a day the code's rule sets the follow-up date."""

    code: Code
    note: Annotated[str, Field(max_length=4000)] = ""
    follow_up_on: date | None = None


class ContactIn(OutcomeIn):
    """A contact that was not booked here: to the house (``in``), or a visit (``out``).

    With the debtor unless ``party`` names another person of the loan; now unless ``at`` says when.
    """

    channel: Way
    direction: Literal["in", "out"] = "in"
    party: UUID | None = None
    at: datetime | None = None
    staff: Annotated[int, Field(ge=1, le=20)] | None = None


class OutcomeOut(Schema):
    """What came of a contact, and what it leads to."""

    id: int
    attempt: int | None = Field(None, alias="attempt_id")
    party: UUID = Field(alias="party_id")
    channel: str
    direction: Literal["in", "out"]
    at: datetime
    code: str
    result: str
    effective: bool
    right_party: bool
    next: str = Field(alias="next_step")
    follow_up_on: date | None


@codes_router.get("", response=list[CodeOut])
def list_codes(request: HttpRequest) -> tuple[OutcomeCode, ...]:
    """The codes that hold today."""
    require(request, "casework.view_case")
    today = local_day(now(), settings.TIME_ZONE)
    return load_outcome_codes(Path(settings.CARREARS_HOME), on=today).codes


@attempts_router.post("/{attempt_id}/outcome", response=OutcomeOut)
def tell_outcome(request: HttpRequest, attempt_id: int, told: OutcomeIn) -> ContactOutcome:
    """Tell by a code what came of a booked call; agencies' people, of one of their agency."""
    user = require(request, "outreach.make_call")
    seen = Attempt.objects.filter(case__in=visible_cases(user).values("pk")).select_related("case")
    attempt = get_object_or_404(own_contacts(user, seen), pk=attempt_id)
    if attempt.made_by_id != user.pk:  # what came of one's own is a fact that the limits need
        refuse_held(attempt.case_id, user)
    kept = record_outcome(attempt, told=Told(**told.dict()), by=user)
    sequence()
    return kept


@cases_router.get("/{case_id}/outcomes", response=list[OutcomeOut])
def list_outcomes(request: HttpRequest, case_id: int) -> QuerySet[ContactOutcome]:
    """What came of the contacts about a case, newest first; an agency's people see their own."""
    user = require(request, "casework.view_case")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    return own_contacts(user, case.outcomes.all())


@cases_router.post("/{case_id}/outcomes", response={201: OutcomeOut})
def keep_contact(
    request: HttpRequest, case_id: int, told: ContactIn, idempotency_key: Key
) -> Status[ContactOutcome]:
    """Keep a contact that was not booked here, and what came of it."""
    user = require(request, "casework.work_case")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    if case.state == CaseState.CLOSED:
        raise HttpError(409, "this case is closed")
    refuse_held(case.pk, user)
    token: Any = told.party or case.party_id
    link = LoanParty.objects.filter(loan_no=case.loan_no, party=token).select_related("party")
    person = link.first()
    if person is None:
        raise HttpError(409, "nobody of this loan is on record under this token")
    kept = record_contact(
        case,
        Unbooked(
            channel=told.channel,
            direction=told.direction,
            party=person.party,
            at=told.at,
            staff=told.staff,
        ),
        told=Told(code=told.code, note=told.note, follow_up_on=told.follow_up_on),
        key=idempotency_key,
        by=user,
    )
    sequence()
    return Status(201, kept)
