"""New treatments of people who are out of automated decisions wait here for a person's word."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.clock import now
from carrears.dayrun.confirming import answer
from carrears.dayrun.rulings import RulingError
from carrears.evidence.services import sequence
from carrears.workbench.queries.confirmations import case_to_confirm, confirmations_page
from carrears.workbench.views.gate import StaffRequest, staff

_REFUSALS = frozenset(
    {
        gettext_noop("the strategy wants something else by now; look at it again"),
        gettext_noop("declining needs words"),
    }
)


@require_safe
@staff("casework.view_ruling")
def show_confirmations(request: StaffRequest) -> HttpResponse:
    """What waits, most urgent first."""
    page = confirmations_page(request.GET, request.user)
    return render(request, "workbench/confirmations.html", {"page": page})


@require_POST
@staff("casework.confirm_treatment")
def answer_confirmation(request: StaffRequest, pk: int) -> HttpResponse:
    """Confirm a treatment, or leave the case with what it has and say why."""
    case, told = case_to_confirm(pk, request.user), request.POST
    if told.get("answer") not in {"confirm", "decline"}:
        raise Http404
    accepted = told["answer"] == "confirm"
    try:
        answer(
            case,
            wanted=told.get("wanted", "")[:40],
            accepted=accepted,
            text=told.get("text", "")[:1000],
            key=f"desk:{case.pk}:{told.get('key', '')[:64]}",
            by=request.user,
            at=now(),
        )
    except RulingError as error:
        page = confirmations_page(request.GET, request.user, refused=(pk, _say(error)))
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return render(request, "workbench/confirmations.html", {"page": page}, status=status)
    sequence()
    done = (
        gettext("The treatment is confirmed.") if accepted else gettext("The case stays as it is.")
    )
    messages.success(request, done)
    return redirect("workbench:confirmations")


def _say(error: RulingError) -> str:
    return gettext(str(error)) if str(error) in _REFUSALS else str(error)
