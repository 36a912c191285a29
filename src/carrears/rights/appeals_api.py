"""Appeals against automated decisions over HTTP: register, find, explain, judge."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import AwareDatetime

from carrears.access.models import User
from carrears.casework.models import Case, CaseState
from carrears.casework.seeing import visible_cases
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.parties.models import LoanParty
from carrears.rights.explaining import write_explanation
from carrears.rights.models import (
    CONTESTING,
    Asker,
    Proof,
    RequestChannel,
    RequestState,
    RightsRequest,
)
from carrears.rights.request_queries import RequestFilter, find_requests, today, visible_requests
from carrears.rights.request_steps import (
    ActionWanted,
    Format,
    hand_out_explanation,
    possible_actions,
    take_action,
)
from carrears.rights.requests import RequestWanted, register_request

router = Router(tags=["appeals"])
Key = Annotated[str, Field(min_length=8, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
Words = Annotated[str, Field(max_length=4000)]
Code = Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_.-]*$")]
_ADD, _SEE, _DEAL = (
    "rights.add_rightsrequest",
    "rights.view_rightsrequest",
    "rights.change_rightsrequest",
)
_CASES = "casework.view_case"


class AppealIn(Schema):
    """An appeal, or only an explanation asked for; ``key`` makes a second one harmless.

    ``party_no`` is of somebody of the loan; its open case is what is contested.
    """

    key: Key
    kind: Literal["appeal", "explanation"] = "appeal"
    loan_no: Annotated[str, Field(max_length=64)]
    party_no: Annotated[str, Field(max_length=64)]
    text: Annotated[Words, Field(min_length=1)]
    channel: RequestChannel
    proof: Proof
    asker: Asker = Asker.SELF
    received_at: AwareDatetime | None = None


class JudgementIn(Schema):
    """What is done with it; ``treatment`` and ``until_on`` go with ``change``."""

    key: Key
    action: Literal["uphold", "change", "exclude", "lift", "withdraw", "note", "fulfil"]
    text: Words = ""
    treatment: Code = ""
    until_on: date | None = None


class AppealOut(Schema):
    """An appeal without its words; ``next_actions`` are those of the user who asks."""

    id: int
    kind: str
    loan_no: str
    party_id: UUID
    state: str
    jurisdiction: str
    received_at: datetime
    due_on: date | None
    overdue: bool
    treatment: str
    decided_on: date
    strategy: str
    outcome: str
    treatment_after: str
    until_on: date | None
    closed_at: datetime | None
    next_actions: list[str]


class AppealFilter(Schema):
    """Which; ``state`` may be ``open``."""

    state: Annotated[str, Field(max_length=10)] = ""
    loan_no: Annotated[str, Field(max_length=64)] = ""
    overdue: bool = False
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.post("", response={201: AppealOut})
def register(request: HttpRequest, wanted: AppealIn) -> Status[AppealOut]:
    """Register one; nothing that presses harder begins from this moment. 201 also the second time.

    A person who has no part in the loan, or whose case the user may not see, is 404.
    """
    user = _require(request, _ADD)
    with nullcontext() if user.has_perm(_CASES) else as_house():
        kept = _register(wanted, user)
        sequence()
        return Status(201, _told(kept, user))


def _register(wanted: AppealIn, user: User) -> RightsRequest:
    case = _case_of(wanted.loan_no, user)
    link = get_object_or_404(
        LoanParty.objects.select_related("party"),
        loan_no=wanted.loan_no,
        party__party_no=wanted.party_no,
    )
    return register_request(
        RequestWanted(
            key=f"api:{wanted.key}",
            party=link.party,
            loan_no=wanted.loan_no,
            case=case,
            kind=wanted.kind,
            channel=wanted.channel,
            asker=wanted.asker,
            proof=wanted.proof,
            received_at=wanted.received_at or now(),
            text=wanted.text,
            by=user,
        )
    )


@router.get("", response=list[AppealOut])
def list_appeals(request: HttpRequest, wanted: Query[AppealFilter]) -> list[AppealOut]:
    """What is due first comes first."""
    user = _require(request, _SEE)
    asked = RequestFilter(
        state=wanted.state if wanted.state in {"open", *RequestState.values} else "",
        loan_no=wanted.loan_no,
        overdue=wanted.overdue,
    )
    found = find_requests(asked) & _contesting(user)
    return [_told(one, user) for one in found.select_related("contested__strategy")[: wanted.limit]]


@router.get("/{appeal_id}", response=AppealOut)
def read(request: HttpRequest, appeal_id: int) -> AppealOut:
    """One of them."""
    user = _require(request, _SEE)
    return _told(_appeal(appeal_id, user), user)


@router.post("/{appeal_id}/actions", response=AppealOut)
def act(request: HttpRequest, appeal_id: int, wanted: JudgementIn) -> AppealOut:
    """Judge it or take another step; 409 where the state or the user's part in it forbids it."""
    user = _require(request, _DEAL)
    asked = _appeal(appeal_id, user)
    told: dict[str, Any] = wanted.model_dump(exclude={"key"})
    key = f"api:{asked.pk}:{wanted.key}"
    take_action(asked, ActionWanted(**told, key=key, by=user, at=now()))
    sequence()
    return _told(_appeal(appeal_id, user), user)


class DocumentIn(Schema):
    """Which document; ``key`` tells the request apart in the evidence."""

    key: Key
    format: Format = "json"


@router.post("/{appeal_id}/explanation")
def explain(request: HttpRequest, appeal_id: int, wanted: DocumentIn) -> HttpResponse:
    """The decision in plain words, as JSON or PDF; that it was made is evidence."""
    user = _require(request, _DEAL)
    asked = _appeal(appeal_id, user)
    key = f"api:{asked.pk}:{wanted.key}"
    told = hand_out_explanation(asked, as_format=wanted.format, by=user, key=key, at=now())
    sequence()
    if wanted.format == "json":
        return HttpResponse(told.as_json(), content_type="application/json")
    pdf = write_explanation(told, language=wanted.format.removeprefix("pdf-"))
    return HttpResponse(pdf, content_type="application/pdf")


def _case_of(loan_no: str, user: User) -> Case:
    """The open case; a system that may see no cases names one by its loan all the same."""
    sees = user.has_perm(_CASES)
    cases = visible_cases(user) if sees else Case.objects.all()
    return get_object_or_404(cases, loan_no=loan_no, state=CaseState.OPEN)


def _contesting(user: User) -> QuerySet[RightsRequest]:
    return visible_requests(user).filter(kind__in=CONTESTING)


def _appeal(pk: int, user: User) -> RightsRequest:
    return get_object_or_404(_contesting(user).select_related("contested__strategy"), pk=pk)


def _told(one: RightsRequest, user: User) -> AppealOut:
    contested = one.contested
    return AppealOut(
        id=one.pk,
        kind=one.kind,
        loan_no=one.loan_no,
        party_id=one.party_id,
        state=one.state,
        jurisdiction=one.jurisdiction,
        received_at=one.received_at,
        due_on=one.due_on,
        overdue=one.due_on is not None and one.due_on < today(),
        treatment=contested.treatment,
        decided_on=contested.decided_on,
        strategy=contested.strategy.version,
        outcome=contested.outcome,
        treatment_after=contested.treatment_after,
        until_on=contested.until_on,
        closed_at=one.closed_at,
        next_actions=list(possible_actions(one, user)) if user.has_perm(_DEAL) else [],
    )


def _require(request: HttpRequest, permission: str) -> User:
    user = request.user
    if not (isinstance(user, User) and user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return user
