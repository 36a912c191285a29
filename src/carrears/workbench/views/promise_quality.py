"""How good promises are, and whom contacts reach."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from carrears.workbench.queries.promise_quality import promise_quality_csv, promise_quality_page
from carrears.workbench.views.gate import StaffRequest, staff

_PERMISSION = "casework.view_all_cases"


@require_safe
@staff(_PERMISSION)
def show_promise_quality(request: StaffRequest) -> HttpResponse:
    """Promises due in a period by what became of them; contacts by whom they reached."""
    page = promise_quality_page(request.user, request.GET)
    return render(request, "workbench/promise_quality.html", {"page": page})


@require_safe
@staff(_PERMISSION)
def download_promise_quality(request: StaffRequest) -> HttpResponseBase:
    """The promises as CSV, by every grouping."""
    lines = promise_quality_csv(request.user, request.GET)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = content_disposition_header(True, "promises.csv")
    response.headers["Content-Disposition"] = name
    return response
