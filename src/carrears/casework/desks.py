"""Say what a collector may be given, and when he is not there. Each change is evidence."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from django.db import transaction

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.attendance import Away
from carrears.casework.attending import house_clock
from carrears.casework.day_plan_models import outdate_plans
from carrears.casework.models import Absence, Desk
from carrears.casework.services import CaseworkError
from carrears.evidence.services import record


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskWanted:
    """How a desk is to be; see ``Desk`` for the fields."""

    room: int | None = None
    a_day: int | None = None
    skills: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    weekdays: tuple[int, ...] = ()
    begins_at: time | None = None
    ends_at: time | None = None


@transaction.atomic
def change_desk(user: User, wanted: DeskWanted, *, by: User | None, at: datetime) -> Desk:
    """Set what somebody may be given; it counts from the next case that is given out.

    Raises:
        CaseworkError: a weekday that is none, or a shift with one end or that ends before it
            begins.
    """
    if not set(wanted.weekdays) <= set(range(1, 8)):
        raise CaseworkError("weekdays are 1 to 7")
    if (wanted.begins_at is None) != (wanted.ends_at is None):
        raise CaseworkError("a shift has a beginning and an end")
    if wanted.begins_at and wanted.ends_at and wanted.begins_at >= wanted.ends_at:
        raise CaseworkError("a shift ends after it begins")
    told = {
        "room": wanted.room,
        "a_day": wanted.a_day,
        "skills": sorted(set(wanted.skills)),
        "languages": sorted(set(wanted.languages)),
        "regions": sorted(set(wanted.regions)),
        "weekdays": sorted(set(wanted.weekdays)),
        "begins_at": wanted.begins_at,
        "ends_at": wanted.ends_at,
    }
    desk, _ = Desk.objects.update_or_create(user=user, defaults=told)
    outdate_plans([user.pk])
    clocks = {name: _clock(told[name]) for name in ("begins_at", "ends_at")}
    _record("desk.changed", user, told | clocks, by=by, at=at)
    return desk


@transaction.atomic
def add_absence(user: User, away: Away, *, by: User | None, at: datetime) -> Absence:
    """Somebody will not be at work then; without an end until further notice.

    Why is nobody's business here, so it is not kept.

    Raises:
        CaseworkError: an end before the beginning, an hour of a last day that there is not, or
            what is over.
    """
    _refuse_absence(away, at)
    told = {name: getattr(away, name) for name in ("from_on", "until_on", "from_at", "until_at")}
    absence = Absence.objects.create(user=user, **told, added_by=by, added_at=at)
    outdate_plans([user.pk])
    days = {
        "from_on": away.from_on.isoformat(),
        "until_on": away.until_on.isoformat() if away.until_on else None,
    }
    hours = {name: _clock(told[name]) for name in ("from_at", "until_at") if told[name]}
    _record("absence.added", user, days | hours | {"absence": absence.pk}, by=by, at=at)
    return absence


def _refuse_absence(away: Away, at: datetime) -> None:
    """Look at what can be known before anything is written.

    Raises:
        CaseworkError: as ``add_absence``.
    """
    if away.until_on is None:
        if away.until_at is not None:
            raise CaseworkError("an hour of return needs a last day")
        return
    begins = (away.from_on, away.from_at or time.min)
    ends = (away.until_on, away.until_at or time.max)
    if ends <= begins:
        raise CaseworkError("an absence cannot end before it begins")
    if ends <= (access_day(at), house_clock(at)):
        raise CaseworkError("these days are over")


@transaction.atomic
def end_absence(absence: Absence, *, by: User | None, at: datetime) -> None:
    """He is back, or did not go."""
    found = Absence.objects.select_for_update().get(pk=absence.pk)
    if found.ended_at is None:
        found.ended_at = at
        found.save(update_fields=["ended_at"])
        outdate_plans([found.user_id])
        _record("absence.ended", found.user, {"absence": found.pk}, by=by, at=at)


def _clock(at: Any) -> str | None:
    return at.isoformat("minutes") if isinstance(at, time) else None


def _record(
    kind: str, user: User, payload: Mapping[str, Any], *, by: User | None, at: datetime
) -> None:
    record(
        f"casework.{kind}",
        subject=f"user:{user.get_username()}",
        payload=payload,
        actor=by.get_username() if by else "",
        key=f"casework.{kind}:{uuid.uuid4()}",
        occurred_at=at,
    )
