from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from carrears.signin.leading_back import without_words
from carrears.signin.sealing import SealError, open_words, seal_words
from carrears.workbench.queries.cases import names_number
from carrears.workbench.queries.queue import queue_page, search_page
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.saved_views import default_of, view_bar

_LONGEST = 200  # letters of what is searched for


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


@require_http_methods(["GET", "HEAD", "POST"])
@staff("casework.view_case")
def search(request: StaffRequest) -> HttpResponse:
    """Cases by loan number, name or other numbers of people.

    What is searched for is sent in a form, and stands sealed in the address to which that leads, so
    that no name is left in an address line, a history or a log. A link that has it in clear leads
    there as well.
    """
    asked = request.POST if request.method == "POST" else request.GET
    if "q" in asked or request.method == "POST":
        words = asked.get("q", "").strip().replace("\0", "")[:_LONGEST]
        sealed = seal_words(words, whose=request.user.pk) if words else ""
        return redirect(f"{reverse('workbench:search')}{f'?s={sealed}' if sealed else ''}")
    held = request.GET.get("s", "")
    try:
        text = open_words(held, whose=request.user.pk) if held else ""
    except SealError:
        text = ""
    page = search_page(request.user, text, request.GET)
    return render(request, "workbench/search.html", {"page": page, "search_text": page.text})
