"""Batches that agencies have, over HTTP: how they stand, extend them, call them back."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.agencies.models import Batch
from carrears.agencies.queries import require_house, state_sums
from carrears.agencies.terms import extend_batch, recall_batch
from carrears.clock import now
from carrears.evidence.services import sequence

router = Router(tags=["agencies"])
Reason = Annotated[str, Field(min_length=1, max_length=120)]


class BatchTermOut(Schema):
    """A batch: its agency, days, fees as agreed, and how many debtors stand how today."""

    id: int
    placing: int = Field(alias="placing_id")
    agency: str
    rule: str
    from_on: date
    until_on: date
    terms: dict[str, Any]
    states: dict[str, int]

    @staticmethod
    def resolve_agency(batch: Batch) -> str:
        """The agency's key."""
        return batch.agency.key

    @staticmethod
    def resolve_states(batch: Batch) -> dict[str, int]:
        """By live, held, coming, over, recalled, taken_out, waiting."""
        return state_sums(batch, access_day(now()))


class ExtendIn(Schema):
    """The new last day, and why."""

    until_on: date
    reason: Reason


class RecallIn(Schema):
    """Why."""

    reason: Reason


class ChangedOut(Schema):
    """How many debtors it was done to."""

    debtors: int


@router.get("", response=list[BatchTermOut])
def list_batches(
    request: HttpRequest,
    *,
    agency: str | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> QuerySet[Batch]:
    """Batches, the newest first; of one agency by its key."""
    require(request, "agencies.view_placing")
    found = Batch.objects.select_related("agency")
    return (found if agency is None else found.filter(agency__key=agency))[:limit]


@router.post("/{batch_id}/extend", response=ChangedOut)
def extend(request: HttpRequest, batch_id: int, wanted: ExtendIn) -> dict[str, int]:
    """Let the agency have longer whom it still has of a batch."""
    user = require(request, "agencies.approve_placing")
    batch = get_object_or_404(Batch, pk=batch_id)
    many = extend_batch(batch, **wanted.dict(), by=user, at=now())
    sequence()
    return {"debtors": many}


@router.post("/{batch_id}/recall", response=ChangedOut)
def call_back(request: HttpRequest, batch_id: int, wanted: RecallIn) -> dict[str, int]:
    """Take back at once whoever of a batch is with its agency."""
    user = require(request, "agencies.approve_placing")
    many = recall_batch(
        get_object_or_404(Batch, pk=batch_id), reason=wanted.reason, by=user, at=now()
    )
    sequence()
    return {"debtors": many}


def require(request: HttpRequest, permission: str) -> User:
    """The user, where he may do this to batches.

    Raises:
        PermissionDenied: he may not.
    """
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    require_house(user, permission)
    return user
