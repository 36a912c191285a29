from __future__ import annotations

from http import HTTPStatus

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import local_day, now
from carrears.conduct.mandates import end_mandate, give_mandate
from carrears.conduct.models import Mandate
from carrears.conduct.services import ConductError
from carrears.evidence.services import sequence
from carrears.workbench.mandate_forms import EndMandateForm, MandateForm
from carrears.workbench.queries.mandates import mandates_page
from carrears.workbench.views.gate import StaffRequest, staff

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("an agency is named by letters, digits and _ . -"),
    gettext_noop("a mandate cannot end before it begins"),
    gettext_noop("a mandate of this agency begins on that day already"),
    gettext_noop("this mandate was ended before"),
    gettext_noop("a mandate cannot end before yesterday"),
    gettext_noop("this mandate ends by itself on that day or before"),
)


@require_safe
@staff("conduct.view_mandate")
def show_mandates(request: StaffRequest) -> HttpResponse:
    """Who may act for the lender, and who might."""
    return _show(request, MandateForm(today=local_day(now(), settings.TIME_ZONE)))


@require_POST
@staff("conduct.add_mandate")
def give(request: StaffRequest) -> HttpResponse:
    """Let an agency act."""
    moment = now()
    form = MandateForm(request.POST, today=local_day(moment, settings.TIME_ZONE))
    if form.is_valid():
        try:
            give_mandate(**form.cleaned_data, by=request.user, at=moment)
        except ConductError as error:
            form.add_error(None, gettext(str(error)))
    if form.errors:
        return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    sequence()
    messages.success(request, gettext("The mandate is given."))
    return redirect("workbench:mandates")


@require_POST
@staff("conduct.end_mandate")
def end(request: StaffRequest, pk: int) -> HttpResponse:
    """Let a mandate end early, with a reason; it stays in the list."""
    mandate, form, moment = get_object_or_404(Mandate, pk=pk), EndMandateForm(request.POST), now()
    today = local_day(moment, settings.TIME_ZONE)
    if not form.is_valid():
        messages.error(request, gettext("A last day and a reason are needed."))
        return redirect("workbench:mandates")
    try:
        end_mandate(mandate, **form.cleaned_data, today=today, by=request.user, at=moment)
    except ConductError as error:
        messages.error(request, gettext(str(error)))
    else:
        sequence()
        messages.success(request, gettext("The mandate ends."))
    return redirect("workbench:mandates")


def _show(
    request: StaffRequest, form: MandateForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    context = {"page": mandates_page(request.user, request.GET), "form": form}
    return render(request, "workbench/mandates.html", context, status=status)
