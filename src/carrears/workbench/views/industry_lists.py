from __future__ import annotations

import io
import re
import uuid
from datetime import date
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import local_day, now
from carrears.conduct import industry_lists as lists
from carrears.conduct.foreign import SchemeError
from carrears.conduct.list_rejects import write_corrections
from carrears.conduct.list_uploads import ask_add, ask_read
from carrears.conduct.models import IndustryList, ListUpload
from carrears.conduct.services import ConductError
from carrears.evidence.services import record, sequence
from carrears.signin.step_up import stepped_up
from carrears.workbench.forms import ReasonForm
from carrears.workbench.list_forms import ListFileForm, ListForm
from carrears.workbench.queries.industry_lists import list_page, lists_page, uploads_page
from carrears.workbench.views.gate import StaffRequest, staff

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@require_safe
@staff("conduct.view_donotcontact")
def show_lists(request: StaffRequest) -> HttpResponse:
    """The lists that others keep; ``like`` begins the next version, ``again`` a refused one."""
    like, again = request.GET.get("like", ""), request.GET.get("again", "")
    found = IndustryList.objects.filter(pk=int(like) if like.isdecimal() else 0).first()
    refused = ListUpload.objects.filter(pk=UUID(again)).first() if _UUID.fullmatch(again) else None
    form = ListForm(today=_today(), like=found, again=refused)
    return _show(request, form, is_open=bool(found or refused))


@require_safe
@staff("conduct.view_donotcontact")
def show_uploads(request: StaffRequest) -> HttpResponse:
    """Files on their way in, as a part of a page that asks again; ``of`` is a list."""
    of = request.GET.get("of", "")
    row = get_object_or_404(IndustryList, pk=int(of)) if of.isdecimal() else None
    return render(request, "workbench/_list_uploads.html", {"page": uploads_page(row)})


@require_safe
@staff("conduct.view_donotcontact")
def show_list(request: StaffRequest, pk: int) -> HttpResponse:
    """One version of a list: what it says, before and after it is in force."""
    return _show_one(request, get_object_or_404(IndustryList, pk=pk), ListFileForm())


@require_POST
@staff("conduct.add_donotcontact")
def read(request: StaffRequest) -> HttpResponse:
    """Have a list's file read in the background; nobody is barred by it yet."""
    form = ListForm(request.POST, request.FILES, today=_today())
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            terms = form.terms()
            ask_read(file.chunks(), terms, **_brought(request, form))
        except (ConductError, SchemeError) as error:
            form.add_error("file", _explained(error))
        else:
            messages.success(request, gettext("The file is being read."))
            return redirect("workbench:lists")
    return _show(request, form, is_open=True, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_POST
@staff("conduct.add_donotcontact")
def force(request: StaffRequest, pk: int) -> HttpResponse:
    """Put a list that was read into force."""
    row = get_object_or_404(IndustryList, pk=pk)
    try:
        lists.put_in_force(row, by=request.user, at=now())
    except ConductError:
        messages.error(request, gettext("Only a list that was read can be put into force."))
    else:
        sequence()
        messages.success(request, gettext("The list is in force."))
    return redirect("workbench:list", row.pk)


@require_POST
@staff("conduct.add_donotcontact")
def drop(request: StaffRequest, pk: int) -> HttpResponse:
    """Forget a list that was read and is not in force."""
    if lists.drop_read(get_object_or_404(IndustryList, pk=pk)):
        messages.success(request, gettext("The file is forgotten."))
    return redirect("workbench:lists")


@require_POST
@staff("conduct.add_donotcontact")
def add(request: StaffRequest, pk: int) -> HttpResponse:
    """Add a file to the version in force: what came since, or was corrected."""
    row = get_object_or_404(IndustryList, pk=pk)
    form = ListFileForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            ask_add(file.chunks(), row.name, **_brought(request, form))
        except ConductError as error:
            form.add_error("file", _explained(error))
        else:
            messages.success(request, gettext("The file is being read."))
            return redirect("workbench:list", row.pk)
    return _show_one(request, row, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@require_POST
@staff("conduct.lift_donotcontact")
def remove(request: StaffRequest, pk: int) -> HttpResponse:
    """Take a list out of force, with a reason."""
    row, form = get_object_or_404(IndustryList, pk=pk), ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, gettext("A reason is needed."))
    elif lists.remove_list(row, reason=form.cleaned_data["reason"], by=request.user, at=now()):
        sequence()
        messages.success(request, gettext("The list is out of force."))
    return redirect("workbench:list", row.pk)


@require_POST
@staff("conduct.add_donotcontact")
@stepped_up
def download(request: StaffRequest, pk: int) -> HttpResponse:
    """The rows kept aside, as a file that can be corrected and added."""
    row, out = get_object_or_404(IndustryList, pk=pk), io.StringIO()
    if not write_corrections(row, out):
        raise Http404
    record(
        "contact.list_rejects_read",
        subject=f"list:{row.pk}",
        payload={"list": row.pk, "name": row.name, "version": row.version},
        actor=request.user.get_username(),
        key=f"list-rejects:{uuid.uuid4()}",
        occurred_at=now(),
    )
    sequence()
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    name = f"{row.name}-{row.version}.csv".replace("/", "-")
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


def _brought(request: StaffRequest, form: forms.Form) -> dict[str, Any]:
    """What a file is called, who brought it, and when."""
    told = form.cleaned_data
    name, column = told["file"].name or "", told["column"]
    return {"file_name": name, "column": column, "by": request.user, "at": now()}


def _explained(error: Exception) -> str:
    """What is wrong, with the program's own words for the details."""
    return gettext("It was not taken: %(why)s") % {"why": error}


def _show(
    request: StaffRequest, form: ListForm, *, is_open: bool, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {
        "page": lists_page(request.GET),
        "form": form,
        "is_open": is_open,
        "uploads": uploads_page(None),
    }
    return render(request, "workbench/lists.html", context, status=status)


def _show_one(
    request: StaffRequest,
    row: IndustryList,
    form: forms.Form,
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    context = {"page": list_page(row, request.GET), "form": form, "uploads": uploads_page(row)}
    return render(request, "workbench/list.html", context, status=status)


def _today() -> date:
    return local_day(now(), settings.TIME_ZONE)
