"""What of an experiment reaches days and templates: its plan, start, pace, and adoption."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from carrears.access.models import User
from carrears.clock import now
from carrears.dayrun.decided import first_undecided_day
from carrears.dayrun.pace import pace_of, pace_of_words
from carrears.evidence.services import sequence
from carrears.experiments.api import ExperimentOut, shown_experiment
from carrears.experiments.asking import find_experiment
from carrears.experiments.ending import confirm_adoption, reject_adoption
from carrears.experiments.models import Experiment, Metric
from carrears.outreach.template_book import today
from carrears.outreach.template_experiments import (
    adopting,
    confirm_words,
    plan_any,
    plan_of,
    start_any,
)
from carrears.signin.program_step_up import OneTimeCode, require_step_up

router = Router(tags=["experiments"])


class ChallengerIn(Schema):
    """A version that challenges, with its share of the debtors in basis points.

    Of a template it may be given by its number.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    version: Annotated[str, Field(pattern=r"^([0-9a-f]{8,64}|[1-9][0-9]{0,5})$")]
    share: Annotated[int, Field(gt=0, lt=10_000)]


class PlanIn(Schema):
    """What is fixed before; docs/experiments.md tells the units of each.

    With a ``template`` its versions challenge each other.
    """

    key: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
    title: Annotated[str, Field(min_length=1, max_length=120)]
    template: Annotated[str, Field(pattern=r"^[a-z_]{0,40}$")] = ""
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    metric: Metric = Metric.CURE
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


class StartIn(Schema):
    """The first day on which the arms decide."""

    on: date


class PaceOut(Schema):
    """Debtors that the plan needs, and how soon this book brings them; None for never."""

    planned_debtors: int
    debtors_behind: int
    debtors_a_day: float
    counted_days: int
    is_seen: bool
    expected_days: int | None


class AdoptIn(Schema):
    """Why, and from which day on; the first undecided day where none is given."""

    reason: Annotated[str, Field(min_length=1)]
    effective_on: date | None = None


class RejectIn(Schema):
    """Why not."""

    reason: Annotated[str, Field(min_length=1)]


class AdoptedOut(Schema):
    """The version that decides from a day on."""

    version: str
    effective_on: date


@router.get("", response=list[ExperimentOut])
def list_experiments(request: HttpRequest) -> list[dict[str, Any]]:
    """All experiments, the newest first."""
    _require(request, "experiments.view_experiment")
    return [
        shown_experiment(each) for each in Experiment.objects.prefetch_related("arms__strategy")
    ]


@router.post("", response={201: ExperimentOut})
def plan(request: HttpRequest, wanted: PlanIn) -> Status[dict[str, Any]]:
    """Keep a plan; nothing is decided by it before it is started."""
    user = _require(request, "experiments.plan_experiment")
    given = wanted.dict() | {
        "challengers": [(each.name, each.version, each.share) for each in wanted.challengers]
    }
    made = plan_any(plan_of(**given), by=user, at=now())
    sequence()
    return Status(201, shown_experiment(made))


@router.post("/{key}/start", response=ExperimentOut)
def start(request: HttpRequest, key: str, wanted: StartIn) -> dict[str, Any]:
    """Let the arms decide."""
    user = _require(request, "experiments.run_experiment")
    start_any(find_experiment(key), on=wanted.on, by=user, at=now())
    sequence()
    return shown_experiment(find_experiment(key))


@router.get("/{key}/pace", response=PaceOut)
def read_pace(request: HttpRequest, key: str) -> dict[str, object]:
    """How many days the experiment takes on this book."""
    _require(request, "experiments.view_experiment")
    found = find_experiment(key)
    pace = pace_of(found.currency)
    if found.template:
        pace = pace_of_words(found.template, found.currency)
    return {
        "planned_debtors": found.planned_debtors,
        "debtors_behind": pace.behind,
        "debtors_a_day": pace.a_day,
        "counted_days": pace.days,
        "is_seen": pace.is_seen,
        "expected_days": pace.days_until(found.planned_debtors, window_days=found.window_days),
    }


@router.post("/{key}/adopt", response={201: AdoptedOut})
def adopt(
    request: HttpRequest, key: str, wanted: AdoptIn, code: OneTimeCode = ""
) -> Status[dict[str, object]]:
    """Confirm the proposed challenger as a second person, which publishes it."""
    found = find_experiment(key)
    user = _require(request, adopting(found))
    first = first_undecided_day()
    how: dict[str, Any] = {"reason": wanted.reason, "by": user, "at": now()}
    if found.template:
        require_step_up(request, user, code)  # it approves a version of the template
        words = confirm_words(found, effective_on=wanted.effective_on or today(), **how)
        version, from_on = words.version, words.effective_on
    else:
        day = wanted.effective_on or first
        publication = confirm_adoption(found, effective_on=day, not_before=first, **how)
        version, from_on = publication.version.version, publication.effective_on
    sequence()
    return Status(201, {"version": version, "effective_on": from_on})


@router.post("/{key}/reject", response={204: None})
def reject(request: HttpRequest, key: str, wanted: RejectIn) -> Status[None]:
    """Refuse the proposed challenger; another end may be proposed."""
    found = find_experiment(key)
    user = _require(request, adopting(found))
    reject_adoption(found, reason=wanted.reason, by=user, at=now())
    sequence()
    return Status(204, None)


def _require(request: HttpRequest, permission: str) -> User:
    if not (isinstance(request.user, User) and request.user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return request.user
