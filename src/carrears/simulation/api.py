"""Simulations over HTTP: ask, follow, take the result away."""

from __future__ import annotations

import io
from datetime import date, datetime
from typing import Annotated, Any, Literal

import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Field, Router, Schema, Status
from ninja.errors import HttpError

from carrears.access.models import User
from carrears.simulation.models import Simulation, SimulationState
from carrears.simulation.report import report_html
from carrears.simulation.services import ask_simulation, begin
from carrears.simulation.sights import MOST_DAYS, month_ends
from carrears.simulation.summary import table
from carrears.simulation.work import TABLES

router = Router(tags=["simulations"])
_TYPES = {"csv": "text/csv", "parquet": "application/vnd.apache.parquet"}


class SimulationIn(Schema):
    """Two strategies (``in-force``, ``draft:NUMBER`` or a version's hash), and days or months."""

    first: str = "in-force"
    second: str
    days: Annotated[list[date], Field(max_length=MOST_DAYS)] = []
    months: Annotated[int | None, Field(ge=1, le=MOST_DAYS)] = None


class SimulationOut(Schema):
    """How far it is; ``done`` of ``days`` are."""

    id: int
    state: str
    labels: list[str]
    days: list[date]
    done: int
    problem: str
    asked_at: datetime
    finished_at: datetime | None

    @staticmethod
    def resolve_labels(simulation: Simulation) -> list[str]:
        """What the two strategies are called."""
        return [each["label"] for each in simulation.contenders]


class ResultOut(SimulationOut):
    """The same with its tables (docs/simulation.md), null until it is done."""

    result: dict[str, Any] | None


@router.get("", response=list[SimulationOut])
def list_simulations(request: HttpRequest) -> QuerySet[Simulation]:
    """The newest hundred."""
    _require(request, "simulation.view_simulation")
    return Simulation.objects.all()[:100]


@router.post("", response={202: SimulationOut})
def ask(request: HttpRequest, wanted: SimulationIn) -> Status[Simulation]:
    """Begin one in the background."""
    user = _require(request, "simulation.add_simulation")
    if bool(wanted.days) == bool(wanted.months):
        raise HttpError(422, "give days or months")
    days = wanted.days or month_ends(wanted.months or 1)
    asked = ask_simulation(wanted.first, wanted.second, days=days, by=user)
    begin(asked)
    return Status(202, asked)


@router.get("/{number}", response=ResultOut)
def read_simulation(request: HttpRequest, number: int) -> Simulation:
    """One simulation."""
    _require(request, "simulation.view_simulation")
    return get_object_or_404(Simulation, pk=number)


@router.get("/{number}/report", response={200: None})
def download_report(request: HttpRequest, number: int) -> HttpResponse:
    """The whole report as one HTML file."""
    _require(request, "simulation.view_simulation")
    return _file(report_html(_done(number)).encode(), f"simulation-{number}.html", "text/html")


@router.get("/{number}/{name}", response={200: None})
def download_table(
    request: HttpRequest,
    number: int,
    name: str,
    format: Literal["csv", "parquet"] = "csv",  # noqa: A002  the name in the address
) -> HttpResponse:
    """One table of the result as a file."""
    _require(request, "simulation.view_simulation")
    if name not in TABLES:
        raise Http404(f"there is no table {name!r}; there are {', '.join(TABLES)}")
    rows, sink = table(_done(number).result or {}, name), io.BytesIO()
    if format == "csv":
        sink.write("\ufeff".encode())  # so that spreadsheets read Chinese names right
        pa_csv.write_csv(rows, sink)
    else:
        pq.write_table(rows, sink)
    return _file(sink.getvalue(), f"simulation-{number}-{name}.{format}", _TYPES[format])


def _done(number: int) -> Simulation:
    found: Simulation = get_object_or_404(Simulation, pk=number)
    if found.state != SimulationState.DONE:
        raise HttpError(409, f"simulation {number} is {found.state}")
    return found


def _file(data: bytes, name: str, kind: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(data, content_type=kind, headers=headers)


def _require(request: HttpRequest, permission: str) -> User:
    if not (isinstance(request.user, User) and request.user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return request.user
