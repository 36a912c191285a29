"""Day runs over HTTP."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Router, Schema, Status
from ninja.errors import HttpError

from carrears.access.models import User
from carrears.dayrun.models import DayRun
from carrears.portfolio.models import Snapshot

router = Router(tags=["day runs"])


class DayRunOut(Schema):
    """A day run and what came of it."""

    id: int
    as_of: date
    state: str
    started_at: datetime
    finished_at: datetime | None
    summary: dict[str, Any]


class DayRunIn(Schema):
    """The day to run."""

    as_of: date


@router.get("", response=list[DayRunOut])
def list_day_runs(request: HttpRequest) -> QuerySet[DayRun]:
    """All day runs, newest day first."""
    _require(request, "dayrun.view_dayrun")
    return DayRun.objects.order_by("-as_of", "-pk")


@router.get("/{run_id}", response=DayRunOut)
def read_day_run(request: HttpRequest, run_id: int) -> DayRun:
    """One day run."""
    _require(request, "dayrun.view_dayrun")
    return get_object_or_404(DayRun, pk=run_id)


@router.post("", response={202: dict[str, str]})
def start_day_run(request: HttpRequest, wanted: DayRunIn) -> Status[dict[str, str]]:
    """Start the run of a day in the background; follow it in the list of runs."""
    _require(request, "dayrun.add_dayrun")
    if not Snapshot.objects.exists():
        raise HttpError(409, "the book is empty: import a tape first")
    subprocess.Popen(  # noqa: S603  our own command, the day is a parsed date
        [sys.executable, "-m", "carrears", "day", "--as-of", wanted.as_of.isoformat(), "--json"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    return Status(202, {"as_of": wanted.as_of.isoformat(), "follow": "/api/day-runs"})


def _require(request: HttpRequest, permission: str) -> None:
    if not (isinstance(request.user, User) and request.user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
