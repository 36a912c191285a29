"""Whom somebody leads."""

from __future__ import annotations

from carrears.access.models import User
from carrears.access.organisations import access_day, memberships_on
from carrears.access.seeing import reach_of
from carrears.clock import now


def led_by(user: User) -> set[int]:
    """The users of somebody's part of the house."""
    reach, people = reach_of(user), memberships_on(access_day(now()))
    if not reach.everything:
        people = people.filter(organisation__in=reach.colleagues or ())
    return set(people.values_list("user", flat=True))
