from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from carrears.signin.leading_back import without_words
from carrears.workbench.queries.cases import names_number
from carrears.workbench.queries.queue import queue_page, search_page
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.saved_views import default_of, view_bar


@require_safe
@staff("casework.view_case")
def show_queue(request: StaffRequest) -> HttpResponse:
    """The work list; to htmx only its rows.

    What may be a person's number does not stay in the browser's address and history.
    """
    if (begun := default_of(request, "queue")) is not None:
        return begun
    template = "_queue_rows.html" if is_part(request) else "queue.html"
    page = queue_page(request.user, request.GET)
    response = render(
        request,
        f"workbench/{template}",
        {"page": page, "views": view_bar(request, "queue"), "section": "queue"},
    )
    if is_part(request) and names_number(page.filters.text):
        response.headers["HX-Push-Url"] = without_words(request.get_full_path())
    return response


@require_safe
@staff("casework.view_case")
def search(request: StaffRequest) -> HttpResponse:
    """Cases by loan number or name."""
    page = search_page(request.user, request.GET)
    return render(request, "workbench/search.html", {"page": page, "search_text": page.text})
