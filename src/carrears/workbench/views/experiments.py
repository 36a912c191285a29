"""Experiments: plan one, start it, look, stop it, end it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carrears.clock import now
from carrears.dayrun.decided import first_undecided_day
from carrears.evidence.services import sequence
from carrears.experiments.asking import find_arm
from carrears.experiments.ending import conclude, confirm_adoption, reject_adoption
from carrears.experiments.models import Experiment
from carrears.experiments.services import (
    ExperimentError,
    Plan,
    drop_experiment,
    planned_debtors,
    stop_arm,
    stop_experiment,
)
from carrears.outreach.template_experiments import (
    adopting,
    confirm_words,
    plan_any,
    plan_of,
    start_any,
)
from carrears.signin.step_up import ask_again, is_fresh
from carrears.strategy.services import published_strategy
from carrears.workbench.experiment_forms import (
    ChallengerFormSet,
    ConfirmForm,
    ExperimentForm,
    StopForm,
    WinnerForm,
    chosen_challengers,
)
from carrears.workbench.forms import ReasonForm
from carrears.workbench.queries.experiment_page import size_of
from carrears.workbench.queries.experiment_words import said
from carrears.workbench.queries.experiments import (
    currencies,
    experiment_page,
    experiments_page,
    first_adopted,
    pace_of_plan,
    tried_templates,
    version_choices,
    word_choices,
)
from carrears.workbench.view_models.experiments import Size
from carrears.workbench.views.gate import StaffRequest, staff

_SEES = "experiments.view_experiment"
_PLANS = "experiments.plan_experiment"


@require_safe
@staff(_SEES)
def show_experiments(request: StaffRequest) -> HttpResponse:
    """All experiments."""
    context = {
        "rows": experiments_page(),
        "may_plan": request.user.has_perm(_PLANS),
        "section": "strategy",
    }
    return render(request, "workbench/experiments.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff(_PLANS)
def new_experiment(request: StaffRequest) -> HttpResponse:
    """A plan to fill in; posting works out its size (``size``) or keeps it.

    With ``template`` in the address it is about versions of that template.
    """
    template, templates = request.GET.get("template", ""), tried_templates()
    if template and template not in templates:
        raise Http404
    versions = word_choices(template) if template else version_choices()
    given = request.POST if request.method == "POST" else None
    form = ExperimentForm(given, currencies=currencies(), template=template)
    challengers = ChallengerFormSet(given, prefix="c", form_kwargs={"versions": versions})
    size, status = None, HTTPStatus.OK
    if request.method == "POST":
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        if form.is_valid() and challengers.is_valid():
            try:
                plan = plan_of(
                    **form.plan(),
                    template=template,
                    challengers=chosen_challengers(challengers),
                    on=first_undecided_day(),
                )
                if "size" not in request.POST:
                    kept = plan_any(plan, by=request.user, at=now())
                    sequence()
                    messages.success(request, gettext("The plan is kept. Nothing has started yet."))
                    return redirect("workbench:experiment", kept.key)
                size, status = _size(plan), HTTPStatus.OK
            except ExperimentError as error:
                form.add_error(None, said(error))
    context = {
        "form": form,
        "challengers": challengers,
        "champion": "" if template else published_strategy(first_undecided_day()).version[:12],
        "tried": template,
        "templates": templates,
        "has_versions": bool(versions),
        "size": size,
        "section": "strategy",
    }
    return render(request, "workbench/experiment_new.html", context, status=status)


@require_safe
@staff(_SEES)
def show_experiment(request: StaffRequest, key: str) -> HttpResponse:
    """One experiment."""
    return _shown(request, _find(key))


@require_POST
@staff(_SEES)
def take_step(request: StaffRequest, key: str, step: str) -> HttpResponse:
    """Start, stop, give up, end, confirm or refuse."""
    if step not in _STEPS:
        raise Http404
    permission, act, done = _STEPS[step]
    if permission and not request.user.has_perm(permission):
        raise PermissionDenied  # before it is told whether there is such an experiment
    experiment = _find(key)
    if not permission and not request.user.has_perm(adopting(experiment)):
        raise PermissionDenied
    approves_words = step == "adopt" and bool(experiment.template)
    if approves_words and not is_fresh(request, request.user):
        return ask_again(request)
    form = _forms(experiment, step, request)
    if form.is_valid():
        try:
            act(experiment, form.cleaned_data, request)
        except ExperimentError as error:
            form.add_error(None, said(error))
        else:
            sequence()
            messages.success(request, gettext(done))
            return redirect("workbench:experiment", key)
    return _shown(request, _find(key), status=HTTPStatus.UNPROCESSABLE_ENTITY, **{step: form})


def _start(experiment: Experiment, _given: dict[str, Any], request: StaffRequest) -> None:
    start_any(experiment, on=first_undecided_day(), by=request.user, at=now())


def _drop(experiment: Experiment, _given: dict[str, Any], request: StaffRequest) -> None:
    drop_experiment(experiment, by=request.user, at=now())


def _stop(experiment: Experiment, given: dict[str, Any], request: StaffRequest) -> None:
    how: dict[str, Any] = {
        "on": first_undecided_day(),
        "reason": given["reason"],
        "by": request.user,
        "at": now(),
    }
    if given["arm"]:
        stop_arm(find_arm(experiment, given["arm"]), **how)
    else:
        stop_experiment(experiment, **how)


def _conclude(experiment: Experiment, given: dict[str, Any], request: StaffRequest) -> None:
    winner = find_arm(experiment, given["winner"])
    conclude(experiment, winner=winner, by=request.user, at=now())


def _confirm(experiment: Experiment, given: dict[str, Any], request: StaffRequest) -> None:
    how: dict[str, Any] = {**given, "by": request.user, "at": now()}
    if experiment.template:
        confirm_words(experiment, **how)
    else:
        confirm_adoption(experiment, not_before=first_undecided_day(), **how)


def _reject(experiment: Experiment, given: dict[str, Any], request: StaffRequest) -> None:
    reject_adoption(experiment, reason=given["reason"], by=request.user, at=now())


_Act = Callable[[Experiment, dict[str, Any], StaffRequest], None]
# Without a permission it is what the experiment tries that says which.
_STEPS: dict[str, tuple[str, _Act, str]] = {
    "start": (
        "experiments.run_experiment",
        _start,
        gettext_noop("Started. The arms decide from the next day run on."),
    ),
    "drop": (_PLANS, _drop, gettext_noop("The plan is given up.")),
    "stop": ("experiments.run_experiment", _stop, gettext_noop("Stopped.")),
    "conclude": ("experiments.run_experiment", _conclude, gettext_noop("The end is noted.")),
    "confirm": (
        "",
        _confirm,
        gettext_noop("Confirmed. The challenger is published."),
    ),
    "reject": ("", _reject, gettext_noop("The proposal is refused.")),
}


def _forms(experiment: Experiment, step: str, request: StaffRequest | None = None) -> forms.Form:
    """The form of a step, filled by the request."""
    given = request.POST if request else None
    how: dict[str, Any] = {"auto_id": f"{step}-%s"}
    arms = list(experiment.arms.all())
    if step == "stop":
        running = [a.name for a in arms if not a.is_champion and a.stopped_on is None]
        return StopForm(given, arms=running if len(running) > 1 else [], **how)
    if step == "conclude":
        named = [
            (a.name, gettext("champion: keep what is in force") if a.is_champion else a.name)
            for a in arms
        ]
        return WinnerForm(given, arms=named, **how)
    if step == "confirm":
        return ConfirmForm(
            given, initial={"effective_on": first_adopted(experiment.template)}, **how
        )
    return ReasonForm(given, **how) if step == "reject" else forms.Form(given, **how)


def _shown(
    request: StaffRequest,
    experiment: Experiment,
    status: HTTPStatus = HTTPStatus.OK,
    **filled: forms.Form,
) -> HttpResponse:
    page = experiment_page(experiment, request.user)
    steps = {step: filled.get(step) or _forms(experiment, step) for step in _STEPS}
    problems = [error for form in filled.values() for error in form.non_field_errors()]
    context = {"page": page, "problems": problems, "section": "strategy"} | steps
    return render(request, "workbench/experiment.html", context, status=status)


def _find(key: str) -> Experiment:
    return get_object_or_404(Experiment.objects.select_related("winner"), key=key)


def _size(plan: Plan) -> Size:
    champion = 10_000 - sum(each.share for each in plan.challengers)
    arms = [("champion", champion), *((each.name, each.share) for each in plan.challengers)]
    return size_of(
        planned_debtors(plan),
        arms=arms,
        pace=pace_of_plan(plan.template, plan.currency),
        window_days=plan.window_days,
        day=first_undecided_day(),
        template=plan.template,
    )
