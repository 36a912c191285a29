"""Who looked at whose data in clear: for the compliance officer."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.unmaskings import unmaskings_list, unmaskings_page
from carrears.workbench.views.files_out import list_answer
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
    """The same as CSV or a workbook."""
    return list_answer(request, unmaskings_list(request.GET), back="workbench:unmaskings")
