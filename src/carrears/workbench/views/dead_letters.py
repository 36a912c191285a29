"""Messages that did not get through: look at them, send again, let be."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.evidence.services import sequence
from carrears.outreach.dead_letters import (
    OutreachError,
    let_be,
    send_dead_again,
    settle_uncertain,
)
from carrears.outreach.models import AttemptState
from carrears.workbench.queries.dead_letters import dead_letter, dead_letters_page
from carrears.workbench.queries.verdicts import reasons_of
from carrears.workbench.views.gate import StaffRequest, staff

# What the service may answer, in its words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a reason is needed"),
    gettext_noop("this is no dead letter any more"),
    gettext_noop("it may have arrived: say first what became of it"),
    gettext_noop("this message is not uncertain any more"),
)


@require_safe
@staff("outreach.view_attempt")
def show_dead_letters(request: StaffRequest) -> HttpResponse:
    """The messages that did not get through."""
    page = dead_letters_page(request.user, request.GET)
    return render(request, "workbench/dead_letters.html", {"page": page, "section": "mail"})


@require_POST
@staff("outreach.send_message")
def settle(request: StaffRequest, pk: int) -> HttpResponse:
    """Send one again, let it be, or say what became of an uncertain one."""
    found, reason = dead_letter(request.user, pk), request.POST.get("reason", "")[:120]
    try:
        match request.POST.get("step"):
            case "again":
                _send_again(request, pk)
            case "left" | "lost" as step:
                settle_uncertain(found, left=step == "left", reason=reason, by=request.user)
                messages.success(request, gettext("It is kept what became of it."))
            case _:
                let_be(found, reason=reason, by=request.user)
                messages.success(request, gettext("It is closed."))
    except OutreachError as error:
        messages.error(request, gettext(str(error)))
    sequence()
    return redirect("workbench:dead-letters")


def _send_again(request: StaffRequest, pk: int) -> None:
    attempt = send_dead_again(dead_letter(request.user, pk), by=request.user)
    if attempt.state == AttemptState.BLOCKED:
        why = "; ".join(reasons_of(attempt.verdict))
        messages.error(request, gettext("The gate stopped it: %(why)s") % {"why": why})
    else:
        messages.success(request, gettext("It is on its way again."))
