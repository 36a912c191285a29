"""Stop collection, let the stop end on another day, lift it; and all stops there are."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.casework.case_time import business_time
from carrears.casework.hold_queries import visible_holds
from carrears.casework.holds import lift_hold, may_lift, move_end, place_hold_once
from carrears.casework.models import Case, Hold
from carrears.casework.services import CaseworkError
from carrears.evidence.services import sequence
from carrears.workbench.forms import ReasonForm
from carrears.workbench.hold_forms import HoldEndForm
from carrears.workbench.queries.case import cases_of_loan
from carrears.workbench.queries.holds import holds_list, holds_page
from carrears.workbench.views.case import hold_form
from carrears.workbench.views.casework import answer
from carrears.workbench.views.files_out import list_answer
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.held import holding, kept_back
from carrears.workbench.views.saved_views import default_of, view_bar

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("collection is stopped for this reason and time already"),
    gettext_noop("a hold cannot end before it begins"),
    gettext_noop("a hold cannot begin in the past"),
    gettext_noop("nobody is on record who could be held"),
    gettext_noop("it ends on that day already"),
    gettext_noop("this hold is over"),
    gettext_noop("a reason is needed"),
)


@require_safe
@staff("casework.view_case")
def show_holds(request: StaffRequest) -> HttpResponse:
    """The stops of the cases that one sees."""
    if (begun := default_of(request, "holds")) is not None:
        return begun
    page = holds_page(request.user, request.GET)
    return render(
        request, "workbench/holds.html", {"page": page, "views": view_bar(request, "holds")}
    )


@require_safe
@staff("casework.view_all_cases")
def download_holds(request: StaffRequest) -> HttpResponseBase:
    """The same as a file."""
    return list_answer(request, holds_list(request.user, request.GET), back="workbench:holds")


@require_POST
@staff("casework.work_case")
@holding(free="casework.lift_hold")
def stop_collection(request: StaffRequest, loan_no: str) -> HttpResponse:
    """Place a hold."""
    cases = cases_of_loan(request.user, loan_no)
    today, at = business_time(cases[0])

    def save(case: Case, values: dict[str, Any]) -> None:
        place_hold_once(case, **values, today=today, by=request.user, at=at)

    form = hold_form(cases[0], request.POST)
    return answer(request, cases, form, save, name="hold", done=gettext("Collection is stopped."))


@require_POST
@staff("casework.view_case")  # whether he may, the service says
def move(request: StaffRequest, loan_no: str, pk: int) -> HttpResponse:
    """Let a hold end on another day."""
    case, hold = _hold(request, loan_no, pk)
    if (held := _kept_back(request, hold, loan_no)) is not None:
        return held
    form = HoldEndForm(request.POST)
    if not form.is_valid():
        return _refuse(request, loan_no, gettext("A reason is needed."))
    today, at = business_time(case)
    try:
        move_end(hold, **form.cleaned_data, today=today, by=request.user, at=at)
    except CaseworkError as error:
        return _refuse(request, loan_no, gettext(str(error)))
    return _done(request, loan_no, gettext("The hold ends on another day now."))


@require_POST
@staff("casework.view_case")
def lift(request: StaffRequest, loan_no: str, pk: int) -> HttpResponse:
    """End a hold now."""
    case, hold = _hold(request, loan_no, pk)
    if (held := _kept_back(request, hold, loan_no)) is not None:
        return held
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _refuse(request, loan_no, gettext("A reason is needed."))
    today, at = business_time(case)
    lift_hold(hold, today=today, why=form.cleaned_data["reason"], by=request.user, at=at)
    return _done(request, loan_no, gettext("Collection goes on."))


def _hold(request: StaffRequest, loan_no: str, pk: int) -> tuple[Case, Hold]:
    case = cases_of_loan(request.user, loan_no)[0]
    return case, get_object_or_404(visible_holds(request.user, case), pk=pk)


def _kept_back(request: StaffRequest, hold: Hold, loan_no: str) -> HttpResponse | None:
    """Not while another has the case; whoever may not do it at all gets no case by trying."""
    if not may_lift(request.user, hold):
        return None
    return kept_back(request, loan_no, free="casework.lift_hold")


def _refuse(request: StaffRequest, loan_no: str, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect("workbench:case", loan_no)


def _done(request: StaffRequest, loan_no: str, what: str) -> HttpResponse:
    sequence()
    messages.success(request, what)
    return redirect("workbench:case", loan_no)
