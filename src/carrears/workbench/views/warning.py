from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from carrears.workbench.queries.warning import warning_page, watched_page
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.saved_views import default_of, view_bar
from carrears.workbench.views.typed_words import takes_words


@require_http_methods(["GET", "HEAD", "POST"])
@staff("casework.view_all_cases")
@takes_words
def show_watched(request: StaffRequest) -> HttpResponse:
    """The loans warned of; to htmx only their rows."""
    if (begun := default_of(request, "warning")) is not None:
        return begun
    template = "_warning_rows.html" if is_part(request) else "warning.html"
    page = watched_page(request.user, request.GET)
    return render(
        request,
        f"workbench/{template}",
        {"page": page, "views": view_bar(request, "warning"), "section": "warning"},
    )


@require_safe
@staff("casework.view_case")
def show_warning(request: StaffRequest, loan_no: str) -> HttpResponse:
    """One loan's level, and why."""
    page = warning_page(request.user, loan_no)
    return render(request, "workbench/warning_loan.html", {"page": page, "section": "warning"})
