"""Desks over HTTP: who works cases, what he has and may be given, when he is not there."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Any, Literal

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from ninja import Field, Header, Router, Schema, Status

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.allocation import Collector
from carrears.casework.allocation_rules import load_allocation_rules
from carrears.casework.api import worker
from carrears.casework.asking_once import once
from carrears.casework.assigning import read_collectors, stands_on
from carrears.casework.attendance import Away
from carrears.casework.attending import Whereabouts, whereabouts
from carrears.casework.day_plans import PlanToday, plans_today
from carrears.casework.desks import DeskWanted, add_absence, change_desk, end_absence
from carrears.casework.leading import led_by
from carrears.casework.models import Absence, Desk
from carrears.clock import now
from carrears.evidence.services import sequence

router = Router(tags=["desks"])
Key = Annotated[str, Header(alias="Idempotency-Key", min_length=8, max_length=80)]
_LEADS = "casework.lead_desk"
_Word = Annotated[str, Field(min_length=1, max_length=40)]


class PlanOut(Schema):
    """The plan of today: times in minutes; ``rest`` asks for work today and does not fit.

    ``left`` went without having been worked, ``entered`` came since; each how many by why.
    ``paused`` were stopped (停催) today and let go again.
    """

    day: date
    minutes: int
    planned: int
    planned_minutes: int
    done: int
    rest: int
    rest_minutes: int
    promises_due: int
    left: dict[str, int]
    entered: dict[str, int]
    paused: int


class ShiftOut(Schema):
    """What may be given to somebody and when he works; nothing named is everything."""

    room: int | None
    a_day: int | None
    skills: list[str]
    languages: list[str]
    regions: list[str]
    weekdays: list[int]
    begins_at: time | None
    ends_at: time | None


class DeskOut(Schema):
    """A collector: people (not loans) and arrears (minor units) that he has, of how much room.

    ``away_until`` is the hour until which an absence of now lasts today.
    """

    user: str
    name: str
    teams: list[str]
    state: Literal["here", "full", "away"]
    back_on: date | None
    away_until: time | None
    people: int
    room: int
    arrears: int
    desk: ShiftOut
    plan: PlanOut


class DeskIn(Schema):
    """How a desk is to be; what is left out is not asked for."""

    room: Annotated[int | None, Field(ge=0, le=1_000_000)] = None
    a_day: Annotated[int | None, Field(ge=0, le=10_000)] = None
    skills: Annotated[list[_Word], Field(max_length=100)] = []
    languages: Annotated[list[Annotated[str, Field(max_length=10)]], Field(max_length=100)] = []
    regions: Annotated[list[Annotated[str, Field(max_length=80)]], Field(max_length=100)] = []
    weekdays: Annotated[list[int], Field(max_length=7)] = []
    begins_at: time | None = None
    ends_at: time | None = None


class AbsenceIn(Schema):
    """Not at work from a day until a day, both included, or until further notice.

    ``from_at`` leaves him the first day until that hour, ``until_at`` the last from then on; by
    the clock of the house.
    """

    from_on: date
    until_on: date | None = None
    from_at: time | None = None
    until_at: time | None = None


class AbsenceOut(Schema):
    """An absence that is not over."""

    id: int
    from_on: date
    until_on: date | None
    from_at: time | None
    until_at: time | None


@router.get("", response=list[DeskOut])
def list_desks(request: HttpRequest) -> list[dict[str, Any]]:
    """The collectors of one's part of the house, by their user names."""
    return _desks(worker(request, _LEADS))


@router.get("/{username}", response=DeskOut)
def read_desk(request: HttpRequest, username: str) -> dict[str, Any]:
    """One collector."""
    return _desk(worker(request, _LEADS), username)


@router.put("/{username}", response=DeskOut)
def put_desk(request: HttpRequest, username: str, wanted: DeskIn) -> dict[str, Any]:
    """Say what he may be given and when he works."""
    lead = worker(request, _LEADS)
    user = _collector(lead, username)
    told: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in wanted.dict().items()
    }
    change_desk(user, DeskWanted(**told), by=lead, at=now())
    sequence()
    return _desk(lead, username)


