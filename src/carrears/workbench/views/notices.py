"""One's notifications: look, follow one, mark them read."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.notices.models import Notice
from carrears.notices.services import mark_read, mute
from carrears.workbench.queries.notices import address_of, notices_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff()
def show_notices(request: StaffRequest) -> HttpResponse:
    """His notifications."""
    page = notices_page(request.user, request.GET)
    return render(request, "workbench/notices.html", {"page": page})


@require_safe
@staff()
def show_bell(request: StaffRequest) -> HttpResponse:
    """How many wait, for the head of a page that stays open."""
    return render(request, "workbench/_bell.html")


@require_POST
@staff()
def open_notice(request: StaffRequest, pk: int) -> HttpResponse:
    """Mark one as read and go where it leads."""
    found = get_object_or_404(Notice, pk=pk, user=request.user)
    mark_read(request.user, at=now(), pk=pk)
    return redirect(address_of(found))


@require_POST
@staff()
def choose_wecom(request: StaffRequest) -> HttpResponse:
    """Of which kinds he gets messages in WeCom."""
    wanted = set(request.POST.getlist("kind"))
    mute(request.user, (kind for kind in request.POST.getlist("offered") if kind not in wanted))
    messages.success(request, gettext("Your choice is kept."))
    return redirect("workbench:notices")


@require_POST
@staff()
def read_all(request: StaffRequest) -> HttpResponse:
    """Mark all as read."""
    mark_read(request.user, at=now())
    return redirect("workbench:notices")
