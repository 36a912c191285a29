from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from carrears.workbench.queries.queue import queue_page, search_page
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.saved_views import default_of, view_bar
from carrears.workbench.views.typed_words import takes_words


@require_http_methods(["GET", "HEAD", "POST"])
@staff("casework.view_case")
@takes_words
def show_queue(request: StaffRequest) -> HttpResponse:
    """The work list; to htmx only its rows."""
    if (begun := default_of(request, "queue")) is not None:
        return begun
    template = "_queue_rows.html" if is_part(request) else "queue.html"
    page = queue_page(request.user, request.GET)
    return render(
        request,
        f"workbench/{template}",
        {"page": page, "views": view_bar(request, "queue"), "section": "queue"},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@staff("casework.view_case")
@takes_words
def search(request: StaffRequest) -> HttpResponse:
    """Cases by loan number, name or other numbers of people."""
    page = search_page(request.user, request.GET.get("q", ""), request.GET)
    return render(request, "workbench/search.html", {"page": page, "search_text": page.text})
