"""Experiments over HTTP: plan, start, look, stop."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema, Status

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.experiments.asking import find_arm, make_plan
from carrears.experiments.models import Experiment, Figure
from carrears.experiments.services import (
    conclude,
    drop_experiment,
    plan_experiment,
    start_experiment,
    stop_arm,
    stop_experiment,
)

router = Router(tags=["experiments"])
Share = Annotated[int, Field(gt=0, lt=10_000)]


class ChallengerIn(Schema):
    """A version that challenges, with its share of the debtors in basis points."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    version: Annotated[str, Field(pattern=r"^[0-9a-f]{8,64}$")]
    share: Share


class PlanIn(Schema):
    """What is fixed before; docs/experiments.md tells the units of each."""

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    metric: Literal["cure", "recovery"] = "cure"
    window_days: Annotated[int, Field(ge=1, le=366)]
    matters: Annotated[float, Field(gt=0)]
    challengers: Annotated[list[ChallengerIn], Field(min_length=1)]
    baseline: float | None = None
    deviation: float | None = None
    cap: Annotated[int, Field(ge=0)] = 0
    alpha: float = 0.05
    power: float = 0.8
    note: str = ""
    guards: dict[str, float] | None = None


class StopIn(Schema):
    """Why; it stays for the auditor. With ``arm`` only this challenger stops."""

    on: date
    reason: Annotated[str, Field(min_length=1)]
    arm: str = ""


class ConcludeIn(Schema):
    """The arm that won: the champion is kept at once, a challenger is proposed."""

    winner: str


class StartIn(Schema):
    """The first day on which the arms decide."""

    on: date


class ArmOut(Schema):
    """One arm."""

    name: str
    version: str
    share: int
    is_champion: bool
    stopped_on: date | None
    stop_reason: str


class ExperimentOut(Schema):
    """An experiment and its arms."""

    key: str
    title: str
    state: str
    currency: str
    metric: str
    window_days: int
    matters: float
    planned_debtors: int
    started_on: date | None
    stopped_on: date | None
    stop_reason: str
    conclusion: str
    arms: list[ArmOut]


class FigureOut(Schema):
    """What one day showed of a challenger."""

    arm: str
    as_of: date
    advice: str
    values: dict[str, Any]


@router.get("", response=list[ExperimentOut])
def list_experiments(request: HttpRequest) -> list[dict[str, Any]]:
    """All experiments, the newest first."""
    _require(request, "experiments.view_experiment")
    return [_shown(each) for each in Experiment.objects.prefetch_related("arms__strategy")]


@router.post("", response={201: ExperimentOut})
def plan(request: HttpRequest, wanted: PlanIn) -> Status[dict[str, Any]]:
    """Keep a plan; nothing is decided by it before it is started."""
    user = _require(request, "experiments.plan_experiment")
    given = wanted.dict() | {
        "challengers": [(each.name, each.version, each.share) for each in wanted.challengers]
    }
    made = plan_experiment(make_plan(**given), by=user, at=now())
    sequence()
    return Status(201, _shown(made))


@router.get("/{key}", response=ExperimentOut)
def read_experiment(request: HttpRequest, key: str) -> dict[str, Any]:
    """One experiment."""
    _require(request, "experiments.view_experiment")
    return _shown(_find(key))


@router.get("/{key}/figures", response=list[FigureOut])
def look(request: HttpRequest, key: str) -> list[dict[str, Any]]:
    """The figures of every day and challenger; the intervals hold however often one looks."""
    _require(request, "experiments.view_experiment")
    rows = Figure.objects.filter(arm__experiment=_find(key)).select_related("arm")
    return [
        {"arm": row.arm.name, "as_of": row.as_of, "advice": row.advice, "values": row.values}
        for row in rows
    ]


@router.post("/{key}/start", response=ExperimentOut)
def start(request: HttpRequest, key: str, wanted: StartIn) -> dict[str, Any]:
    """Let the arms decide."""
    user = _require(request, "experiments.run_experiment")
    start_experiment(_find(key), on=wanted.on, by=user, at=now())
    sequence()
    return _shown(_find(key))


@router.post("/{key}/stop", response=ExperimentOut)
def stop(request: HttpRequest, key: str, wanted: StopIn) -> dict[str, Any]:
    """The published strategy decides everybody again, or only the named arm's debtors."""
    user = _require(request, "experiments.run_experiment")
    found = _find(key)
    how: dict[str, Any] = {"on": wanted.on, "reason": wanted.reason, "by": user, "at": now()}
    if wanted.arm:
        stop_arm(find_arm(found, wanted.arm), **how)
    else:
        stop_experiment(found, **how)
    sequence()
    return _shown(_find(key))


@router.post("/{key}/conclude", response=ExperimentOut)
def end(request: HttpRequest, key: str, wanted: ConcludeIn) -> dict[str, Any]:
    """End a stopped experiment; a second person confirms a challenger."""
    user = _require(request, "experiments.run_experiment")
    found = _find(key)
    conclude(found, winner=find_arm(found, wanted.winner), by=user, at=now())
    sequence()
    return _shown(_find(key))


@router.post("/{key}/drop", response=ExperimentOut)
def drop(request: HttpRequest, key: str) -> dict[str, Any]:
    """Give a plan up."""
    user = _require(request, "experiments.plan_experiment")
    drop_experiment(_find(key), by=user, at=now())
    sequence()
    return _shown(_find(key))


def _find(key: str) -> Experiment:
    found = Experiment.objects.filter(key=key).prefetch_related("arms__strategy").first()
    if found is None:
        raise Http404(f"there is no experiment {key!r}")
    return found


def _shown(experiment: Experiment) -> dict[str, Any]:
    names = [name for name in ExperimentOut.model_fields if name != "arms"]
    arms = [
        {
            "name": arm.name,
            "version": arm.strategy.version,
            "share": arm.share,
            "is_champion": arm.is_champion,
            "stopped_on": arm.stopped_on,
            "stop_reason": arm.stop_reason,
        }
        for arm in experiment.arms.all()
    ]
    return {name: getattr(experiment, name) for name in names} | {"arms": arms}


def _require(request: HttpRequest, permission: str) -> User:
    if not (isinstance(request.user, User) and request.user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return request.user
