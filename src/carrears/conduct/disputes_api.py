"""Disputes over HTTP: raise, find, and take the steps of their course."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import AwareDatetime

from carrears.access.models import User
from carrears.casework.agency_view import is_own, named_to
from carrears.casework.seeing import visible_cases
from carrears.clock import local_day, now
from carrears.conduct.complaint_models import ComplaintChannel
from carrears.conduct.complaint_queries import today
from carrears.conduct.complaints_api import DeadlineOut, Key, Words
from carrears.conduct.dispute_kinds import DisputeKind, load_dispute_kinds
from carrears.conduct.dispute_models import Dispute, DisputeOutcome
from carrears.conduct.dispute_queries import DisputeFilter, find_disputes, visible_disputes
from carrears.conduct.dispute_steps import (
    DisputeStepWanted,
    Kind,
    possible_dispute_steps,
    take_dispute_step,
)
from carrears.conduct.disputes import DisputeWanted, LoanWanted, raise_dispute, text_of
from carrears.evidence.services import sequence
from carrears.money import MOST
from carrears.vault.models import StoredObject

router = Router(tags=["disputes"])
Code = Annotated[str, Field(pattern=r"^[a-z0-9_]{0,24}$")]
State = Literal["open", "uncased", "raised", "acknowledged", "asked", "answered", "withdrawn"]


class LoanIn(Schema):
    """A loan by its case; ``amount`` in minor units of its currency, none: all that is owed."""

    case: int
    amount: Annotated[int, Field(gt=0, le=MOST, strict=True)] | None = None


class DisputeIn(Schema):
    """A dispute; ``key`` makes a second one of the same harmless."""

    key: Key
    kind: Code
    loans: Annotated[list[LoanIn], Field(min_length=1, max_length=50)]
    channel: ComplaintChannel
    text: Annotated[Words, Field(min_length=1)]
    received_at: AwareDatetime | None = None


class DisputeStepIn(Schema):
    """A step of its course; ``text`` is sealed. ``file`` is one of the case's files."""

    key: Key
    kind: Kind
    text: Words = ""
    outcome: DisputeOutcome | None = None
    assign_to: str = ""
    file: UUID | None = None


class LoanOut(Schema):
    """A loan that is disputed, and whether its collection is stopped for it."""

    loan_no: str
    case: int | None = Field(alias="case_id")
    amount: int | None
    currency: str
    hold: int | None = Field(alias="hold_id")


class DisputeOut(Schema):
    """A dispute without its words; people of the lender are not named to those of agencies."""

    id: int
    kind: str
    jurisdiction: str
    channel: str
    state: str
    outcome: str
    received_at: datetime
    due_on: date | None
    overdue: bool
    assigned_to: str
    acknowledged_at: datetime | None
    closed_at: datetime | None
    loans: list[LoanOut]
    files: list[UUID]
    deadlines: list[DeadlineOut]
    next_steps: list[str]

    @staticmethod
    def resolve_assigned_to(dispute: Dispute, context: Any) -> str:
        """The user name of who deals with it."""
        who = named_to(context["request"].user, dispute.assigned_to)
        return who.get_username() if who else ""

    @staticmethod
    def resolve_overdue(dispute: Dispute) -> bool:
        """Whether the next step is late."""
        return dispute.due_on is not None and dispute.due_on < today()

    @staticmethod
    def resolve_files(dispute: Dispute) -> list[UUID]:
        """The tokens of what is attached."""
        return [one.stored_id for one in dispute.documents.all()]

    @staticmethod
    def resolve_next_steps(dispute: Dispute) -> list[str]:
        """What may be done with it now."""
        return list(possible_dispute_steps(dispute))


class DisputeWhole(DisputeOut):
    """A dispute with what was said; none is left of somebody who was erased.

    People of agencies read what their own people wrote down.
    """

    text: str | None

    @staticmethod
    def resolve_text(dispute: Dispute, context: Any) -> str | None:
        """The words in clear."""
        own = is_own(context["request"].user, dispute.registered_by_id)
        return text_of(dispute) if own else None


