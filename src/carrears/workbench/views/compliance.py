from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.attempts import attempt_page, attempts_list, attempts_page
from carrears.workbench.queries.cohorts import cohort_definitions, cohort_list, cohort_rows
from carrears.workbench.queries.compliance import compliance_page
from carrears.workbench.queries.scorecard import scorecard_list, scorecard_page
from carrears.workbench.views.files_out import list_answer
from carrears.workbench.views.gate import StaffRequest, staff

_PERMISSION = "conduct.view_verdictrecord"


@require_safe
@staff(_PERMISSION)
def show_compliance(request: StaffRequest) -> HttpResponse:
    """What the gate let go and what it stopped, counted."""
    return render(request, "workbench/compliance.html", {"page": compliance_page(request.GET)})


@require_safe
@staff(_PERMISSION)
def show_scorecard(request: StaffRequest) -> HttpResponse:
    """Agencies and the lender's own, side by side."""
    context = {
        "page": scorecard_page(request.GET),
        "cohorts": cohort_rows(request.GET),
        "definitions": cohort_definitions(),
    }
    return render(request, "workbench/scorecard.html", context)


@require_safe
@staff(_PERMISSION)
def download_cohorts(request: StaffRequest) -> HttpResponseBase:
    """Those placed by month, as CSV or a workbook."""
    return list_answer(request, cohort_list(request.GET), back="workbench:scorecard")


@require_safe
@staff(_PERMISSION)
def download_scorecard(request: StaffRequest) -> HttpResponseBase:
    """The scorecard as CSV or a workbook."""
    return list_answer(request, scorecard_list(request.GET), back="workbench:scorecard")


@require_safe
@staff(_PERMISSION)
def show_attempts(request: StaffRequest) -> HttpResponse:
    """The attempts behind a number."""
    return render(request, "workbench/attempts.html", {"page": attempts_page(request.GET)})


@require_safe
@staff(_PERMISSION)
def show_attempt(request: StaffRequest, pk: int) -> HttpResponse:
    """One attempt, its verdict and what the gate was told."""
    return render(request, "workbench/attempt.html", {"page": attempt_page(pk)})


@require_safe
@staff(_PERMISSION)
@stepped_up
def download_attempts(request: StaffRequest) -> HttpResponseBase:
    """All attempts behind a number, as CSV or a workbook."""
    return list_answer(request, attempts_list(request.GET), back="workbench:attempts")
