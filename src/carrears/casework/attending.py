"""Everybody's attendance as it is kept, and the house's clock by which it is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time

from django.conf import settings
from django.db.models import Q

from carrears.access.organisations import access_day
from carrears.casework.attendance import Attendance, Away
from carrears.casework.desk_models import Absence, Desk
from carrears.clock import now, zone


def house_clock(moment: datetime | None = None) -> time:
    """The hour by the house's clock, now or at a moment."""
    return (moment or now()).astimezone(zone(settings.TIME_ZONE)).time()


def read_attendance(
    users: Collection[int] | None = None, *, known_at: datetime | None = None
) -> dict[int, Attendance]:
    """Of everybody, or of some, who is not simply there every day; who left is not asked for.

    With ``known_at`` the absences as they were known at that moment, else as they are; of desks
    there is what they are now.
    """
    desks, absences = Desk.objects.all(), Absence.objects.filter(ended_at=None)
    if known_at is not None:
        absences = Absence.objects.filter(
            Q(ended_at=None) | Q(ended_at__gt=known_at), added_at__lte=known_at
        )
    if users is not None:
        desks, absences = desks.filter(user__in=users), absences.filter(user__in=users)
    away: dict[int, list[Away]] = defaultdict(list)
    for one in absences.order_by("from_on", "pk"):
        away[one.user_id].append(Away(one.from_on, one.until_on, one.from_at, one.until_at))
    shifts = {one.user_id: one for one in desks}
    return {
        user: Attendance(
            weekdays=tuple(shifts[user].weekdays) if user in shifts else (),
            shift=_shift(shifts.get(user)),
            away=tuple(away.get(user, ())),
        )
        for user in shifts.keys() | away.keys()
    }


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