class NamedOut(Schema):
    """Words in both languages."""

    zh: str
    en: str


class KindOut(Schema):
    """What may be disputed, and whether an amount is needed, asked, or none is told."""

    code: str
    title: NamedOut
    amount: str
    asks: NamedOut


class Filters(Schema):
    """Which disputes are listed."""

    state: State | None = None
    overdue: bool = False
    due_within: Annotated[int | None, Field(ge=0, le=365)] = None
    kind: Code = ""
    jurisdiction: str = ""
    loan_no: str = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.get("", response=list[DisputeOut])
def list_disputes(request: HttpRequest, wanted: Query[Filters]) -> QuerySet[Dispute]:
    """Disputes of the cases one may see; what is due first comes first."""
    user = _require(request, "conduct.view_dispute")
    asked = DisputeFilter(
        state=wanted.state or "",
        overdue=wanted.overdue,
        due_within=wanted.due_within,
        kind=wanted.kind,
        jurisdiction=wanted.jurisdiction,
        loan_no=wanted.loan_no,
    )
    return _whole(find_disputes(asked) & visible_disputes(user))[: wanted.limit]


@router.get("/kinds", response=list[KindOut])
def list_kinds(request: HttpRequest) -> list[DisputeKind]:
    """The kinds that hold today."""
    _require(request, "conduct.view_dispute")
    day = local_day(now(), settings.TIME_ZONE)
    return list(load_dispute_kinds(Path(settings.CARREARS_HOME), on=day).kinds)


@router.post("", response={201: DisputeWhole})
def register(request: HttpRequest, wanted: DisputeIn) -> Status[Dispute]:
    """Raise a dispute: collection of its loans stops at once, and its time limits run."""
    user = _require(request, "conduct.add_dispute")
    mine = visible_cases(user).select_related("party")
    moment = now()
    dispute = raise_dispute(
        DisputeWanted(
            key=f"api:{wanted.key}",
            kind=wanted.kind,
            loans=[
                LoanWanted(loan=get_object_or_404(mine, pk=one.case), amount=one.amount)
                for one in wanted.loans
            ],
            channel=wanted.channel,
            text=wanted.text,
            received_at=wanted.received_at or moment,
            at=moment,
            by=user,
        )
    )
    sequence()
    return Status(201, dispute)


@router.get("/{dispute_id}", response=DisputeWhole)
def show(request: HttpRequest, dispute_id: int) -> Dispute:
    """One dispute with what was said."""
    user = _require(request, "conduct.view_dispute")
    return get_object_or_404(_whole(visible_disputes(user)), pk=dispute_id)


@router.post("/{dispute_id}/steps", response=DisputeWhole)
def step(request: HttpRequest, dispute_id: int, wanted: DisputeStepIn) -> Dispute:
    """Take a step: acknowledge, ask, inform, answer, withdraw, assign, note, or attach."""
    user = _require(request, "conduct.change_dispute")
    dispute = get_object_or_404(visible_disputes(user), pk=dispute_id)
    assignee = get_object_or_404(User, username=wanted.assign_to) if wanted.assign_to else None
    stored = get_object_or_404(StoredObject, pk=wanted.file) if wanted.file else None
    take_dispute_step(
        dispute,
        DisputeStepWanted(
            kind=wanted.kind,
            key=f"api:{wanted.key}",
            by=user,
            at=now(),
            text=wanted.text,
            outcome=wanted.outcome or "",
            assign_to=assignee,
            stored=stored,
        ),
    )
    sequence()
    return _whole(visible_disputes(user)).get(pk=dispute_id)


def _whole(found: QuerySet[Dispute]) -> QuerySet[Dispute]:
    return found.select_related("party", "assigned_to").prefetch_related("loans", "documents")


def _require(request: HttpRequest, permission: str) -> User:
    user = request.user
    if not (isinstance(user, User) and user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return user
