"""Stops of collection (停催) over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from carrears.access.models import User
from carrears.casework.agency_view import asked_by_class, hold_reason_for, named_to
from carrears.casework.api import Key, worker
from carrears.casework.asking_once import once_by_key
from carrears.casework.case_time import business_time
from carrears.casework.hold_queries import HoldState, day_of_holds, holds_in, visible_holds
from carrears.casework.holds import lift_hold, may_lift, move_end, place_hold_once
from carrears.casework.models import Case, Hold, HoldReason, HoldStep
from carrears.casework.seeing import visible_cases
from carrears.casework.showing import refuse_held
from carrears.evidence.services import sequence

cases_router = Router(tags=["holds"])
router = Router(tags=["holds"])
Why = Annotated[str, Field(min_length=1, max_length=2000)]


class StepOut(Schema):
    """What was done to a hold; its words are for the screens."""

    kind: Literal["placed", "moved", "lifted"]
    until_on: date | None
    by: str
    at: datetime

    @staticmethod
    def resolve_by(step: HoldStep) -> str:
        """The user name; empty: the system."""
        return step.by.get_username() if step.by else ""


class HoldOut(Schema):
    """A hold; ``whole_person`` covers all that the borrower owes, else it is of ``case``."""

    id: int
    case: int | None = Field(None, alias="case_id")
    whole_person: bool
    reason: str
    from_on: date
    until_on: date | None
    lifted_on: date | None
    steps: list[StepOut]

    @staticmethod
    def resolve_whole_person(hold: Hold) -> bool:
        """Whether it is the person's."""
        return hold.case_id is None

    @staticmethod
    def resolve_steps(hold: Hold) -> list[HoldStep]:
        """What was done to it, oldest first."""
        return list(hold.steps.all())


class HoldIn(Schema):
    """A hold to place: from today unless ``from_on`` says so, until it is lifted without an end."""

    reason: Literal[
        "dispute",
        "hardship",
        "hospital",
        "bereavement",
        "legal",
        "complaint",
        "disaster",
        "death",
        "insolvency",
        "moratorium",
    ]
    from_on: date | None = None
    until_on: date | None = None
    whole_person: bool = False
    why: Annotated[str, Field(max_length=2000)] = ""


class EndIn(Schema):
    """Another last day; none: until it is lifted."""

    until_on: date | None
    why: Why


class LiftIn(Schema):
    """Why collection goes on."""

    why: Why


@router.get("", response=list[HoldOut])
def list_holds(
    request: HttpRequest,
    *,
    state: HoldState = "live",
    reason: HoldReason | Literal["personal"] | None = None,
    ends_within: Annotated[int | None, Query(ge=0, le=366)] = None,
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[Hold]:
    """Holds of the cases that one sees, by number; ``ends_within`` so many days.

    People of agencies see, and ask for, the class of a reason where others placed the hold.
    """
    user = worker(request, "casework.view_case")
    found = holds_in(visible_holds(user), on=day_of_holds(), state=state, ends_within=ends_within)
    if reason is not None:
        found = asked_by_class(user, found, reason)
    return [_seen(user, one) for one in _whole(found.filter(pk__gt=after).order_by("pk"))[:limit]]


@cases_router.get("/{case_id}/holds", response=list[HoldOut])
def list_of_case(request: HttpRequest, case_id: int) -> list[Hold]:
    """The holds of a case and of its borrower, newest first, with what was done to each."""
    user = worker(request, "casework.view_case")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    return [_seen(user, one) for one in _whole(visible_holds(user, case))]


@cases_router.post("/{case_id}/holds", response={200: HoldOut, 201: HoldOut})
def place(
    request: HttpRequest, case_id: int, wanted: HoldIn, idempotency_key: Key = ""
) -> Status[Hold]:
    """Stop collection of a case, or of all that its borrower owes.

    With an ``Idempotency-Key`` the same request is answered by the same hold; without one the same
    hold a second time is a 409.
    """
    user = worker(request, "casework.work_case")
    case = get_object_or_404(visible_cases(user), pk=case_id)
    _refuse_held(case, user)
    today, at = business_time(case)

    def do() -> dict[str, Any]:
        return {"hold": place_hold_once(case, **wanted.dict(), today=today, by=user, at=at).pk}

    asked = f"{case.pk} {wanted.model_dump_json()}"
    told, is_new = once_by_key("hold", key=idempotency_key, wanted=asked, by=user, do=do)
    sequence()
    return Status(201 if is_new else 200, Hold.objects.get(pk=told["hold"]))


@router.post("/{hold_id}/end", response=HoldOut)
def move(request: HttpRequest, hold_id: int, wanted: EndIn) -> Hold:
    """Let a hold end on another day; 403 to whom it is not for to do."""
    user, hold, case = _mine(request, hold_id)
    today, at = business_time(case)
    kept = move_end(hold, **wanted.dict(), today=today, by=user, at=at)
    sequence()
    return kept


@router.post("/{hold_id}/lift", response=HoldOut)
def lift(request: HttpRequest, hold_id: int, told: LiftIn) -> Hold:
    """End a hold now; 403 to whom it is not for to do."""
    user, hold, case = _mine(request, hold_id)
    today, at = business_time(case)
    lift_hold(hold, today=today, why=told.why, by=user, at=at)
    sequence()
    return hold


def _seen(user: User, hold: Hold) -> Hold:
    """The hold as the reader may know it; it is not for saving any more."""
    hold.reason = hold_reason_for(user, hold)
    for step in hold.steps.all():
        step.by = named_to(user, step.by)
    return hold


def _mine(request: HttpRequest, hold_id: int) -> tuple[User, Hold, Case]:
    user = worker(request, "casework.view_case")  # whether he may, the service says
    hold = get_object_or_404(visible_holds(user), pk=hold_id)
    cases = visible_cases(user).order_by("-as_of", "-pk")
    mine = cases.filter(pk=hold.case_id) if hold.case_id else cases.filter(party=hold.party_id)
    case = mine.first()
    assert case is not None  # noqa: S101  a hold that is seen covers a case that is seen
    if may_lift(user, hold):  # whoever may not is told that first
        _refuse_held(case, user)
    return user, hold, case


def _refuse_held(case: Case, user: User) -> None:
    """Not while another person has the case, but by who may let collection go on."""
    if not user.has_perm("casework.lift_hold"):
        refuse_held(case.pk, user)


def _whole(holds: QuerySet[Hold]) -> QuerySet[Hold]:
    return holds.prefetch_related("steps__by")
