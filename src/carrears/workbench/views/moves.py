"""Move cases by hand, many at once: look at what it would do, do it, take it back."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop, ngettext
from django.views.decorators.http import require_POST, require_safe

from carrears.casework.move_plans import plan_move
from carrears.casework.moves import move_cases, moves_seen, undo_move
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.workbench.move_forms import MoveForm
from carrears.workbench.queries.moves import (
    led_collectors,
    move_rows,
    preview_of,
)
from carrears.workbench.views.gate import StaffRequest, staff

# What the services may answer, in their words, so that it can be said in the reader's.
REFUSALS = (
    gettext_noop("it has changed meanwhile; look again"),
    gettext_noop("nothing would be moved"),
    gettext_noop("this move was taken back before"),
    gettext_noop("it is too late to take this move back"),
    gettext_noop("only a team lead moves cases"),
)


@require_safe
@staff("casework.lead_desk")
def show_moves(request: StaffRequest) -> HttpResponse:
    """The moves of late, and the form for another, which an address may begin to fill."""
    collectors = led_collectors(request.user)
    begun = {name: request.GET[name] for name in ("owner", "target") if name in request.GET}
    return _show(request, MoveForm(initial=begun, collectors=collectors))


@require_POST
@staff("casework.lead_desk")
def preview(request: StaffRequest) -> HttpResponse:
    """What the move would do; nothing is moved."""
    form = MoveForm(request.POST, collectors=led_collectors(request.user))
    if not form.is_valid():
        return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    return _look(request, form)


@require_POST
@staff("casework.lead_desk")
def move(request: StaffRequest) -> HttpResponse:
    """Do what was looked at; where it has changed, look at it anew."""
    form = MoveForm(request.POST, collectors=led_collectors(request.user))
    if not form.is_valid():
        return _show(request, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    seen, reason = request.POST.get("seen", ""), form.cleaned_data["reason"]
    try:
        _, plan = move_cases(form.wanted(), reason=reason, seen=seen, by=request.user, at=now())
    except CaseworkError as error:
        form.add_error(None, gettext(str(error)))
        return _look(request, form, status=HTTPStatus.CONFLICT)
    sequence()
    many = len(plan.going)
    text = ngettext("%(many)d case is moved.", "%(many)d cases are moved.", many)
    messages.success(request, text % {"many": many})
    return redirect("workbench:moves")


@require_POST
@staff("casework.lead_desk")
def undo(request: StaffRequest, pk: int) -> HttpResponse:
    """Give back what the move took."""
    try:
        found = get_object_or_404(moves_seen(request.user), pk=pk)
        back, stay = undo_move(found, by=request.user, at=now())
    except CaseworkError as error:
        messages.error(request, gettext(str(error)))
        return redirect("workbench:moves")
    sequence()
    text = gettext("Went back: %(back)d.")
    if stay:
        text = gettext("Went back: %(back)d. Stays, as it ended or moved on: %(stay)d.")
    messages.success(request, text % {"back": back, "stay": stay})
    return redirect("workbench:moves")


def _look(
    request: StaffRequest, form: MoveForm, *, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    plan = plan_move(form.wanted(), by=request.user)
    return _show(request, form, status=status, preview=preview_of(plan))


def _show(
    request: StaffRequest, form: MoveForm, *, status: HTTPStatus = HTTPStatus.OK, **given: Any
) -> HttpResponse:
    context = {"form": form, "preview": None, "rows": move_rows(request.user)}
    return render(request, "workbench/moves.html", context | given, status=status)
