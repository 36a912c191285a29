"""Experiments over HTTP: look, stop, end. To plan and start one is for a room further on."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from ninja import Field, Router, Schema

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.experiments.asking import find_arm
from carrears.experiments.ending import conclude
from carrears.experiments.models import Experiment, Figure
from carrears.experiments.services import (
    drop_experiment,
    stop_arm,
    stop_experiment,
)

router = Router(tags=["experiments"])


class StopIn(Schema):
    """Why; it stays for the auditor. With ``arm`` only this challenger stops."""

    on: date
    reason: Annotated[str, Field(min_length=1)]
    arm: str = ""


class ConcludeIn(Schema):
    """The arm that won: the champion is kept at once, a challenger is proposed."""

    winner: str


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
    template: str
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


@router.get("/{key}", response=ExperimentOut)
def read_experiment(request: HttpRequest, key: str) -> dict[str, Any]:
    """One experiment."""
    _require(request, "experiments.view_experiment")
    return shown_experiment(_find(key))


@router.get("/{key}/figures", response=list[FigureOut])
def look(request: HttpRequest, key: str) -> list[dict[str, Any]]:
    """The figures of every day and challenger; the intervals hold however often one looks."""
    _require(request, "experiments.view_experiment")
    rows = Figure.objects.filter(arm__experiment=_find(key)).select_related("arm")
    return [
        {"arm": row.arm.name, "as_of": row.as_of, "advice": row.advice, "values": row.values}
        for row in rows
    ]


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
    return shown_experiment(_find(key))


@router.post("/{key}/conclude", response=ExperimentOut)
def end(request: HttpRequest, key: str, wanted: ConcludeIn) -> dict[str, Any]:
    """End a stopped experiment; a second person confirms a challenger."""
    user = _require(request, "experiments.run_experiment")
    found = _find(key)
    conclude(found, winner=find_arm(found, wanted.winner), by=user, at=now())
    sequence()
    return shown_experiment(_find(key))


@router.post("/{key}/drop", response=ExperimentOut)
def drop(request: HttpRequest, key: str) -> dict[str, Any]:
    """Give a plan up."""
    user = _require(request, "experiments.plan_experiment")
    drop_experiment(_find(key), by=user, at=now())
    sequence()
    return shown_experiment(_find(key))


def _find(key: str) -> Experiment:
    found = Experiment.objects.filter(key=key).prefetch_related("arms__strategy").first()
    if found is None:
        raise Http404(f"there is no experiment {key!r}")
    return found


def shown_experiment(experiment: Experiment) -> dict[str, Any]:
    """An experiment and its arms, as ``ExperimentOut`` has them."""
    names = [name for name in ExperimentOut.model_fields if name != "arms"]
    arms = [
        {
            "name": arm.name,
            "version": arm.version,
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
