"""Plan the day of each collector: what of his queue fits into it, and what was done against it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.casework.attendance import next_day_at_work
from carrears.casework.day_plan_rules import (
    DayPlanRules,
    Need,
    Task,
    fitting,
    load_day_plan_rules,
)
from carrears.casework.models import (
    Absence,
    ActionState,
    Case,
    CaseEvent,
    CaseState,
    DayPlan,
    Desk,
    PlannedAction,
)
from carrears.casework.next_case import Worth, order_by_worth
from carrears.casework.placements import is_placed
from carrears.clock import at_local, business_day, is_replay, local_day, now

_AT_ONCE = 100_000  # more than anybody's queue holds
_BY_MACHINE = ("email", "sms")
_BY_CHANNEL: Mapping[str, Task] = {"call": "call", "visit": "visit", "letter": "letter"}
# What puts a case off: nothing is to be done on it today.
_PUT_OFF = frozenset({"held", "promise_waits", "follow_up_later", "worked"})
_BY_TERM: Mapping[str, Task] = {
    "reply": "reply",
    "promise_due": "promise",
    "follow_up": "follow_up",
    "follow_up_later": "follow_up",
}


@dataclass(frozen=True, slots=True)
class PlanToday:
    """A plan, and how many of its cases he worked, or has no more without that."""

    plan: DayPlan
    done: int
    gone: int

    @property
    def rest(self) -> int:
        """How many cases ask for work and do not fit."""
        return len(self.plan.rest)

    @property
    def planned(self) -> int:
        """How many cases fit into the day."""
        return len(self.plan.cases)

    @property
    def planned_minutes(self) -> int:
        """The minutes that they take."""
        return sum(self.plan.takes)


def plan_day_of_house() -> date:
    """The day that counts as today; of a replayed book its own."""
    zone, moment = settings.TIME_ZONE, now()
    # A night moves every open case, so that the first by the index tells of all.
    newest = Case.objects.filter(state=CaseState.OPEN).order_by("-priority", "pk")
    stands_at = newest.values_list("as_of", flat=True).first()
    return business_day(stands_at or local_day(moment, zone), zone, moment=moment)


def plan_collectors(day: date, users: Iterable[User] | None = None) -> int:
    """Plan a day of some collectors, or of all who have cases; returns how many plans are made.

    What somebody worked that day of an earlier plan stays in it.
    """
    if users is None:
        owners = Case.objects.filter(state=CaseState.OPEN, assignee__isnull=False)
        users = User.objects.filter(is_active=True, pk__in=owners.order_by().values("assignee"))
    many = 0
    for user in users:
        plan_collector(user, day)
        many += 1
    return many


def plan_collector(user: User, day: date) -> DayPlan:
    """Plan somebody's day, or plan it anew."""
    rules = load_day_plan_rules(Path(settings.CARREARS_HOME), on=day)
    desk = Desk.objects.filter(pk=user.pk).first() or Desk()
    minutes = _minutes(user, desk, day, rules)
    done = _worked_of_plan(user, day)
    worths = order_by_worth(
        _his(user, day), user=user, moment=_beginning(desk, day, rules), first=0, number=_AT_ONCE
    )
    wanted = _of_today(worths, day)
    needs = _needs([one for one in wanted if one.case not in done], day, rules)
    at_most = None if desk.a_day is None else max(0, desk.a_day - len(done))
    fits = fitting(needs, minutes=max(0, minutes - sum(done.values())), at_most=at_most)
    planned = [Need(case, takes) for case, takes in done.items()] + needs[:fits]
    plan, _ = DayPlan.objects.update_or_create(
        user=user,
        day=day,
        defaults={
            "minutes": minutes,
            "at_most": desk.a_day,
            "cases": [one.case for one in planned],
            "takes": [one.minutes for one in planned],
            "rest": [one.case for one in needs[fits:]],
            "rest_minutes": sum(one.minutes for one in needs[fits:]),
            "promises": sum("promise_due" in dict(one.terms) for one in wanted),
            "stale": False,
            "made_at": now(),
        },
    )
    return plan


