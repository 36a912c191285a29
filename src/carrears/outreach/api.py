"""Calls over HTTP: booked before they are dialled, told of afterwards."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Header, Router, Schema, Status
from ninja.errors import HttpError

from carrears.access.models import User
from carrears.casework.agency_view import own_contacts
from carrears.casework.models import CaseState
from carrears.casework.seeing import visible_cases
from carrears.casework.showing import refuse_held
from carrears.conduct.vocabulary import GateAction, Outcome
from carrears.evidence.services import sequence
from carrears.outreach.calls import book_call, record_result
from carrears.outreach.models import Attempt
from carrears.parties.models import LoanParty

router = Router(tags=["calls"])
attempts_router = Router(tags=["calls"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=80)]


class CallIn(Schema):
    """Whom to call: the debtor unless ``party`` names another person of the loan."""

    party: UUID | None = None
    contact_point: int | None = None
    purpose: Annotated[str, Field(max_length=24)] = "collect"
    agency: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.-]*$")] = ""


class ReasonOut(Schema):
    """A rule that stands in the way."""

    rule: str
    gate_action: GateAction
    explanation_zh: str
    explanation_en: str
    citation: str


class AttemptOut(Schema):
    """An attempt with its verdict. Only what is ``booked`` may be dialled."""

    id: int
    channel: str
    state: Literal["blocked", "booked", "sent", "made", "failed"]
    result: str
    effective: bool
    answered_by: str
    at: datetime
    gate_action: GateAction
    expect: Outcome
    reasons: list[ReasonOut]
    next_allowed_at: datetime | None

    @staticmethod
    def resolve_expect(attempt: Attempt) -> str:
        """The gravest outcome."""
        return attempt.verdict.expect

    @staticmethod
    def resolve_next_allowed_at(attempt: Attempt) -> datetime | None:
        """When the same would be allowed."""
        return attempt.verdict.next_allowed_at

    @staticmethod
    def resolve_reasons(attempt: Attempt) -> list[dict[str, str]]:
        """The findings against it."""
        return [
            {**finding, "rule": finding["rule_id"]}
            for finding in attempt.verdict.findings
            if finding["gate_action"] != "allow"
        ]


class ResultIn(Schema):
    """What came of a call; ``not_dialled`` gives it back."""

    result: Annotated[str, Field(min_length=1, max_length=24)]
    effective: bool | None = None
    answered_by: Annotated[str, Field(max_length=12)] = ""
    note: Annotated[str, Field(max_length=4000)] = ""


@router.post("/{case_id}/calls", response={201: AttemptOut})
def ask_for_call(
    request: HttpRequest, case_id: int, wanted: CallIn, idempotency_key: Key
) -> Status[Attempt]:
    """Book a call before it is dialled; the gate judges it in the same transaction."""
    user = require(request, "outreach.make_call")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    if case.state != CaseState.OPEN:
        raise HttpError(409, "this case is not open")
    refuse_held(case.pk, user)
    token = wanted.party or case.party_id
    link = LoanParty.objects.filter(loan_no=case.loan_no, party=token).select_related("party")
    person = link.first()
    if person is None:
        raise HttpError(409, "nobody of this loan is on record under this token")
    attempt = book_call(
        case,
        party=person.party,
        key=idempotency_key,
        point=wanted.contact_point,
        purpose=wanted.purpose,
        agency=wanted.agency,
        by=user,
    )
    sequence()
    return Status(201, attempt)


@attempts_router.post("/{attempt_id}/result", response=AttemptOut)
def tell_result(request: HttpRequest, attempt_id: int, told: ResultIn) -> Attempt:
    """Tell what came of a booked call; people of agencies, of one that is of their agency."""
    user = require(request, "outreach.make_call")
    seen = Attempt.objects.filter(case__in=visible_cases(user).values("pk"))
    attempt = get_object_or_404(own_contacts(user, seen), pk=attempt_id)
    if attempt.made_by_id != user.pk:  # what came of one's own is a fact that the limits need
        refuse_held(attempt.case_id, user)
    kept = record_result(attempt, **told.dict(), by=user)
    sequence()
    return kept


def require(request: HttpRequest, permission: str) -> User:
    """The user who asks, if he may.

    Raises:
        PermissionDenied: he may not.
    """
    user = request.user
    if not (isinstance(user, User) and user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return user
