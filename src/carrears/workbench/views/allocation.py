"""Who works what: the pool, and what each collector may be given."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_POST, require_safe

from carrears.access.models import User
from carrears.casework.assigning import assign_cases
from carrears.casework.attendance import Away
from carrears.casework.desks import add_absence, change_desk, end_absence
from carrears.casework.models import Absence, Desk
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.workbench.allocation_forms import AbsenceForm, DeskForm
from carrears.workbench.queries.allocation import desk_page, desk_rows, pool_page
from carrears.workbench.views.gate import StaffRequest, staff

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a shift has a beginning and an end"),
    gettext_noop("a shift ends after it begins"),
    gettext_noop("an absence cannot end before it begins"),
    gettext_noop("these days are over"),
    gettext_noop("an hour of return needs a last day"),
)


@require_safe
@staff("casework.lead_desk")
def show_pool(request: StaffRequest) -> HttpResponse:
    """What nobody works, and why."""
    page = pool_page(request.user, request.GET)
    return render(request, "workbench/pool.html", {"page": page})


@require_POST
@staff("casework.lead_desk")
def give_out(request: StaffRequest) -> HttpResponse:
    """Give out by the rules now what they give."""
    many = assign_cases()
    if many:
        sequence()
        text = ngettext("%(many)d case is given out.", "%(many)d cases are given out.", many)
        messages.success(request, text % {"many": many})
    else:
        messages.info(request, gettext("The rules give none of them to anybody."))
    return redirect("workbench:pool")


@require_safe
@staff("casework.lead_desk")
def show_desks(request: StaffRequest) -> HttpResponse:
    """The collectors, what they have and whether they are there."""
    return render(request, "workbench/desks.html", {"rows": desk_rows(request.user)})


@require_safe
@staff("casework.lead_desk")
def show_desk(request: StaffRequest, pk: int) -> HttpResponse:
    """One collector's desk."""
    return _show_desk(request, pk)


@require_POST
@staff("casework.lead_desk")
def save_desk(request: StaffRequest, pk: int) -> HttpResponse:
    """Say what he may be given."""
    desk_page(request.user, pk)
    form = DeskForm(request.POST)
    if form.is_valid():
        try:
            change_desk(User.objects.get(pk=pk), form.wanted(), by=request.user, at=now())
        except CaseworkError as error:
            form.add_error(None, gettext(str(error)))
    if form.errors:
        return _show_desk(request, pk, status=HTTPStatus.UNPROCESSABLE_ENTITY, form=form)
    sequence()
    messages.success(request, gettext("The desk is saved."))
    return redirect("workbench:desk", pk)


@require_POST
@staff("casework.lead_desk")
def be_absent(request: StaffRequest, pk: int) -> HttpResponse:
    """Say when he is not there."""
    desk_page(request.user, pk)
    form = AbsenceForm(request.POST)
    if form.is_valid():
        told = form.cleaned_data
        try:
            add_absence(User.objects.get(pk=pk), Away(**told), by=request.user, at=now())
        except CaseworkError as error:
            form.add_error(None, gettext(str(error)))
    if form.errors:
        return _show_desk(request, pk, status=HTTPStatus.UNPROCESSABLE_ENTITY, absence_form=form)
    sequence()
    messages.success(request, gettext("The absence is noted."))
    return redirect("workbench:desk", pk)


@require_POST
@staff("casework.lead_desk")
def be_back(request: StaffRequest, pk: int, absence: int) -> HttpResponse:
    """He is back, or did not go."""
    desk_page(request.user, pk)
    end_absence(get_object_or_404(Absence, pk=absence, user=pk), by=request.user, at=now())
    sequence()
    messages.success(request, gettext("The absence is over."))
    return redirect("workbench:desk", pk)


def _show_desk(
    request: StaffRequest, pk: int, *, status: HTTPStatus = HTTPStatus.OK, **given: Any
) -> HttpResponse:
    context = {
        "page": desk_page(request.user, pk),
        "form": DeskForm.of(Desk.objects.filter(pk=pk).first()),
        "absence_form": AbsenceForm(),
    }
    return render(request, "workbench/desk.html", context | given, status=status)
