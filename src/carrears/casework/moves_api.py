"""Moves of cases over HTTP: look at what one would do, do it, take it back; pull back by rule."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal

from django.db.models import Count
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Query, Router, Schema, Status

from carrears.access.models import User
from carrears.casework.api import worker
from carrears.casework.asking_once import once
from carrears.casework.desks_api import Key
from carrears.casework.leading import led_by
from carrears.casework.models import Way
from carrears.casework.move_plans import Chosen, MovePlan, MoveWanted, plan_move
from carrears.casework.moves import move_cases, moves_seen, reasons_of, undo_move, undo_until
from carrears.casework.pulling import pull_back
from carrears.casework.pulling_plans import PullBackPlan, plan_pull_back
from carrears.casework.services import CaseworkError
from carrears.clock import now
from carrears.evidence.services import sequence

router = Router(tags=["moves"])
_LEADS = "casework.lead_desk"


class MoveIn(Schema):
    """Which open cases go where.

    Those of ``owner`` (a user name), of nobody (``unowned``) or of anybody, narrowed by loan
    numbers, buckets and a number of ``people``, the most urgent first; to the collector ``to``, or
    without one as ``way`` says: to the pool, or by the rules anew to others.
    """

    owner: str | None = None
    unowned: bool = False
    loan_nos: Annotated[
        list[Annotated[str, Field(min_length=1, max_length=64)]], Field(max_length=1000)
    ] = []
    bucket_from: int | None = None
    bucket_to: int | None = None
    people: Annotated[int | None, Field(ge=1)] = None
    way: Literal["person", "pool", "rules"] = "rules"
    to: str | None = None
    spare_promised: bool = True


class MoveDone(MoveIn):
    """A move to do: what was looked at (``seen`` of the preview), and why."""

    seen: Annotated[str, Field(max_length=64)]
    reason: Annotated[str, Field(min_length=1, max_length=120)]


class PathOut(Schema):
    """So many cases from somebody to somebody; ``null`` is nobody."""

    before: str | None
    after: str | None
    cases: int


class PreviewOut(Schema):
    """What a move would do; loan numbers of what stays, by why. ``seen`` comes back to do it."""

    cases: int
    people: int
    paths: list[PathOut]
    stays: dict[str, list[str]]
    seen: str


class MoveOut(Schema):
    """A move that was done; ``rule`` where a rule took the cases."""

    id: int
    way: str
    to: str | None
    rule: str
    reason: str
    by: str | None
    at: datetime
    cases: int
    undo_until: datetime
    undone_at: datetime | None


class UndoneOut(Schema):
    """How many cases went back, and how many stay."""

    back: int
    stay: int


class SparedOut(Schema):
    """Debtors whom a rule fits and leaves: ``open_now``, ``promised``, or for ``nobody`` else."""

    rule: str
    why: str
    people: int


class PullBackOut(Schema):
    """What the rules would take now, by rule and from whom to whom, and what they leave."""

    cases: int
    by_rule: dict[str, int]
    paths: list[PathOut]
    spared: list[SparedOut]


class PulledOut(Schema):
    """How many cases were taken."""

    cases: int


@router.get("", response=list[MoveOut])
def list_moves(
    request: HttpRequest, *, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> list[dict[str, Any]]:
    """Moves in one's part of the house, newest first."""
    found = list(_moves(worker(request, _LEADS))[:limit])
    reasons = reasons_of(found)
    return [_told(one, reasons[one.pk]) for one in found]


@router.post("/preview", response=PreviewOut)
def look(request: HttpRequest, wanted: MoveIn) -> dict[str, Any]:
    """What a move would do; nothing is moved."""
    lead = worker(request, _LEADS)
    return _preview(plan_move(_wanted(wanted, lead), by=lead))


@router.post("", response={200: MoveOut, 201: MoveOut})
def move(request: HttpRequest, wanted: MoveDone, idempotency_key: Key) -> Status[dict[str, Any]]:
    """Do what was looked at; the same ``Idempotency-Key`` again answers 200."""
    lead = worker(request, _LEADS)

    def do() -> dict[str, Any]:
        done, _ = move_cases(
            _wanted(wanted, lead), reason=wanted.reason, seen=wanted.seen, by=lead, at=now()
        )
        return {"move": done.pk}

    made, is_new = once(
        "move", key=idempotency_key, wanted=wanted.model_dump_json(), by=lead, do=do
    )
    sequence()
    move = _moves(lead).get(pk=made["move"])
    return Status(201 if is_new else 200, _told(move, reasons_of([move])[move.pk]))


