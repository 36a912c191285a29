"""Reports by mail over HTTP: list and schedule them, stop, start, send again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time
from http import HTTPStatus
from typing import Annotated, Any, Literal

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from ninja import Field, Header, Query, Router, Schema, Status
from ninja.errors import HttpError

from carrears.access.models import User
from carrears.casework.asking_once import once
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.reports.models import ReportKind, ReportRun, ReportSchedule
from carrears.reports.rhythm import Rhythm, RhythmError
from carrears.reports.services import (
    ReportError,
    schedule_report,
    send_again,
    start_report,
    stop_report,
)

router = Router(tags=["reports"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=80)]
_RUNS = 5
Part = Literal["organisation", "bucket", "product", "region", "dealer", "model", "channel"]


class ReportIn(Schema):
    """A report, its rhythm and its readers by user name.

    ``on`` is the day of the week (1 Monday … 7) or of the month, 0 every day; ``clock`` is of
    ``time_zone``, the lender's own where none is said. ``narrowed`` is of ``book`` alone: to what
    the address of the dashboard names (``organisation``, ``bucket``, ``product``, ``region``,
    ``dealer``, ``model``, ``channel``).
    """

    report: Literal["team", "promises", "agencies", "book"]
    every: Literal["day", "week", "month"]
    on: Annotated[int, Field(ge=0, le=31)] = 0
    clock: time
    time_zone: str | None = None
    language: Literal["zh-CN", "en-US"] = "zh-CN"
    readers: Annotated[list[str], Field(min_length=1, max_length=50)]
    narrowed: dict[Part, Annotated[str, Field(min_length=1, max_length=80)]] = {}


class MailOut(Schema):
    """A mail of a run; ``error`` says why it was not sent, or not yet."""

    reader: str
    state: Literal["waiting", "sent", "barred", "failed"]
    tries: int
    sent_at: datetime | None
    error: str


class RunOut(Schema):
    """A run; ``asked_by`` where somebody asked for it again."""

    due_at: datetime
    asked_by: str | None
    mails: list[MailOut]


class ReportOut(Schema):
    """A schedule with its last runs; ``next_at`` is null while it is stopped."""

    id: int
    report: str
    every: str
    on: int
    clock: time
    time_zone: str
    language: str
    readers: list[str]
    made_by: str | None
    narrowed: dict[str, str]
    next_at: datetime | None
    runs: list[RunOut]


class ReportsOut(Schema):
    """Some of the schedules; ``next`` is the ``after`` of those that follow."""

    items: list[ReportOut]
    next: int | None


class MadeOut(Schema):
    """The schedule that was made."""

    id: int


@router.get("", response=ReportsOut)
def list_reports(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
) -> dict[str, Any]:
    """The schedules of the house in the order of their making."""
    _require(request, "view")
    found = ReportSchedule.objects.filter(pk__gt=after).select_related("made_by")
    rows = list(found.prefetch_related("recipients").order_by("pk")[: limit + 1])
    items = [_out(one) for one in rows[:limit]]
    return {"items": items, "next": items[-1]["id"] if len(rows) > limit else None}


@router.post("", response={200: MadeOut, 201: MadeOut})
def schedule(request: HttpRequest, wanted: ReportIn, key: Key) -> Status[dict[str, Any]]:
    """Have a report mailed; the same key again answers the same."""
    user = _require(request, "add")

    def do() -> dict[str, Any]:
        readers = list(User.objects.filter(username__in=wanted.readers))
        if unknown := set(wanted.readers) - {one.get_username() for one in readers}:
            raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, f"unknown: {', '.join(unknown)}")
        try:
            zone_name = wanted.time_zone or settings.TIME_ZONE
            rhythm = Rhythm(wanted.every, wanted.clock, zone_name, wanted.on)
            made = schedule_report(
                ReportKind(wanted.report),
                rhythm,
                readers,
                language=wanted.language,
                by=user,
                at=now(),
                narrowed={str(name): value for name, value in wanted.narrowed.items()},
            )
        except (RhythmError, ReportError) as error:
            raise HttpError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error)) from error
        return {"id": made.pk}

    told, is_new = once("report", key=key, wanted=wanted.model_dump_json(), by=user, do=do)
    sequence()
    return Status(HTTPStatus.CREATED if is_new else HTTPStatus.OK, told)


@router.post("/{report_id}/stop", response=ReportOut)
def stop(request: HttpRequest, report_id: int) -> dict[str, Any]:
    """Send it no more; one that is stopped is refused (409)."""
    return _step(request, report_id, stop_report)


@router.post("/{report_id}/start", response=ReportOut)
def start(request: HttpRequest, report_id: int) -> dict[str, Any]:
    """Send it again from the next time on; one that goes is refused (409)."""
    return _step(request, report_id, start_report)


@router.post("/{report_id}/again", response=ReportOut)
def again(request: HttpRequest, report_id: int) -> dict[str, Any]:
    """Send it within a minute, with the figures of then; 409 while one is on its way."""
    return _step(request, report_id, send_again)


def _step(request: HttpRequest, pk: int, do: Callable[..., Any]) -> dict[str, Any]:
    user = _require(request, "change")
    try:
        do(pk, by=user, at=now())
    except ReportSchedule.DoesNotExist as error:
        raise Http404 from error
    except ReportError as error:
        raise HttpError(HTTPStatus.CONFLICT, str(error)) from error
    sequence()
    return _out(ReportSchedule.objects.select_related("made_by").get(pk=pk))


def _out(one: ReportSchedule) -> dict[str, Any]:
    runs = one.runs.select_related("asked_by").prefetch_related("mails__user")[:_RUNS]
    return {
        "id": one.pk,
        "report": one.report,
        "every": one.every,
        "on": one.on,
        "clock": one.clock,
        "time_zone": one.time_zone,
        "language": one.language,
        "readers": sorted(user.get_username() for user in one.recipients.all()),
        "made_by": one.made_by.get_username() if one.made_by else None,
        "narrowed": one.narrowed,
        "next_at": one.next_at,
        "runs": [_run(run) for run in runs],
    }


def _run(run: ReportRun) -> dict[str, Any]:
    return {
        "due_at": run.due_at,
        "asked_by": run.asked_by.get_username() if run.asked_by else None,
        "mails": [
            {
                "reader": one.user.get_username(),
                "state": one.state,
                "tries": one.tries,
                "sent_at": one.sent_at,
                "error": one.error,
            }
            for one in run.mails.all()
        ],
    }


def _require(request: HttpRequest, action: str) -> User:
    permission = f"reports.{action}_reportschedule"
    if not (isinstance(request.user, User) and request.user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return request.user
