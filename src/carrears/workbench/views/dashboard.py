from __future__ import annotations

from datetime import date

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.workbench.queries.dashboard import dashboard
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff()
def show_dashboard(request: StaffRequest) -> HttpResponse:
    """The book at a glance."""
    page = dashboard(_day(request.GET.get("as_of", "")))
    return render(request, "workbench/dashboard.html", {"page": page})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
