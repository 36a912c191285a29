"""Batches for agencies over HTTP: propose, look, approve or refuse."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from carrears.access.organisations import access_day
from carrears.agencies.approving import approve, refusals_of, refuse
from carrears.agencies.batches_api import require
from carrears.agencies.models import Placing, PlacingLine
from carrears.agencies.proposing import propose
from carrears.agencies.queries import (
    BatchSum,
    TakenOutSum,
    batch_sums,
    taken_out_sums,
)
from carrears.casework.api import Offset
from carrears.clock import now
from carrears.evidence.services import sequence

router = Router(tags=["agencies"])


class ProposeIn(Schema):
    """From which day the debtors would be placed; today where it is left out."""

    first_on: date | None = None


class RefuseIn(Schema):
    """Why nobody of it is placed."""

    reason: Annotated[str, Field(min_length=1, max_length=120)]


class BatchOut(Schema):
    """A batch in one currency; ``arrears`` in its minor units, ``placed`` of the people."""

    batch: int
    agency: str
    rule: str
    from_on: date
    until_on: date
    people: int
    loans: int
    arrears: int
    currency: str
    placed: int


class TakenOutOut(Schema):
    """Debtors who are taken out for one reason; ``arrears`` in minor units."""

    why: str
    people: int
    loans: int
    arrears: int
    currency: str


class PlacingOut(Schema):
    """A proposal: ``state`` is proposed, approved, placed or refused."""

    id: int
    first_on: date
    state: str
    made_by: str | None
    made_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    reason: str
    placed_at: datetime | None
    batches: list[BatchOut]
    taken_out: list[TakenOutOut]

    @staticmethod
    def resolve_made_by(placing: Placing) -> str | None:
        """The user name of who proposed it; None: the house's own machine."""
        return placing.made_by.get_username() if placing.made_by else None

    @staticmethod
    def resolve_decided_by(placing: Placing) -> str | None:
        """The user name of who decided it."""
        return placing.decided_by.get_username() if placing.decided_by else None

    @staticmethod
    def resolve_reason(placing: Placing) -> str:
        """Why it was refused; empty of one that was not."""
        return refusals_of([placing]).get(placing.pk, "")

    @staticmethod
    def resolve_batches(placing: Placing) -> list[BatchSum]:
        """What each batch holds."""
        return batch_sums(placing)

    @staticmethod
    def resolve_taken_out(placing: Placing) -> list[TakenOutSum]:
        """Who is taken out."""
        return taken_out_sums(placing)


class LineOut(Schema):
    """A debtor of a proposal: his batch, or why he is taken out (a code)."""

    obligor_no: str
    batch: int | None = Field(alias="batch_id")
    loans: int
    arrears: int
    currency: str
    dpd: int
    why: str
    placed: bool

    @staticmethod
    def resolve_placed(line: PlacingLine) -> bool:
        """Whether he is with the agency by it."""
        return line.placement_id is not None


@router.get("", response=list[PlacingOut])
def list_placings(
    request: HttpRequest, *, limit: Annotated[int, Query(ge=1, le=100)] = 20
) -> QuerySet[Placing]:
    """Proposals, the newest first."""
    require(request, "agencies.view_placing")
    return Placing.objects.select_related("made_by", "decided_by")[:limit]


@router.post("", response={201: PlacingOut})
def propose_one(request: HttpRequest, wanted: ProposeIn) -> Status[Placing]:
    """Propose batches by the rules; nobody is placed before somebody else approves."""
    user, moment = require(request, "agencies.add_placing"), now()
    first_on = wanted.first_on or access_day(moment)
    placing = propose(first_on=first_on, by=user, at=moment)
    sequence()
    return Status(201, placing)


@router.get("/{placing_id}", response=PlacingOut)
def get_placing(request: HttpRequest, placing_id: int) -> Placing:
    """One proposal with its batches and who is taken out."""
    require(request, "agencies.view_placing")
    return get_object_or_404(Placing, pk=placing_id)


@router.get("/{placing_id}/lines", response=list[LineOut])
def list_lines(
    request: HttpRequest,
    placing_id: int,
    *,
    batch: int | None = None,
    why: str | None = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    offset: Offset = 0,
) -> QuerySet[PlacingLine]:
    """The debtors of a proposal, the largest arrears first; of one batch or one reason."""
    require(request, "agencies.view_placing")
    found = PlacingLine.objects.filter(placing=get_object_or_404(Placing, pk=placing_id))
    if batch is not None:
        found = found.filter(batch=batch)
    if why is not None:
        found = found.filter(why=why)
    return found.order_by("pk")[offset : offset + limit]


@router.post("/{placing_id}/approve", response=PlacingOut)
def approve_one(request: HttpRequest, placing_id: int) -> Placing:
    """Have it placed, in the background; not by who proposed it."""
    user = require(request, "agencies.approve_placing")
    placing = approve(get_object_or_404(Placing, pk=placing_id), by=user, at=now())
    sequence()
    return placing


@router.post("/{placing_id}/refuse", response=PlacingOut)
def refuse_one(request: HttpRequest, placing_id: int, wanted: RefuseIn) -> Placing:
    """Place nobody of it; whoever proposed it may take it back."""
    user = require(request, "agencies.view_placing")
    placing = get_object_or_404(Placing, pk=placing_id)
    if placing.made_by_id != user.pk:
        require(request, "agencies.approve_placing")
    placing = refuse(placing, reason=wanted.reason, by=user, at=now())
    sequence()
    return placing
