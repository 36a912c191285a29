"""Messages to staff by WeCom that reached nobody: look, send again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.notices.by_wecom import send_again
from carrears.notices.models import StaffMessage
from carrears.workbench.queries.staff_messages import staff_messages_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff("notices.view_staffmessage")
def show_staff_messages(request: StaffRequest) -> HttpResponse:
    """Those that were given up."""
    page = staff_messages_page(request.user, request.GET)
    return render(request, "workbench/staff_messages.html", {"page": page})


@require_POST
@staff("notices.change_staffmessage")
def send_staff_message(request: StaffRequest, pk: int) -> HttpResponse:
    """Send one again: within the minute."""
    if send_again(get_object_or_404(StaffMessage, pk=pk), at=now()):
        messages.success(request, gettext("It is sent again within a minute."))
    else:
        messages.error(request, gettext("It was read or sent again meanwhile."))
    return redirect("workbench:staff-messages")
