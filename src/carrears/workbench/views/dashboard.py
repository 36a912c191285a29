from __future__ import annotations

import uuid
from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from carrears.access.seeing import acts_for
from carrears.casework.pool import pool_of
from carrears.clock import now
from carrears.evidence.services import record, sequence
from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.dashboard import dashboard
from carrears.workbench.queries.dashboard_csv import dashboard_list
from carrears.workbench.queries.key_figures import key_figures
from carrears.workbench.queries.narrowing import day_of
from carrears.workbench.queries.part import NoSuchPartError, part_of
from carrears.workbench.view_models.dashboard import Dashboard
from carrears.workbench.views.files_out import kind_asked, list_answer
from carrears.workbench.views.gate import StaffRequest, staff

_ASK, _LEAD = "dayrun.view_dayrun", "casework.lead_desk"


@require_safe
@staff()
def show_dashboard(request: StaffRequest) -> HttpResponse:
    """The book at a glance; people of an agency begin with their queue."""
    if acts_for(request.user):
        return redirect("workbench:queue")
    page = _page(request)
    context = {
        "page": page,
        "key": page.key,
        "may_ask": request.user.has_perm(_ASK),
        "query": request.GET.urlencode(),
        "may_mail": page.key is not None and request.user.has_perm("reports.add_reportschedule"),
        "unworked": pool_of(request.user).count() if request.user.has_perm(_LEAD) else 0,
    }
    return render(request, "workbench/dashboard.html", context)


@require_POST
@staff(_ASK)
@stepped_up
def download_dashboard(request: StaffRequest) -> HttpResponseBase:
    """The figures that the page shows, each with what it is, as a file; who took them is kept."""
    page = _page(request)
    if page.as_of is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    kind = kind_asked(request)
    record(
        "dashboard.exported",
        subject=page.as_of.isoformat(),
        payload={
            "as_of": page.as_of.isoformat(),
            "filters": part_of(request.GET, request.user).address(),
            "format": kind,
        },
        actor=request.user.get_username(),
        key=f"dashboard:{uuid.uuid4()}",
        occurred_at=now(),
    )
    sequence()
    name = f"dashboard-{page.as_of.isoformat()}"
    listing = dashboard_list(page, page.key)
    return list_answer(request, listing, back="workbench:dashboard", name=name)


@require_safe
@staff()
def show_key_figures(request: StaffRequest) -> HttpResponse:
    """The part with the key figures, begun where they are not worked out yet."""
    day = day_of(request.GET.get("as_of", ""))
    try:
        part = part_of(request.GET, request.user)
    except NoSuchPartError as error:
        raise Http404 from error
    key = key_figures(day, request.GET, part, may_begin=True) if day else None
    if key is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {"key": key, "may_ask": request.user.has_perm(_ASK)}
    return render(request, "workbench/_key_figures.html", context)


def _page(request: StaffRequest) -> Dashboard:
    """The page that the address asks for."""
    try:
        return dashboard(day_of(request.GET.get("as_of", "")), request.GET, reader=request.user)
    except NoSuchPartError as error:
        raise Http404 from error