def plans_today(users: Collection[User]) -> dict[int, PlanToday]:
    """The plans of today by collector; one that is lacking or stale is made first."""
    day = plan_day_of_house()
    known = {
        one.user_id: one for one in DayPlan.objects.filter(user__in=users, day=day, stale=False)
    }
    for user in users:
        if user.pk not in known:
            known[user.pk] = plan_collector(user, day)
    became = _became(list(known), day)
    return {pk: PlanToday(one, *became.get(pk, (0, 0))) for pk, one in known.items()}


def _his(user: User, day: date) -> QuerySet[Case]:
    return Case.objects.filter(~Q(is_placed(day)), state=CaseState.OPEN, assignee=user)


def _minutes(user: User, desk: Desk, day: date, rules: DayPlanRules) -> int:
    absent = Absence.objects.filter(user=user, ended_at=None).values_list("from_on", "until_on")
    here = next_day_at_work(day, within_days=0, weekdays=desk.weekdays, absent=absent)
    return rules.shift_minutes(desk.begins_at, desk.ends_at) if here else 0


def _beginning(desk: Desk, day: date, rules: DayPlanRules) -> datetime:
    """When his day begins, or now where that is later; of a replayed book now."""
    moment, zone = now(), settings.TIME_ZONE
    if is_replay(day, today=local_day(moment, zone)):
        return moment
    return max(moment, at_local(day, desk.begins_at or rules.begins_at, zone))


def _first(day: date) -> datetime:
    return at_local(day, time.min, settings.TIME_ZONE)


def _worked_of_plan(user: User, day: date) -> dict[int, int]:
    """What he worked that day of the plan that there is, and what each was to take."""
    before = DayPlan.objects.filter(user=user, day=day).first()
    if before is None:
        return {}
    lines = CaseEvent.objects.filter(
        case__in=before.cases,
        actor=user,
        happened_at__gte=_first(day),
        happened_at__lt=_first(day + timedelta(days=1)),
    )
    worked = set(lines.order_by().values_list("case", flat=True))
    takes = zip(before.cases, before.takes, strict=True)
    return {case: minutes for case, minutes in takes if case in worked}


def _of_today(worths: list[Worth], day: date) -> list[Worth]:
    """Those on which something is to be done that day; an hour of the day still to come is."""
    put_off = {one.case: _PUT_OFF & {name for name, _ in one.terms} for one in worths}
    waiting = [case for case, why in put_off.items() if why == {"follow_up_later"}]
    due = set(
        Case.objects.filter(pk__in=waiting, follow_up_on__lte=day).values_list("pk", flat=True)
    )
    return [one for one in worths if not put_off[one.case] or one.case in due]


def _needs(worths: list[Worth], day: date, rules: DayPlanRules) -> list[Need]:
    """What each asks for, in their order."""
    tasks: dict[int, set[Task]] = defaultdict(set)
    planned = PlannedAction.objects.filter(
        case__in=[one.case for one in worths], state=ActionState.PLANNED, as_of__lte=day
    ).exclude(channel__in=_BY_MACHINE)
    for case, channel in planned.order_by().values_list("case", "channel"):
        tasks[case].add(_BY_CHANNEL.get(channel, "message"))
    for one in worths:
        tasks[one.case] |= {_BY_TERM[name] for name, _ in one.terms if name in _BY_TERM}
    return [Need(one.case, rules.longest(tasks[one.case])) for one in worths]


# Of each plan: what he worked, and what is his no more without that.
_BECAME = """
select p.user_id,
  (select count(*) from unnest(p.cases) u (id) where {worked}),
  (select count(*) from unnest(p.cases) u (id)
   left join casework_case c on c.id = u.id and c.state = 'open' and c.assignee_id = p.user_id
   where c.id is null and not {worked})
from casework_dayplan p where p.day = %(day)s and p.user_id = any(%(users)s::integer[])
""".replace(
    "{worked}",
    """exists (select from casework_caseevent e where e.case_id = u.id
      and e.actor_id = p.user_id and e.happened_at >= %(first)s and e.happened_at < %(until)s)""",
)


def _became(users: list[int], day: date) -> dict[int, tuple[int, int]]:
    values: dict[str, Any] = {
        "users": users,
        "day": day,
        "first": _first(day),
        "until": _first(day + timedelta(days=1)),
    }
    with connection.cursor() as cursor:
        cursor.execute(_BECAME, values)
        return {pk: (done, gone) for pk, done, gone in cursor.fetchall()}
