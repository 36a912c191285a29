"""The lender's house and its agencies: the tree, and what is placed with whom."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.access.models import Organisation
from carrears.access.organisations import AccessError, close_organisation, open_organisation
from carrears.casework.placements import recall_by_hand
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.signin.step_up import stepped_up
from carrears.workbench.people_forms import NewOrganisationForm
from carrears.workbench.queries.organisations import (
    organisation_page,
    organisation_rows,
    placements_seen_by,
)
from carrears.workbench.views.gate import StaffRequest, staff

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("an organisation is named by letters, digits and _ . -"),
    gettext_noop("an organisation of this kind cannot stand there"),
    gettext_noop("an organisation of this key is there already"),
    gettext_noop("somebody still belongs to this organisation"),
    gettext_noop("an organisation below it is still open"),
    gettext_noop("this placement is over"),
)


@require_safe
@staff("access.view_organisation")
def show_organisations(request: StaffRequest) -> HttpResponse:
    """The tree."""
    return _show(request, NewOrganisationForm())


@require_POST
@staff("access.add_organisation")
@stepped_up
def open_one(request: StaffRequest) -> HttpResponse:
    """Put a branch, a team or an agency into it."""
    form = NewOrganisationForm(request.POST)
    if form.is_valid():
        told = dict(form.cleaned_data)
        try:
            open_organisation(told.pop("key"), **told, by=request.user, at=now())
        except AccessError as error:
            form.add_error(None, gettext(str(error)))
    if form.errors:
        return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The organisation is open."))
    return redirect("workbench:organisations")


@require_safe
@staff("access.view_organisation")
def show_organisation(request: StaffRequest, pk: int) -> HttpResponse:
    """One organisation: people and placements."""
    page = organisation_page(request.user, pk, request.GET)
    return render(request, "workbench/organisation.html", {"page": page})


@require_POST
@staff("access.change_organisation")
@stepped_up
def close_one(request: StaffRequest, pk: int) -> HttpResponse:
    """Close an organisation in which nobody is."""
    try:
        close_organisation(get_object_or_404(Organisation, pk=pk), by=request.user, at=now())
    except AccessError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.success(request, gettext("The organisation is closed."))
    return redirect("workbench:organisation", pk)


@require_POST
@staff("casework.recall_placement")
@stepped_up
def call_back(request: StaffRequest, pk: int, placement: int) -> HttpResponse:
    """Take a debtor back from an agency, with a reason."""
    found = get_object_or_404(placements_seen_by(request.user), pk=placement, agency=pk)
    try:
        said = request.POST.get("reason", "")
        recall_by_hand([found], words=said, by=request.user, at=now())
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.success(request, gettext("The debtor is called back."))
    return redirect("workbench:organisation", pk)


def _show(
    request: StaffRequest, form: NewOrganisationForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"rows": organisation_rows(request.user), "form": form}
    return render(request, "workbench/organisations.html", context, status=status)
