"""What was not recorded: for the compliance officer."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.workbench.queries.unrecorded import unrecorded_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("recordings.view_recording")
def show_unrecorded(request: StaffRequest) -> HttpResponse:
    """Pages and calls without a recording, by day and person."""
    page = unrecorded_page(request.user, request.GET)
    return render(request, "workbench/unrecorded.html", {"page": page})
