from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.attempts import attempt_page, attempts_csv, attempts_page
from carrears.workbench.queries.cohorts import cohort_csv, cohort_definitions, cohort_rows
from carrears.workbench.queries.compliance import compliance_page
from carrears.workbench.queries.scorecard import scorecard_csv, scorecard_page
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
    """Those placed by month, as CSV."""
    lines = list(cohort_csv(request.GET))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = content_disposition_header(True, "cohorts.csv")
    return response


@require_safe
@staff(_PERMISSION)
def download_scorecard(request: StaffRequest) -> HttpResponseBase:
    """The scorecard as CSV."""
    response = StreamingHttpResponse(
        scorecard_csv(request.GET), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = content_disposition_header(True, "scorecard.csv")
    return response


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
    """All attempts behind a number, as CSV."""
    response = StreamingHttpResponse(
        attempts_csv(request.GET), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = content_disposition_header(True, "attempts.csv")
    return response
