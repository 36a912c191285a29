"""Simulations: ask for one, follow it, read it, take it away."""

from __future__ import annotations

from http import HTTPStatus

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from carrears.portfolio.services import BookError
from carrears.simulation.assumptions import AssumptionError
from carrears.simulation.contenders import IN_FORCE, ContenderError
from carrears.simulation.models import Simulation, SimulationState
from carrears.simulation.report import report_html
from carrears.simulation.services import ask_simulation, begin
from carrears.simulation.sights import days_between
from carrears.strategy.errors import StrategyError
from carrears.strategy.reasons import in_other_words
from carrears.workbench.forms import SimulationForm
from carrears.workbench.queries.catalogue import treatment_title
from carrears.workbench.queries.simulation import (
    days_that_can_be,
    simulation_page,
    simulations_page,
    strategy_choices,
)
from carrears.workbench.views.gate import StaffRequest, is_part, staff

_SEES = "simulation.view_simulation"
_ASKS = "simulation.add_simulation"


@require_http_methods(["GET", "HEAD", "POST"])
@staff(_SEES)
def show_simulations(request: StaffRequest) -> HttpResponse:
    """The simulations there are; posting asks for one."""
    may_ask = request.user.has_perm(_ASKS)
    status = HTTPStatus.OK
    form = _form(request) if may_ask else None
    if request.method == "POST" and form is not None:
        if form.is_valid() and (asked := _ask(request, form)) is not None:
            return redirect("workbench:simulation", asked.pk)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {
        "page": simulations_page(),
        "form": form,
        "section": "strategy",
    }
    return render(request, "workbench/simulations.html", context, status=status)


@require_safe
@staff(_SEES)
def show_simulation(request: StaffRequest, pk: int) -> HttpResponse:
    """One simulation; to htmx only its changing part."""
    page = simulation_page(get_object_or_404(Simulation, pk=pk))
    template = "_simulation.html" if is_part(request) else "simulation.html"
    context = page | {"section": "strategy"}
    return render(request, f"workbench/{template}", context)


@require_safe
@staff(_SEES)
def download_report(request: StaffRequest, pk: int) -> HttpResponse:  # noqa: ARG001  of every view
    """The report as one file that prints well."""
    found = get_object_or_404(Simulation, pk=pk)
    if found.state != SimulationState.DONE:
        raise Http404
    answer = HttpResponse(
        report_html(found, named=treatment_title), content_type="text/html; charset=utf-8"
    )
    answer.headers["Content-Disposition"] = f'attachment; filename="simulation-{pk}.html"'
    return answer


def _form(request: StaffRequest) -> SimulationForm | None:
    """What can be asked for; None where there is no book yet."""
    days, strategies = days_that_can_be(), strategy_choices()
    if days is None:
        return None
    return SimulationForm(
        request.POST or None,
        strategies=strategies,
        earliest=days[0],
        latest=days[1],
        initial={"first": IN_FORCE, "second": strategies[min(1, len(strategies) - 1)][0]},
    )


def _ask(request: StaffRequest, form: SimulationForm) -> Simulation | None:
    chosen = form.cleaned_data
    try:
        days = days_between(chosen["since"], chosen["until"])
        asked = ask_simulation(chosen["first"], chosen["second"], days=days, by=request.user)
    except (BookError, AssumptionError, ContenderError, StrategyError) as error:
        form.add_error(None, in_other_words(error, gettext))
        return None
    begin(asked)
    return asked