@router.get("/{username}/absences", response=list[AbsenceOut])
def list_absences(request: HttpRequest, username: str) -> list[Absence]:
    """When he is not there, now or later."""
    user = _collector(worker(request, _LEADS), username)
    coming = Q(until_on=None) | Q(until_on__gte=access_day(now()))
    return list(Absence.objects.filter(coming, user=user, ended_at=None))


@router.post("/{username}/absences", response={200: AbsenceOut, 201: AbsenceOut})
def put_absence(
    request: HttpRequest, username: str, wanted: AbsenceIn, idempotency_key: Key
) -> Status[Absence]:
    """Say when he is not there; the same ``Idempotency-Key`` again answers 200."""
    lead = worker(request, _LEADS)
    user = _collector(lead, username)

    def add() -> dict[str, Any]:
        return {"absence": add_absence(user, Away(**wanted.dict()), by=lead, at=now()).pk}

    told = f"{username}\n{wanted.model_dump_json()}"
    made, is_new = once("absence", key=idempotency_key, wanted=told, by=lead, do=add)
    sequence()
    return Status(201 if is_new else 200, Absence.objects.get(pk=made["absence"]))


@router.post("/{username}/absences/{absence_id}/end", response={204: None})
def be_back(request: HttpRequest, username: str, absence_id: int) -> Status[None]:
    """He is back, or did not go."""
    lead = worker(request, _LEADS)
    user = _collector(lead, username)
    end_absence(get_object_or_404(Absence, pk=absence_id, user=user), by=lead, at=now())
    sequence()
    return Status(204, None)


def _collector(lead: User, username: str) -> User:
    return get_object_or_404(
        User, username=username, pk__in=led_by(lead), groups__name="collector", is_active=True
    )


def _desk(lead: User, username: str) -> dict[str, Any]:
    found = next((one for one in _desks(lead, username) if one["user"] == username), None)
    if found is None:
        raise Http404
    return found


def _desks(lead: User, username: str = "") -> list[dict[str, Any]]:
    day = access_day(now())
    rules = load_allocation_rules(settings.CARREARS_HOME, on=day)
    collectors = {one.pk: one for one in read_collectors(day, rules, stands_on(day, rules))}
    users = User.objects.filter(pk__in=collectors.keys() & led_by(lead)).order_by("username")
    shown = list(users.filter(username=username) if username else users)
    desks = {one.user_id: one for one in Desk.objects.filter(user__in=shown)}
    there, plans = whereabouts(day, [one.pk for one in shown]), plans_today(shown)
    return [
        _told(one, collectors[one.pk], desks.get(one.pk, Desk()), plans[one.pk])
        | {
            "state": _state(collectors[one.pk], there[one.pk], day),
            "back_on": there[one.pk].back_on,
            "away_until": there[one.pk].away_until,
        }
        for one in shown
    ]


def _state(one: Collector, there: Whereabouts, day: date) -> str:
    if there.back_on != day or there.away_until is not None:
        return "away"
    return "full" if one.people >= one.room else "here"


def _told(user: User, one: Collector, desk: Desk, today: PlanToday) -> dict[str, Any]:
    return {
        "user": user.get_username(),
        "name": str(user),
        "teams": sorted(one.teams),
        "people": one.people,
        "room": one.room,
        "arrears": one.arrears,
        "desk": desk,
        "plan": {
            "day": today.plan.day,
            "minutes": today.plan.minutes,
            "planned": today.planned,
            "planned_minutes": today.planned_minutes,
            "done": today.done,
            "rest": today.rest,
            "rest_minutes": today.plan.rest_minutes,
            "promises_due": today.plan.promises,
            "left": dict(today.left),
            "entered": dict(today.entered),
            "paused": today.paused,
        },
    }
