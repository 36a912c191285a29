"""Overrides over HTTP: one asks, another decides, then the contact is made."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from carrears.access.models import User
from carrears.casework.seeing import visible_cases
from carrears.evidence.services import sequence
from carrears.outreach.api import AttemptOut, require
from carrears.outreach.models import Attempt, Override
from carrears.outreach.overrides import (
    ask_override,
    contact_overridden,
    decide_override,
    put_said,
)

asking_router = Router(tags=["overrides"])
router = Router(tags=["overrides"])
State = Literal["asked", "approved", "refused"]
Reason = Annotated[str, Field(min_length=1, max_length=1000)]


class AskIn(Schema):
    """Why the contact should be made."""

    reason: Reason


class DecideIn(Schema):
    """Whether it may be made, and why."""

    approve: bool
    reason: Reason


class OverrideOut(Schema):
    """An override: of which stopped attempt, against which rules, by whom, until when."""

    id: int
    attempt: int = Field(alias="stopped_id")
    case: int = Field(alias="case_id")
    channel: str
    rules: list[str]
    reason: str
    asked_by: str
    asked_at: datetime
    state: State
    decision: str
    decided_by: str | None
    decided_at: datetime | None
    valid_until: datetime | None

    @staticmethod
    def resolve_asked_by(override: Override) -> str:
        """The user name of who asked."""
        return override.asked_by.get_username()

    @staticmethod
    def resolve_decided_by(override: Override) -> str | None:
        """The user name of who decided."""
        return override.decided_by.get_username() if override.decided_by else None


@asking_router.post("/{attempt_id}/override", response={201: OverrideOut})
def ask(request: HttpRequest, attempt_id: int, wanted: AskIn) -> Status[Override]:
    """Ask that an attempt which needs review may be made."""
    user = require(request, "outreach.ask_override")
    mine = Attempt.objects.filter(case__in=visible_cases(user).values("pk"))
    attempt = get_object_or_404(mine.select_related("case", "party", "verdict"), pk=attempt_id)
    asked = ask_override(attempt, reason=wanted.reason, by=user)
    sequence()
    return Status(201, put_said([asked])[0])


@router.get("", response=list[OverrideOut])
def list_overrides(
    request: HttpRequest,
    *,
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Override]:
    """Overrides of the cases one may see, newest first."""
    found = _visible(require(request, "outreach.view_attempt"))
    return put_said((found if state is None else found.filter(state=state))[:limit])


@router.post("/{override_id}/decision", response=OverrideOut)
def decide(request: HttpRequest, override_id: int, wanted: DecideIn) -> Override:
    """Approve or refuse, as a second person."""
    user = require(request, "outreach.approve_override")
    override = get_object_or_404(_visible(user), pk=override_id)
    decided = decide_override(override, approve=wanted.approve, reason=wanted.reason, by=user)
    sequence()
    return put_said([decided])[0]


@router.post("/{override_id}/contact", response=AttemptOut)
def contact(request: HttpRequest, override_id: int) -> Attempt:
    """Make the contact under an approved override; once."""
    user = require(request, "outreach.view_attempt")
    override = get_object_or_404(_visible(user), pk=override_id)
    require(request, f"outreach.{'make_call' if override.channel == 'call' else 'send_message'}")
    made = contact_overridden(override, by=user)
    sequence()
    return made


def _visible(user: User) -> QuerySet[Override]:
    cases = visible_cases(user).select_related(None).values("pk")
    return Override.objects.filter(case__in=cases).select_related("asked_by", "decided_by")
