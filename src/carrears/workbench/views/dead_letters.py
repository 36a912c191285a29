"""Messages that did not get through: look at them, send again, let be."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.outreach.dead_letters import (
    OutreachError,
    let_be,
    send_dead_again,
    settle_uncertain,
)
from carrears.outreach.models import AttemptState, SendingAgain
from carrears.outreach.sending_again import order_again, stop_order
from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.dead_letters import (
    chosen_of,
    dead_letter,
    dead_letters_page,
    orders_part,
)
from carrears.workbench.queries.verdicts import reasons_of
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.ordering import order_of

# What the service may answer, in its words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("a reason is needed"),
    gettext_noop("this is no dead letter any more"),
    gettext_noop("it may have arrived: say first what became of it"),
    gettext_noop("this message is not uncertain any more"),
    gettext_noop("no dead letter fits"),
    gettext_noop("these are more than can be sent again at once"),
    gettext_noop("there are more or fewer by now: look at them once more"),
    gettext_noop("this order is done"),
)


@require_safe
@staff("outreach.view_attempt")
def show_dead_letters(request: StaffRequest) -> HttpResponse:
    """The messages that did not get through."""
    page = dead_letters_page(request.user, request.GET)
    return render(request, "workbench/dead_letters.html", {"page": page, "section": "mail"})


@require_safe
@staff("outreach.view_attempt")
def show_orders(request: StaffRequest) -> HttpResponse:
    """How far the orders are, as a part of the page."""
    context = {"orders": orders_part(request.user)}
    return render(request, "workbench/_dead_orders.html", context)


@require_POST
@staff("outreach.send_message")
@stepped_up
def send_many(request: StaffRequest) -> HttpResponse:
    """Have all that fit sent again in the background."""
    told = request.POST
    try:
        order_again(
            chosen_of(told),
            reason=told.get("reason", ""),
            by=request.user,
            at=now(),
            **order_of(request),
        )
        messages.success(request, gettext("They are sent again, one after another."))
    except OutreachError as error:
        messages.error(request, gettext(str(error)))
    sequence()
    return redirect("workbench:dead-letters")


@require_POST
@staff("outreach.send_message")
def stop_many(request: StaffRequest, pk: int) -> HttpResponse:
    """Send none of an order any more that has not had its turn."""
    mine = SendingAgain.objects.all()
    if not request.user.has_perm("casework.view_all_cases"):
        mine = mine.filter(asked_by=request.user)
    try:
        stop_order(get_object_or_404(mine, pk=pk), by=request.user, at=now())
        messages.success(request, gettext("No more of them are sent."))
    except OutreachError as error:
        messages.error(request, gettext(str(error)))
    sequence()
    return redirect("workbench:dead-letters")


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
