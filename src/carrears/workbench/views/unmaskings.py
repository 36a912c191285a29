"""Who looked at whose data in clear: for the compliance officer."""

from __future__ import annotations

from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.unmaskings import unmaskings_csv, unmaskings_page
from carrears.workbench.views.gate import StaffRequest, staff

_PERMISSION = "parties.view_unmaskings"


@require_safe
@staff(_PERMISSION)
def show_unmaskings(request: StaffRequest) -> HttpResponse:
    """The looks, by person, staff, kind, reason and day."""
    return render(request, "workbench/unmaskings.html", {"page": unmaskings_page(request.GET)})


@require_safe
@staff(_PERMISSION)
@stepped_up
def download_unmaskings(request: StaffRequest) -> HttpResponseBase:
    """The same as CSV."""
    response = StreamingHttpResponse(
        unmaskings_csv(request.GET), content_type="text/csv; charset=utf-8"
    )
    response.headers["Content-Disposition"] = content_disposition_header(True, "unmaskings.csv")
    return response
