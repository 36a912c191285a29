"""The page of a visitor for a phone: its shell, the day's visits, and where steps are told."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import IO, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST, require_safe
from pydantic import ValidationError

from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.outreach.messages import OutreachError
from carrears.outreach.models import VisitStep
from carrears.outreach.visit_queries import own_visits
from carrears.outreach.visit_steps import Picture, keep_step
from carrears.outreach.visit_told import ToldStep
from carrears.parties.vault import SubjectErasedError
from carrears.signin.step_up import is_fresh, stepped_up
from carrears.vault.errors import TooLargeError
from carrears.vault.sniffing import RefusedFileError
from carrears.workbench.middleware import features
from carrears.workbench.queries.visits_today import phone_day, words
from carrears.workbench.views.gate import StaffRequest, staff

_DO = "outreach.change_fieldvisit"
_WORKER = Path(__file__).parents[1] / "static" / "built" / "visits-worker.js"
# Why something is not taken for good, in the words of web/src/visits.
_REFUSALS: dict[type[Exception], str] = {
    ValidationError: "invalid",
    OutreachError: "invalid",
    RefusedFileError: "picture",
    TooLargeError: "picture",
    SubjectErasedError: "erased",
    Http404: "not_yours",
}


@require_safe
@staff(_DO)
@stepped_up
def show_today(request: StaffRequest) -> HttpResponse:
    """The page without anybody's data; it may ask the phone where it is."""
    response = render(request, "workbench/visits_today.html", {"words": words()})
    response.headers["Permissions-Policy"] = features("geolocation")
    return response


@require_safe
@staff(_DO)
def send_worker(request: StaffRequest) -> HttpResponse:
    """The script that keeps the page for the day, from where it may serve this page alone."""
    del request
    if not _WORKER.is_file():
        raise Http404
    return HttpResponse(_WORKER.read_bytes(), content_type="text/javascript")


@require_safe
@staff(_DO)
def send_day(request: StaffRequest) -> HttpResponse:
    """The visits of the day that he makes."""
    with transaction.atomic():
        told = phone_day(request.user, fresh=is_fresh(request, request.user))
    sequence()
    return JsonResponse(told | {"csrf": get_token(request)})


@require_POST
@staff(_DO)
def tell(request: StaffRequest, pk: int) -> HttpResponse:
    """Take one step; what is refused for good is said as ``refused``, all else is tried again."""
    try:
        step = _keep(request, pk)
    except tuple(_REFUSALS) as error:
        why = next(said for kind, said in _REFUSALS.items() if isinstance(error, kind))
        return JsonResponse({"refused": why}, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    return JsonResponse({"standing": step.standing, "why": step.why, "late": step.late})


def _keep(request: StaffRequest, pk: int) -> VisitStep:
    told = ToldStep.model_validate_json(request.POST.get("told", ""))
    sent: UploadedFile[bytes] | None = request.FILES.get("file")
    picture = None
    if sent is not None:
        # A browser says nothing of what it kept sealed: the bytes do.
        picture = Picture(cast("IO[bytes]", sent.file), "")
    found = own_visits(request.user, Q(pk=pk))
    with as_house():  # also when the case went to somebody else since
        visit = get_object_or_404(found)
        return keep_step(visit, told, by=request.user, picture=picture)
