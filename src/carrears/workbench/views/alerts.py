"""Alerts to staff: what is amiss, where it is told, and a test of a target."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.alerts.jobs import send_waiting
from carrears.alerts.models import AlertMessage
from carrears.alerts.sending import send_again, send_all_again
from carrears.alerts.services import write_test
from carrears.clock import now
from carrears.workbench.queries.alerts import alerts_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("alerts.view_alert")
def show_alerts(request: StaffRequest) -> HttpResponse:
    """What is amiss, the targets, and what was sent to them."""
    page = alerts_page(request.user, request.GET)
    return render(request, "workbench/alerts.html", {"page": page, "section": "alerts"})


@require_POST
@staff("alerts.test_target")
def test_target(request: StaffRequest, name: str) -> HttpResponse:
    """Write a test to a target; the worker sends it at once."""
    try:
        write_test(name, at=now(), by=request.user)
    except KeyError as error:
        raise Http404 from error
    send_waiting.defer()
    messages.success(request, gettext("A test is on its way; the list says what became of it."))
    return redirect("workbench:alerts")


@require_POST
@staff("alerts.test_target")
def send_one(request: StaffRequest, pk: int) -> HttpResponse:
    """Send a message once more that was given up."""
    if send_again(get_object_or_404(AlertMessage, pk=pk), at=now()):
        _send_now(request)
    else:
        messages.error(request, gettext("It was sent again meanwhile."))
    return redirect("workbench:alerts")


@require_POST
@staff("alerts.test_target")
def send_all_of_target(request: StaffRequest, name: str) -> HttpResponse:
    """Send all once more that a target did not take, as after an outage."""
    if send_all_again(name, at=now()):
        _send_now(request)
    else:
        messages.error(request, gettext("It was sent again meanwhile."))
    return redirect("workbench:alerts")


def _send_now(request: StaffRequest) -> None:
    send_waiting.defer()
    messages.success(request, gettext("It is sent again; the list says what became of it."))
