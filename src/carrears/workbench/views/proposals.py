"""Four eyes: what one proposed, another confirms or refuses."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_POST, require_safe

from carrears.access.organisations import AccessError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.signin.four_eyes import MAY_ASK, MAY_CONFIRM, confirm, refuse, withdraw
from carrears.signin.step_up import stepped_up
from carrears.workbench.queries.proposals import proposals_page, visible_proposals
from carrears.workbench.views.gate import StaffRequest, staff
from carrears.workbench.views.people import link_of

# What the services may answer besides those of people.REFUSALS.
REFUSALS = (
    gettext_noop("a second person has to confirm this"),
    gettext_noop("a second person has to decide"),
    gettext_noop("this was decided before"),
    gettext_noop("this proposal has lapsed"),
    gettext_noop("this was proposed by somebody else"),
    gettext_noop("who proposed this may not do so any more"),
    gettext_noop("this token was revoked"),
)


@require_safe
@staff()
def show_proposals(request: StaffRequest) -> HttpResponse:
    """What waits for a second person, and what was decided."""
    _refuse_who_has_no_part(request)
    page = proposals_page(request.user, request.GET)
    return render(request, "workbench/proposals.html", {"page": page, "link": ""})


@require_POST
@staff()
@stepped_up
def decide(request: StaffRequest, pk: int, step: str) -> HttpResponse:
    """Confirm, refuse or take back; a link that comes of it is shown this once."""
    _refuse_who_has_no_part(request)
    found = get_object_or_404(visible_proposals(request.user), pk=pk)
    secret = ""
    try:
        if step == "confirm":
            secret = confirm(found, by=request.user, at=now()).secret
        elif step == "refuse":
            refuse(found, reason=request.POST.get("reason", ""), by=request.user, at=now())
        elif step == "withdraw":
            withdraw(found, by=request.user, at=now())
        else:
            raise Http404
    except AccessError as error:
        messages.error(request, gettext(str(error)))
        return redirect("workbench:proposals")
    sequence()
    if secret:
        page = proposals_page(request.user, request.GET)
        context = {"page": page, "link": link_of(request, secret)}
        return render(request, "workbench/proposals.html", context)
    messages.success(request, gettext("It is decided."))
    return redirect("workbench:proposals")


def _refuse_who_has_no_part(request: StaffRequest) -> None:
    if not any(request.user.has_perm(one) for one in (MAY_CONFIRM, *MAY_ASK.values())):
        raise PermissionDenied
