"""What of an experiment depends on the days that were run: its pace, and its winner's adoption."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from ninja import Field, Router, Schema, Status

from carrears.access.models import User
from carrears.clock import now
from carrears.dayrun.decided import first_undecided_day
from carrears.dayrun.pace import pace_of
from carrears.evidence.services import sequence
from carrears.experiments.asking import find_experiment
from carrears.experiments.services import confirm_adoption, reject_adoption

router = Router(tags=["experiments"])


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


@router.get("/{key}/pace", response=PaceOut)
def read_pace(request: HttpRequest, key: str) -> dict[str, object]:
    """How many days the experiment takes on this book."""
    _require(request, "experiments.view_experiment")
    found = find_experiment(key)
    pace = pace_of(found.currency)
    return {
        "planned_debtors": found.planned_debtors,
        "debtors_behind": pace.behind,
        "debtors_a_day": pace.a_day,
        "counted_days": pace.days,
        "is_seen": pace.is_seen,
        "expected_days": pace.days_until(found.planned_debtors, window_days=found.window_days),
    }


@router.post("/{key}/adopt", response={201: AdoptedOut})
def adopt(request: HttpRequest, key: str, wanted: AdoptIn) -> Status[dict[str, object]]:
    """Confirm the proposed challenger as a second person, which publishes it."""
    user = _require(request, "strategy.approve_draft")
    first = first_undecided_day()
    publication = confirm_adoption(
        find_experiment(key),
        effective_on=wanted.effective_on or first,
        reason=wanted.reason,
        by=user,
        at=now(),
        not_before=first,
    )
    sequence()
    version = publication.version.version
    return Status(201, {"version": version, "effective_on": publication.effective_on})


@router.post("/{key}/reject", response={204: None})
def reject(request: HttpRequest, key: str, wanted: RejectIn) -> Status[None]:
    """Refuse the proposed challenger; another end may be proposed."""
    user = _require(request, "strategy.approve_draft")
    reject_adoption(find_experiment(key), reason=wanted.reason, by=user, at=now())
    sequence()
    return Status(204, None)


def _require(request: HttpRequest, permission: str) -> User:
    if not (isinstance(request.user, User) and request.user.has_perm(permission)):
        raise PermissionDenied(f"this user lacks the permission {permission}")
    return request.user
