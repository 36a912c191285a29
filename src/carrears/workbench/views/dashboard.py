from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from carrears.access.seeing import acts_for
from carrears.casework.pool import pool_of
from carrears.workbench.queries.dashboard import dashboard
from carrears.workbench.queries.key_figures import key_figures
from carrears.workbench.queries.narrowing import day_of
from carrears.workbench.views.gate import StaffRequest, staff

_ASK, _LEAD = "dayrun.view_dayrun", "casework.lead_desk"


@require_safe
@staff()
def show_dashboard(request: StaffRequest) -> HttpResponse:
    """The book at a glance; people of an agency begin with their queue."""
    if acts_for(request.user):
        return redirect("workbench:queue")
    page = dashboard(day_of(request.GET.get("as_of", "")), request.GET)
    context = {
        "page": page,
        "key": page.key,
        "may_ask": request.user.has_perm(_ASK),
        "unworked": pool_of(request.user).count() if request.user.has_perm(_LEAD) else 0,
    }
    return render(request, "workbench/dashboard.html", context)


@require_safe
@staff()
def show_key_figures(request: StaffRequest) -> HttpResponse:
    """The part with the key figures, begun where they are not worked out yet."""
    day = day_of(request.GET.get("as_of", ""))
    key = key_figures(day, request.GET, may_begin=True) if day else None
    if key is None:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    context = {"key": key, "may_ask": request.user.has_perm(_ASK)}
    return render(request, "workbench/_key_figures.html", context)
