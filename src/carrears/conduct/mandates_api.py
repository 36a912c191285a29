"""Mandates of agencies over HTTP: list, give, end."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from carrears.access.models import User
from carrears.clock import local_day, now
from carrears.conduct.mandates import end_mandate, give_mandate, mandates_on
from carrears.conduct.models import Mandate
from carrears.evidence.services import sequence

router = Router(tags=["conduct"])
Reason = Annotated[str, Field(min_length=1, max_length=200)]


class MandateIn(Schema):
    """Which agency may act, from when, until when (empty: for good), and why."""

    agency: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
    starts_on: date
    ends_on: date | None = None
    reason: Reason


class EndIn(Schema):
    """The last day on which it is in force, and why it ends; yesterday ends it at once."""

    last_on: date
    reason: Reason


class MandateOut(Schema):
    """A mandate; both days are included. ``ended_at`` is there where it was ended early."""

    id: int
    agency: str
    starts_on: date
    ends_on: date | None
    reason: str
    given_by: str | None
    given_at: datetime
    ended_at: datetime | None
    ended_by: str | None
    end_reason: str

    @staticmethod
    def resolve_given_by(mandate: Mandate) -> str | None:
        """The user name of who gave it."""
        return mandate.given_by.get_username() if mandate.given_by else None

    @staticmethod
    def resolve_ended_by(mandate: Mandate) -> str | None:
        """The user name of who ended it."""
        return mandate.ended_by.get_username() if mandate.ended_by else None


@router.get("", response=list[MandateOut])
def list_mandates(
    request: HttpRequest,
    *,
    agency: str | None = None,
    on: date | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> QuerySet[Mandate]:
    """Mandates, the newest first; ``on`` a day only those in force then."""
    _require(request, "conduct.view_mandate")
    found = Mandate.objects.all() if on is None else mandates_on(on)
    if agency is not None:
        found = found.filter(agency=agency)
    return found.select_related("given_by", "ended_by").order_by("-starts_on", "-pk")[:limit]


@router.post("", response={201: MandateOut})
def give(request: HttpRequest, wanted: MandateIn) -> Status[Mandate]:
    """Let an agency act for the lender."""
    user = _require(request, "conduct.add_mandate")
    given = give_mandate(**wanted.dict(), by=user, at=now())
    sequence()
    return Status(201, given)


@router.post("/{mandate_id}/end", response=MandateOut)
def end(request: HttpRequest, mandate_id: int, wanted: EndIn) -> Mandate:
    """Let a mandate end earlier than it would."""
    user, moment = _require(request, "conduct.end_mandate"), now()
    mandate = get_object_or_404(Mandate, pk=mandate_id)
    today = local_day(moment, settings.TIME_ZONE)
    ended = end_mandate(mandate, **wanted.dict(), today=today, by=user, at=moment)
    sequence()
    return ended


def _require(request: HttpRequest, permission: str) -> User:
    user = request.user
    if not (isinstance(user, User) and user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return user
