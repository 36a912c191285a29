from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST

from carrears.clock import local_day, now
from carrears.evidence.services import record, sequence
from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.queue import parse_queue, queue_page, search_page
from carrears.workbench.queries.queue_file import listed_cases, queue_list
from carrears.workbench.views.files_out import MOST, kind_asked, list_answer, refuse_long
from carrears.workbench.views.gate import StaffRequest, is_part, staff
from carrears.workbench.views.saved_views import default_of, view_bar
from carrears.workbench.views.typed_words import takes_words


@require_POST
@staff("casework.view_all_cases")
@stepped_up
def download_queue(request: StaffRequest) -> HttpResponseBase:
    """The cases of the list as a file without names; who took it, and by which filters, is kept."""
    kind, cases = kind_asked(request), listed_cases(request.user, request.POST)
    many = cases.count()
    if kind == "xlsx" and many > MOST:
        return refuse_long(request, "workbench:queue")
    query = parse_queue(request.POST)
    kept = query.narrowing(request.user)
    told = {"buckets": list(kept.buckets), "treatment": query.treatment, "step": query.step}
    record(
        "queue.exported",
        subject="queue",
        payload={
            "cases": many,
            "format": kind,
            "filters": told | {"owner": kept.owner, "flag": query.flag},
            "by_words": bool(query.text),
        },
        actor=request.user.get_username(),
        key=f"queue:{uuid4()}",
        occurred_at=now(),
    )
    sequence()
    name = f"queue-{local_day(now(), settings.TIME_ZONE)}"
    return list_answer(request, queue_list(cases), back="workbench:queue", name=name)


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
