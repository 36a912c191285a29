"""Whom somebody leads, and whether they are at work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import date

from carrears.access.models import User
from carrears.access.organisations import access_day, memberships_on
from carrears.access.seeing import reach_of
from carrears.casework.attendance import next_day_at_work
from carrears.casework.models import Absence, Desk
from carrears.clock import now

_LOOKS_AHEAD = 60  # days in which somebody's next day at work is looked for


def led_by(user: User) -> set[int]:
    """The users of somebody's part of the house."""
    reach, people = reach_of(user), memberships_on(access_day(now()))
    if not reach.everything:
        people = people.filter(organisation__in=reach.colleagues or ())
    return set(people.values_list("user", flat=True))


def days_back(day: date, users: Collection[int]) -> dict[int, date | None]:
    """The next day at work of each, from ``day`` on; None: none that is known."""
    shifts = dict(Desk.objects.values_list("user", "weekdays"))
    absent: dict[int, list[tuple[date, date | None]]] = defaultdict(list)
    for user, first, last in Absence.objects.filter(ended_at=None).values_list(
        "user", "from_on", "until_on"
    ):
        absent[user].append((first, last))
    return {
        user: next_day_at_work(
            day,
            within_days=_LOOKS_AHEAD,
            weekdays=shifts.get(user, ()),
            absent=absent.get(user, ()),
        )
        for user in users
    }
