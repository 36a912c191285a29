"""Everybody's attendance as it is kept, and the house's clock by which it is read."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.conf import settings
from django.db.models import Q

from carrears.access.organisations import access_day
from carrears.casework.attendance import Attendance, Away
from carrears.casework.desk_models import Absence, Desk
from carrears.clock import now, zone
from carrears.evidence.models import Entry


def house_clock(moment: datetime | None = None) -> time:
    """The hour by the house's clock, now or at a moment."""
    return (moment or now()).astimezone(zone(settings.TIME_ZONE)).time()


def read_attendance(
    users: Collection[int] | None = None, *, known_at: datetime | None = None
) -> dict[int, Attendance]:
    """Of everybody, or of some, who is not simply there every day; who left is not asked for.

    With ``known_at`` absences and desks as they were known at that moment, else as they are.
    """
    absences = Absence.objects.filter(ended_at=None)
    if known_at is not None:
        absences = Absence.objects.filter(
            Q(ended_at=None) | Q(ended_at__gt=known_at), added_at__lte=known_at
        )
    if users is not None:
        absences = absences.filter(user__in=users)
    away: dict[int, list[Away]] = defaultdict(list)
    for one in absences.order_by("from_on", "pk"):
        away[one.user_id].append(Away(one.from_on, one.until_on, one.from_at, one.until_at))
    shifts = read_desks(users, known_at=known_at)
    return {
        user: Attendance(
            weekdays=tuple(shifts[user].weekdays) if user in shifts else (),
            shift=_shift(shifts.get(user)),
            away=tuple(away.get(user, ())),
        )
        for user in shifts.keys() | away.keys()
    }


def read_desks(
    users: Collection[int] | None = None, *, known_at: datetime | None = None
) -> dict[int, Desk]:
    """The desks there are; with ``known_at`` as they were at that moment, by the evidence of it.

    One of which no change was ever told (it came by another way than ``desks``) is as it is.
    """
    desks = Desk.objects.select_related("user")
    if users is not None:
        desks = desks.filter(user__in=users)
    found = {one.user_id: one for one in desks}
    if known_at is None or not found:
        return found
    subjects = {f"user:{one.user.get_username()}": pk for pk, one in found.items()}
    told = Entry.objects.filter(subject__in=list(subjects), kind="casework.desk.changed")
    changes = told.order_by("subject", "-occurred_at", "-pk").distinct("subject")
    before = changes.filter(occurred_at__lte=known_at)
    known = {subjects[one.subject]: json.loads(one.payload) for one in before}
    ever = {subjects[subject] for subject in told.values_list("subject", flat=True).distinct()}
    return {
        pk: _as_told(one, known[pk]) if pk in known else one
        for pk, one in found.items()
        if pk in known or pk not in ever
    }


def _as_told(desk: Desk, told: Mapping[str, Any]) -> Desk:
    clocks = {name: told.get(name) for name in ("begins_at", "ends_at")}
    return Desk(
        user_id=desk.user_id,
        **{name: told[name] for name in _SIZES if name in told},
        **{name: time.fromisoformat(at) if at else None for name, at in clocks.items()},
    )


_SIZES = ("room", "a_day", "skills", "languages", "regions", "weekdays")
_LOOKS_AHEAD = 60  # days in which somebody's next day at work is looked for


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """When somebody is at work next (None: not known), and until when today he is absent now."""

    back_on: date | None
    away_until: time | None = None


def whereabouts(day: date, users: Collection[int]) -> dict[int, Whereabouts]:
    """Where each is on a day: of today at this hour, of another at its beginning."""
    known, clock = read_attendance(users), clock_on(day)
    return {
        user: Whereabouts(
            one.next_day(day, within_days=_LOOKS_AHEAD, clock=clock, after_shift=True),
            one.away_until(day, clock),
        )
        if (one := known.get(user))
        else Whereabouts(day)
        for user in users
    }


def away_now(user: int) -> time | None:
    """Until when today somebody who is absent at this hour is; None: he is not."""
    return whereabouts(access_day(now()), [user])[user].away_until


def clock_on(day: date) -> time:
    """The hour where ``day`` is today; of another day its beginning."""
    moment = now()
    return house_clock(moment) if day == access_day(moment) else time.min


def _shift(desk: Desk | None) -> tuple[time, time] | None:
    if desk is None or desk.begins_at is None or desk.ends_at is None:
        return None
    return desk.begins_at, desk.ends_at
