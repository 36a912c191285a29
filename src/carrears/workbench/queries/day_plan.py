"""A collector's day: what of his queue fits into it, and what he has done of that."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext

from carrears.access.models import User
from carrears.access.seeing import acts_for
from carrears.casework.day_plans import PlanToday, plans_today
from carrears.workbench.labels import label_of
from carrears.workbench.view_models.queue import DayLine

_HOUR = 60


def my_plan(user: User) -> PlanToday | None:
    """The reader's own plan of today; None of whoever works no queue of his own here."""
    if user.has_perm("casework.view_all_cases") or not user.has_perm("casework.work_case"):
        return None
    return None if acts_for(user) else plans_today([user])[user.pk]


# Of whom the plan of today is not made yet.
NO_PLAN = DayLine(
    done=0, planned=0, wanted=0, rest=0, promises=0, takes="", has="", rest_takes="",
    takes_minutes=0, has_minutes=0, rest_minutes=0, is_away=True, left="", entered="",
    left_many=0, entered_many=0, paused=0,
)  # fmt: skip


def day_line(one: PlanToday) -> DayLine:
    """A plan in numbers and times."""
    return DayLine(
        done=one.done,
        planned=one.planned,
        wanted=one.planned + one.rest,
        rest=one.rest,
        promises=one.plan.promises,
        takes=lasting(one.planned_minutes),
        has=lasting(one.plan.minutes),
        rest_takes=lasting(one.plan.rest_minutes),
        takes_minutes=one.planned_minutes,
        has_minutes=one.plan.minutes,
        rest_minutes=one.plan.rest_minutes,
        is_away=not one.plan.minutes,
        left=_told(one.left, "left_day"),
        entered=_told(one.entered, "came_today"),
        left_many=sum(one.left.values()),
        entered_many=sum(one.entered.values()),
        paused=one.paused,
    )


def _told(whys: Mapping[str, int], group: str) -> str:
    """How many by why, in the reader's words."""
    return " · ".join(f"{label_of(why, group).text} {many}" for why, many in whys.items())


def lasting(minutes: int) -> str:
    """Hours and minutes in the reader's words."""
    hours, left = divmod(minutes, _HOUR)
    if not hours:
        return gettext("%(minutes)d min") % {"minutes": left}
    if not left:
        return gettext("%(hours)d h") % {"hours": hours}
    return gettext("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": left}
