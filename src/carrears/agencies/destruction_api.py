"""The end of placements over HTTP: what is to be destroyed, stating it, and the proof."""

from __future__ import annotations

import hashlib
import json
from datetime import date, datetime
from typing import IO, Annotated, Any, Literal, cast

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import File, Form, Header, Query, Router, Schema, Status, UploadedFile

from carrears.agencies.certificate import write_certificate
from carrears.agencies.destruction import (
    STATE,
    VIEW,
    agency_of,
    awaited,
    state_destroyed,
    statements_of,
)
from carrears.agencies.destruction_models import Destruction
from carrears.agencies.own_certificate import Paper, read_paper
from carrears.casework.asking_once import once
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.outreach.api import require
from carrears.signin.program_step_up import OneTimeCode, require_step_up

router = Router(tags=["agencies"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=80)]


class AwaitedOut(Schema):
    """A placement that is over and of which nobody stated yet that its data is destroyed."""

    placement: int
    agency: str
    loan_nos: list[str]
    ended_on: date
    due_on: date
    overdue: bool


class AwaitedListOut(Schema):
    """What is due first at the top."""

    items: list[AwaitedOut]


class DestructionOut(Schema):
    """A statement; ``has_paper`` where the agency sent a certificate of its own."""

    id: int
    agency: str
    method: str
    stated_by: str
    stated_at: datetime
    placements: list[int]
    has_paper: bool


class DestructionsOut(Schema):
    """Some of the statements, the newest first; ``next`` is the ``before`` of the older ones."""

    items: list[DestructionOut]
    next: int | None


class StateIn(Schema):
    """Which placements, and how: ``erased``, ``shredded`` or ``both``."""

    placements: list[int]
    method: str


class StatedOut(Schema):
    """The statement that was made."""

    id: int


@router.get("/awaited", response=AwaitedListOut)
def list_awaited(request: HttpRequest) -> dict[str, Any]:
    """What is to be destroyed: of one's own agency, or for the house of all."""
    agency = agency_of(require(request, VIEW))
    with as_house():  # what was placed with it and is no more
        return {"items": awaited(agency, at=now())}


@router.get("", response=DestructionsOut)
def list_statements(
    request: HttpRequest,
    before: Annotated[int | None, Query(ge=1)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> dict[str, Any]:
    """What was stated: by one's own agency, or for the house by all."""
    agency = agency_of(require(request, VIEW))
    with as_house():
        found = statements_of(agency).prefetch_related("lines")
        rows = list((found if before is None else found.filter(pk__lt=before))[: limit + 1])
    items = [_out(one) for one in rows[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@router.post("", response={200: StatedOut, 201: StatedOut})
def state(
    request: HttpRequest,
    key: Key,
    wanted: Form[StateIn],
    *,
    code: OneTimeCode = "",
    paper: File[UploadedFile | None] = None,
) -> Status[dict[str, Any]]:
    """State that the data of these placements is destroyed, with a paper of one's own or without.

    Asks for a new token, or a one-time code of the user's authenticator app besides (403 without).
    The same key again answers the same.
    """
    user = require(request, STATE)
    require_step_up(request, user, code)
    sent = None
    if paper is not None:
        sent = Paper(cast("IO[bytes]", paper.file), paper.name or "", paper.content_type or "")

    def do() -> dict[str, Any]:
        made = state_destroyed(
            wanted.placements, method=wanted.method, paper=sent, by=user, at=now()
        )
        return {"id": made.pk}

    asked = json.dumps([sorted(set(wanted.placements)), wanted.method, _digest(paper)])
    with as_house():  # what was asked for once is the house's to know
        told, is_new = once("destruction", key=key, wanted=asked, by=user, do=do)
    sequence()
    return Status(201 if is_new else 200, told)


@router.get("/{destruction_id}/certificate")
def read_certificate(
    request: HttpRequest, destruction_id: int, language: Literal["zh", "en"] = "zh"
) -> HttpResponse:
    """The statement as PDF: who, when, how, and each placement."""
    agency = agency_of(require(request, VIEW))
    with as_house():  # it names placements that are over
        made = get_object_or_404(statements_of(agency), pk=destruction_id)
        return HttpResponse(
            write_certificate(made, language=language), content_type="application/pdf"
        )


@router.get("/{destruction_id}/paper")
def read_own_paper(request: HttpRequest, destruction_id: int) -> HttpResponse:
    """The certificate that the agency sent; that it was read is evidence."""
    user = require(request, VIEW)
    agency = agency_of(user)
    with as_house():
        made = get_object_or_404(statements_of(agency), pk=destruction_id)
        if made.certificate is None:
            raise Http404
        content = b"".join(read_paper(made, by=user, at=now()))
        media_type = made.certificate.media_type
    sequence()
    headers = {"Content-Disposition": f'attachment; filename="destruction-{made.pk}-paper"'}
    return HttpResponse(content, content_type=media_type, headers=headers)


def _digest(paper: UploadedFile | None) -> str:
    if paper is None:
        return ""
    told = hashlib.sha256(paper.read()).hexdigest()
    paper.seek(0)
    return told


def _out(made: Destruction) -> dict[str, Any]:
    return {
        "id": made.pk,
        "agency": made.agency.key,
        "method": made.method,
        "stated_by": made.stated_by.get_username(),
        "stated_at": made.stated_at,
        "placements": [one.placement_id for one in made.lines.all()],
        "has_paper": made.certificate_id is not None,
    }