@router.get("/pull-back", response=PullBackOut)
def look_at_pull_back(request: HttpRequest) -> dict[str, Any]:
    """What the rules of ``pull_back.yaml`` would take now from one's part of the house."""
    lead = worker(request, _LEADS)
    return _pulled(plan_pull_back(owners=led_by(lead)))


@router.post("/pull-back", response={200: PulledOut, 201: PulledOut})
def pull(request: HttpRequest, idempotency_key: Key) -> Status[dict[str, Any]]:
    """Take it now rather than in the night; the same ``Idempotency-Key`` again answers 200."""
    lead = worker(request, _LEADS)

    def do() -> dict[str, Any]:
        return {"cases": pull_back(by=lead, owners=led_by(lead))}

    made, is_new = once("pull_back", key=idempotency_key, wanted="", by=lead, do=do)
    sequence()
    return Status(201 if is_new else 200, made)


@router.post("/{move_id}/undo", response=UndoneOut)
def undo(request: HttpRequest, move_id: int) -> dict[str, int]:
    """Give back what the move took, while it may be."""
    lead = worker(request, _LEADS)
    back, stay = undo_move(get_object_or_404(_moves(lead), pk=move_id), by=lead, at=now())
    sequence()
    return {"back": back, "stay": stay}


def _moves(lead: User) -> Any:
    return moves_seen(lead).select_related("by", "to").annotate(many=Count("cases"))


def _wanted(told: MoveIn, lead: User) -> MoveWanted:
    """What is meant, by its people.

    Raises:
        CaseworkError: somebody who is no collector of one's part of the house, or nothing narrows
            what is meant.
    """
    if not (told.owner or told.unowned or told.loan_nos):
        raise CaseworkError("say whose cases are meant, or which")
    if (told.way == "person") != (told.to is not None):
        raise CaseworkError("say to whom the cases go")
    return MoveWanted(
        chosen=Chosen(
            owner=_collector(told.owner, lead),
            unowned=told.unowned,
            loan_nos=tuple(dict.fromkeys(told.loan_nos)),
            bucket_from=told.bucket_from,
            bucket_to=told.bucket_to,
            people=told.people,
        ),
        way=Way(told.way),
        to=_collector(told.to, lead),
        spare_promised=told.spare_promised,
    )


def _collector(username: str | None, lead: User) -> User | None:
    if username is None:
        return None
    mine = User.objects.filter(groups__name="collector", is_active=True, pk__in=led_by(lead))
    found = mine.filter(username=username).first()
    if found is None:
        raise CaseworkError(f"{username!r} is no collector of your part of the house")
    return found


def _preview(plan: MovePlan) -> dict[str, Any]:
    ways = Counter((one.found.before, one.after) for one in plan.going)
    return {
        "cases": len(plan.going),
        "people": plan.people,
        "paths": _paths(ways),
        "stays": plan.stays,
        "seen": plan.digest,
    }


def _pulled(plan: PullBackPlan) -> dict[str, Any]:
    return {
        "cases": len(plan.taken),
        "by_rule": Counter(one.rule.name for one in plan.taken),
        "paths": _paths(Counter((one.owner, one.after) for one in plan.taken)),
        "spared": [
            {"rule": rule, "why": why, "people": many} for (rule, why), many in plan.spared.items()
        ],
    }


def _paths(ways: Any) -> list[dict[str, Any]]:
    ends = {pk for way in ways for pk in way if pk is not None}
    names = dict(User.objects.filter(pk__in=ends).values_list("pk", "username"))
    return [
        {"before": names.get(before), "after": names.get(after), "cases": many}
        for (before, after), many in ways.items()
    ]


def _told(one: Any, reason: str) -> dict[str, Any]:
    return {
        "id": one.pk,
        "way": one.way,
        "to": one.to.get_username() if one.to else None,
        "rule": one.rule,
        "reason": reason,
        "by": one.by.get_username() if one.by else None,
        "at": one.at,
        "cases": one.many,
        "undo_until": undo_until(one),
        "undone_at": one.undone_at,
    }
