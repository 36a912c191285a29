"""Complaints over HTTP: register, find, and take the steps of their course."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status
from pydantic import AwareDatetime

from carrears.access.models import User
from carrears.casework.seeing import visible_cases
from carrears.clock import now
from carrears.conduct.complaint_models import (
    Complainant,
    Complaint,
    ComplaintCategory,
    ComplaintChannel,
    ComplaintOutcome,
    ComplaintRemedy,
)
from carrears.conduct.complaint_queries import (
    ComplaintFilter,
    find_complaints,
    today,
    visible_complaints,
)
from carrears.conduct.complaint_steps import Authority, Kind, StepWanted, possible_steps, take_step
from carrears.conduct.complaints import ComplaintWanted, open_words, register_complaint
from carrears.conduct.matters import on_case
from carrears.conduct.models import VerdictRecord
from carrears.evidence.services import sequence

router = Router(tags=["complaints"])
Key = Annotated[str, Field(min_length=8, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
Words = Annotated[str, Field(max_length=4000)]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{0,64}$")]
State = Literal["open", "received", "acknowledged", "answered", "escalated", "closed"]


class ComplaintIn(Schema):
    """A complaint; ``key`` makes a second one of the same harmless.

    ``case`` is the case it is about; without one ``jurisdiction`` is needed. ``attempt_key`` names
    the contact it is about, ``agency`` and ``collector`` (a user name) whose conduct.
    """

    key: Key
    category: ComplaintCategory
    channel: ComplaintChannel
    text: Annotated[Words, Field(min_length=1)]
    received_at: AwareDatetime | None = None
    complainant: Complainant = Complainant.BORROWER
    case: int | None = None
    jurisdiction: Annotated[str, Field(pattern=r"^[A-Za-z]{0,8}$")] = ""
    agency: Code = ""
    collector: str = ""
    attempt_key: str = ""
    reference: Annotated[str, Field(max_length=64)] = ""


class StepIn(Schema):
    """A step of its course; ``text`` is sealed."""

    key: Key
    kind: Kind
    text: Words = ""
    escalated_to: Authority | None = None
    outcome: ComplaintOutcome | None = None
    remedy: ComplaintRemedy | None = None
    assign_to: str = ""


class DeadlineOut(Schema):
    """A time limit and the text it comes from, as it stood."""

    step: str
    due_on: date
    days: int
    months: int = 0
    counting: str
    citation: str
    text_status: str
    still_valid_on: date


class ComplaintOut(Schema):
    """A complaint without its words."""

    id: int
    reference: str
    loan_no: str
    case: int | None = Field(alias="case_id")
    complainant: str
    jurisdiction: str
    channel: str
    category: str
    agency: str
    collector: str
    state: str
    received_at: datetime
    due_on: date | None
    overdue: bool
    extended: bool
    assigned_to: str
    escalated_to: str
    outcome: str
    remedy: str
    acknowledged_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    deadlines: list[DeadlineOut]
    next_steps: list[str]

    @staticmethod
    def resolve_collector(complaint: Complaint) -> str:
        """The user name of whom it is about."""
        return complaint.collector.get_username() if complaint.collector else ""

    @staticmethod
    def resolve_assigned_to(complaint: Complaint) -> str:
        """The user name of who deals with it."""
        return complaint.assigned_to.get_username() if complaint.assigned_to else ""

    @staticmethod
    def resolve_overdue(complaint: Complaint) -> bool:
        """Whether the next step is late."""
        return complaint.due_on is not None and complaint.due_on < today()

    @staticmethod
    def resolve_next_steps(complaint: Complaint) -> list[str]:
        """What may be done with it now."""
        return list(possible_steps(complaint))


class ComplaintWhole(ComplaintOut):
    """A complaint with what was said; none is left of somebody who was erased."""

    text: str | None

    @staticmethod
    def resolve_text(complaint: Complaint) -> str | None:
        """The words in clear."""
        return open_words(complaint.party, complaint.text_sealed)


class Filters(Schema):
    """Which complaints are listed."""

    state: State | None = None
    overdue: bool = False
    due_within: Annotated[int | None, Field(ge=0, le=365)] = None
    agency: Code = ""
    category: ComplaintCategory | None = None
    jurisdiction: str = ""
    loan_no: str = ""
    limit: Annotated[int, Field(ge=1, le=500)] = 100


@router.get("", response=list[ComplaintOut])
def list_complaints(request: HttpRequest, wanted: Query[Filters]) -> QuerySet[Complaint]:
    """Complaints about the cases one may see, and about none; what is due first comes first."""
    user = _require(request, "conduct.view_complaint")
    asked = ComplaintFilter(
        state=wanted.state or "",
        overdue=wanted.overdue,
        due_within=wanted.due_within,
        agency=wanted.agency,
        category=wanted.category or "",
        jurisdiction=wanted.jurisdiction,
        loan_no=wanted.loan_no,
    )
    found = find_complaints(asked) & visible_complaints(user)
    return found.select_related(*_USERS)[: wanted.limit]


@router.post("", response={201: ComplaintWhole})
def register(request: HttpRequest, wanted: ComplaintIn) -> Status[Complaint]:
    """Register a complaint: collection of its case stops at once, and its time limits run."""
    user = _require(request, "conduct.add_complaint")
    cases = visible_cases(user).select_related("party")
    case = get_object_or_404(cases, pk=wanted.case) if wanted.case is not None else None
    moment = now()
    found: dict[str, Any] = dict(on_case(case, moment=moment)) if case else {"at": moment}
    collector = get_object_or_404(User, username=wanted.collector) if wanted.collector else None
    contact = (
        get_object_or_404(VerdictRecord, attempt_key=wanted.attempt_key, case=case)
        if wanted.attempt_key
        else None
    )
    complaint = register_complaint(
        ComplaintWanted(
            key=f"api:{wanted.key}",
            category=wanted.category,
            channel=wanted.channel,
            text=wanted.text,
            received_at=wanted.received_at or moment,
            complainant=wanted.complainant,
            case=case,
            party=case.party if case and wanted.complainant == Complainant.BORROWER else None,
            jurisdiction=wanted.jurisdiction,
            agency=wanted.agency,
            collector=collector,
            contact=contact,
            reference=wanted.reference,
            by=user,
            **found,
        )
    )
    sequence()
    return Status(201, complaint)


@router.get("/{complaint_id}", response=ComplaintWhole)
def show(request: HttpRequest, complaint_id: int) -> Complaint:
    """One complaint with what was said."""
    user = _require(request, "conduct.view_complaint")
    return get_object_or_404(_visible(user), pk=complaint_id)


@router.post("/{complaint_id}/steps", response=ComplaintWhole)
def step(request: HttpRequest, complaint_id: int, wanted: StepIn) -> Complaint:
    """Take a step: acknowledge, answer, extend, escalate, close, assign, or note."""
    user = _require(request, "conduct.change_complaint")
    complaint = get_object_or_404(_visible(user), pk=complaint_id)
    assignee = get_object_or_404(User, username=wanted.assign_to) if wanted.assign_to else None
    moved = take_step(
        complaint,
        StepWanted(
            kind=wanted.kind,
            key=f"api:{wanted.key}",
            by=user,
            at=now(),
            text=wanted.text,
            escalated_to=wanted.escalated_to or "",
            outcome=wanted.outcome or "",
            remedy=wanted.remedy or "",
            assign_to=assignee,
        ),
    )
    sequence()
    return moved


_USERS = ("collector", "assigned_to")


def _visible(user: User) -> QuerySet[Complaint]:
    return visible_complaints(user).select_related("party", *_USERS)


def _require(request: HttpRequest, permission: str) -> User:
    user = request.user
    if not (isinstance(user, User) and user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return user
