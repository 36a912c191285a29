"""The team's screen: what everybody does now; hand cases to somebody else with two clicks."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_POST, require_safe

from carrears.casework.models import Way
from carrears.casework.move_plans import MovePlan, MoveWanted, plan_move
from carrears.casework.moves import move_cases
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.workbench.labels import label_of
from carrears.workbench.queries.handing import chosen_of, handing_of, waiting_cases
from carrears.workbench.queries.moves import led_collectors
from carrears.workbench.queries.team import (
    collectors_list,
    definitions,
    figures_list,
    team_levels,
    team_now,
)
from carrears.workbench.views.files_out import list_answer
from carrears.workbench.views.gate import StaffRequest, staff

_PERMISSION = "casework.lead_desk"


@require_safe
@staff(_PERMISSION)
def show_team(request: StaffRequest) -> HttpResponse:
    """Who works on what now, how the queue stands, how quick the house is."""
    context = {
        "now": team_now(request.user),
        "waiting_cases": waiting_cases(request.user),
        "levels": team_levels(request.user),
        "definitions": definitions(),
    }
    return render(request, "workbench/team.html", context)


@require_safe
@staff(_PERMISSION)
def show_now(request: StaffRequest) -> HttpResponse:
    """The part that is asked for every few seconds."""
    context = {"now": team_now(request.user), "waiting_cases": waiting_cases(request.user)}
    return render(request, "workbench/_team_now.html", context)


@require_safe
@staff(_PERMISSION)
def show_levels(request: StaffRequest) -> HttpResponse:
    """The part that is asked for every few minutes."""
    return render(request, "workbench/_team_levels.html", {"levels": team_levels(request.user)})


@require_safe
@staff(_PERMISSION)
def download(request: StaffRequest) -> HttpResponseBase:
    """The collectors' day as a file; with ``of=figures`` the figures and what each is."""
    is_figures = request.GET.get("of") == "figures"
    listing = figures_list(request.user) if is_figures else collectors_list(request.user)
    return list_answer(request, listing, back="workbench:team")


@require_safe
@staff(_PERMISSION)
def show_targets(request: StaffRequest) -> HttpResponse:
    """The first click: to whom these cases may go."""
    chosen = chosen_of(request.user, request.GET.dict())
    page = handing_of(request.user, chosen)
    template = "workbench/_team_hand.html" if request.htmx else "workbench/team_hand.html"
    return render(request, template, {"handing": page})


@require_POST
@staff(_PERMISSION)
def hand_over(request: StaffRequest) -> HttpResponse:
    """The second click: move them, as any move by hand; it can be taken back like one."""
    told = request.POST.dict()
    chosen = chosen_of(request.user, told)
    target = told.get("target", "")
    to = led_collectors(request.user).get(int(target)) if target.isdecimal() else None
    if to is None:
        raise Http404
    wanted = MoveWanted(chosen=chosen, way=Way.PERSON, to=to)
    plan = plan_move(wanted, by=request.user)
    reason = told.get("reason", "").strip() or gettext("Handed over by the team lead")
    try:
        move_cases(wanted, reason=reason, seen=plan.digest, by=request.user, at=now())
    except CaseworkError as error:
        messages.error(request, _why_not(plan) or gettext(str(error)))
        return redirect("workbench:team")
    sequence()
    many = len(plan.going)
    text = ngettext(
        "%(many)d case is handed to %(who)s; the moves of late can take it back.",
        "%(many)d cases are handed to %(who)s; the moves of late can take them back.",
        many,
    )
    messages.success(request, text % {"many": many, "who": str(to)})
    if stays := _why_not(plan):
        messages.info(request, stays)
    return redirect("workbench:team")


def _why_not(plan: MovePlan) -> str:
    """What stays and why, in one line."""
    return " · ".join(
        f"{label_of(why, 'stays').text}: {len(loan_nos)}" for why, loan_nos in plan.stays.items()
    )
