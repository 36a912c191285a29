"""How good promises are, and whom contacts reach."""

from __future__ import annotations

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.workbench.queries.promise_quality import promise_quality_list, promise_quality_page
from carrears.workbench.views.files_out import list_answer
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
    """The promises as CSV or a workbook, by every grouping."""
    listing = promise_quality_list(request.user, request.GET)
    return list_answer(request, listing, back="workbench:promise-quality")
