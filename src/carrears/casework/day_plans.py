"""Plan the day of each collector: what of his queue fits into it, and what was done against it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Func, IntegerField, Q, QuerySet

from carrears.access.models import User
from carrears.casework.attendance import Attendance
from carrears.casework.attending import read_attendance
from carrears.casework.day_plan_rules import (
    DayPlanRules,
    Need,
    Task,
    fitting,
    load_day_plan_rules,
)
from carrears.casework.day_plan_stands import (
    BY_MACHINE,
    Asks,
    Stand,
    Summary,
    read_asking,
    read_stands,
    sum_stands,
)
from carrears.casework.models import (
    ActionState,
    Case,
    CaseState,
    DayPlan,
    Desk,
    PlannedAction,
)
from carrears.casework.next_case import Worth, order_by_worth
from carrears.casework.placements import is_placed
from carrears.clock import at_local, business_day, is_replay, local_day, now
from carrears.database.wall import as_house

_AT_ONCE = 100_000  # more than anybody's queue holds
_BY_CHANNEL: Mapping[str, Task] = {"call": "call", "visit": "visit", "letter": "letter"}
# What puts a case off: nothing is to be done on it today.
_PUT_OFF = frozenset({"held", "promise_waits", "follow_up_later", "worked"})
_BY_TERM: Mapping[str, Task] = {
    "reply": "reply",
    "unsent": "message",
    "promise_due": "promise",
    "follow_up": "follow_up",
    "follow_up_later": "follow_up",
}


@dataclass(frozen=True, slots=True)
class PlanToday:
    """A plan: how many cases fit, the minutes that they take, how many he worked.

    ``rest`` is how many ask for work and do not fit. ``paused`` were stopped (停催) today and let
    go again.
    """

    plan: DayPlan
    planned: int
    planned_minutes: int
    rest: int
    done: int
    paused: int = 0

    @property
    def left(self) -> Mapping[str, int]:
        """How many went without having been worked, by why; most first."""
        return dict(Counter(one["why"] for one in self.plan.left.values()).most_common())

    @property
    def entered(self) -> Mapping[str, int]:
        """How many came that were not planned, by why; most first."""
        return dict(Counter(one["why"] for one in self.plan.entered.values()).most_common())


@as_house()
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


@as_house()
@transaction.atomic
def plan_collector(user: User, day: date) -> DayPlan:
    """Plan somebody's day, or plan it anew."""
    before = DayPlan.objects.select_for_update().filter(user=user, day=day).first()
    rules = load_day_plan_rules(Path(settings.CARREARS_HOME), on=day)
    desk = Desk.objects.filter(pk=user.pk).first() or Desk()
    minutes = _minutes(user, desk, day, rules)
    stands = read_stands(user.pk, day) if before else []
    done = _worked(before, stands)
    worths = order_by_worth(
        _his(user, day),
        user=user,
        moment=_beginning(user, desk, day, rules),
        first=0,
        number=_AT_ONCE,
    )
    wanted = _of_today(worths, day)
    needs = _needs([one for one in wanted if one.case not in done], day, rules)
    fits = _fits(needs, done, minutes=minutes, at_most=desk.a_day)
    plan = before or DayPlan(user=user, day=day)
    plan.left = _left(plan, stands, without={one.case for one in needs})
    plan.minutes, plan.at_most = minutes, desk.a_day
    plan.promises = sum("promise_due" in dict(one.terms) for one in wanted)
    plan.stale, plan.made_at = False, now()
    _fill(plan, done, needs, fits)
    if before is None:
        # Whoever asked for it in the same moment has written the same.
        return DayPlan.objects.get_or_create(
            user=user, day=day, defaults={name: getattr(plan, name) for name in _FILLED}
        )[0]
    plan.save()
    return plan


@as_house()
@transaction.atomic
def follow_day(user: User, day: date) -> DayPlan:
    """Bring somebody's plan up to what happened since it was made, without weighing his queue.

    What is no business of his any more goes out, what presses comes in first; then the order is
    as it was, and what does not fit into the day waits with the rest.
    """
    plan = DayPlan.objects.select_for_update().get(user=user, day=day)
    if _is_old(plan):
        return plan_collector(user, day)
    stands, asks = read_stands(user.pk, day), read_asking([user.pk], day).get(user.pk, {})
    takes = _takes(plan)
    done = _worked(plan, stands)
    urgent = _urgent(user, asks, done, day)
    done = {case: minutes for case, minutes in done.items() if case not in asks}
    waiting = [
        Need(one.case, takes[one.case])
        for one in sorted(stands, key=lambda one: _ORDER[one.part])
        if not one.worked and one.why is None and one.case not in asks
    ]
    needs = [*urgent, *waiting]
    plan.left = _left(plan, stands, without=asks)
    plan.entered |= {str(one.case): {"why": one.why, "after": one.after} for one in asks.values()}
    plan.promises += sum(one.why == "promise" for one in asks.values())
    _fill(plan, done, needs, _fits(needs, done, minutes=plan.minutes, at_most=plan.at_most))
    plan.save()
    return plan


@as_house()
def plans_today(users: Collection[User], *, at_once: int | None = None) -> dict[int, PlanToday]:
    """The plans of today by collector, as the day has changed them.

    One that is lacking or stale is made first. Where many are looked at, at most ``at_once`` are
    made or followed: the others are as they were, or not there, until the next look.
    """
    day = plan_day_of_house()
    plans = DayPlan.objects.filter(user__in=users, day=day)
    fresh = set(
        plans.filter(stale=False, rest_takes__isnull=False).values_list("user_id", flat=True)
    )
    lacking = [user for user in users if user.pk not in fresh][:at_once]
    for user in lacking:
        plan_collector(user, day)
    pks = [user.pk for user in users]
    sums, asking = sum_stands(pks, day), read_asking(pks, day)
    changed = {pk for pk, one in sums.items() if one.is_other} | asking.keys()
    most = None if at_once is None else max(at_once - len(lacking), 0)
    followed = [user for user in users if user.pk in changed][:most]
    for user in followed:
        follow_day(user, day)
    if followed:
        sums |= sum_stands([user.pk for user in followed], day)
    # Read last: whoever looked in the same moment may have followed them.
    nothing = Summary(done=0, is_other=False)
    return {
        one.user_id: PlanToday(
            one,
            *(one.planned, one.planned_minutes, one.rest_number),
            *(his.done, his.paused),
        )
        for one in _counted(plans, whole=len(users) == 1)
        for his in [sums.get(one.user_id, nothing)]
    }


_LISTS = ("cases", "takes", "rest", "rest_takes")


def _counted(plans: QuerySet[DayPlan], *, whole: bool) -> QuerySet[Any]:
    """Plans with their numbers; of many the database counts, and their lists stay there."""
    found = plans.annotate(
        planned=Func(F("cases"), function="cardinality", output_field=IntegerField()),
        planned_minutes=Func(
            F("takes"),
            template="(select coalesce(sum(x), 0)::integer from unnest(%(expressions)s) x)",
            output_field=IntegerField(),
        ),
        rest_number=Func(F("rest"), function="cardinality", output_field=IntegerField()),
    )
    return found if whole else found.defer(*_LISTS)


# Those who are back come before what did not fit.
_ORDER = {"cases": 0, "left": 1, "rest": 2}
_FILLED = (
    "minutes", "at_most", "cases", "takes", "rest", "rest_takes", "rest_minutes", "promises",
    "left", "entered", "stale", "made_at",
)  # fmt: skip


def _is_old(plan: DayPlan) -> bool:
    return plan.stale or plan.rest_takes is None


def _takes(plan: DayPlan) -> dict[int, int]:
    """The minutes of each case of a plan, and of those that left it."""
    left = {int(case): one["minutes"] for case, one in plan.left.items()}
    rest = dict(zip(plan.rest, plan.rest_takes or [0] * len(plan.rest), strict=True))
    return left | rest | dict(zip(plan.cases, plan.takes, strict=True))


def _worked(plan: DayPlan | None, stands: Iterable[Stand]) -> dict[int, int]:
    """What he worked that day of a plan, and what each was to take."""
    if plan is None:
        return {}
    takes = _takes(plan)
    return {
        one.case: takes[one.case]
        for one in sorted(stands, key=lambda one: _ORDER[one.part])
        if one.worked and not (one.part == "left" and one.why)
    }


def _left(plan: DayPlan, stands: Iterable[Stand], *, without: Container[int]) -> dict[str, Any]:
    """What went without having been worked, and is not among those wanted again."""
    takes = _takes(plan)
    return {
        str(one.case): {"why": one.why, "minutes": takes[one.case]}
        for one in stands
        if one.why and not one.worked and one.case not in without
    }


def _urgent(user: User, asks: Mapping[int, Asks], done: Mapping[int, int], day: date) -> list[Need]:
    """What those that come in ask for, in the order of what acting is worth.

    What he worked already takes its time again, beside what it took.
    """
    if not asks:
        return []
    rules = load_day_plan_rules(Path(settings.CARREARS_HOME), on=day)
    desk = Desk.objects.filter(pk=user.pk).first() or Desk()
    worths = order_by_worth(
        Case.objects.filter(pk__in=list(asks)),
        user=user,
        moment=_beginning(user, desk, day, rules),
        first=0,
        number=_AT_ONCE,
    )
    needs = _needs(worths, day, rules)
    return [Need(one.case, one.minutes + done.get(one.case, 0)) for one in needs]


def _fits(
    needs: Sequence[Need], done: Mapping[int, int], *, minutes: int, at_most: int | None
) -> int:
    left = None if at_most is None else max(0, at_most - len(done))
    return fitting(needs, minutes=max(0, minutes - sum(done.values())), at_most=left)


def _fill(plan: DayPlan, done: Mapping[int, int], needs: Sequence[Need], fits: int) -> None:
    planned = [Need(case, takes) for case, takes in done.items()] + list(needs[:fits])
    plan.cases = [one.case for one in planned]
    plan.takes = [one.minutes for one in planned]
    plan.rest = [one.case for one in needs[fits:]]
    plan.rest_takes = [one.minutes for one in needs[fits:]]
    plan.rest_minutes = sum(one.minutes for one in needs[fits:])


def _his(user: User, day: date) -> QuerySet[Case]:
    return Case.objects.filter(~Q(is_placed(day)), state=CaseState.OPEN, assignee=user)


def _minutes(user: User, desk: Desk, day: date, rules: DayPlanRules) -> int:
    return minutes_of_day(_attendance(user, rules), desk, day, rules)


def minutes_of_day(his: Attendance, desk: Desk, day: date, rules: DayPlanRules) -> int:
    """How long somebody is at work on a day: his shift without its pause and his absences."""
    his = at_house_hours(his, rules)
    there = his.minutes(day)
    away = replace(his, weekdays=(), away=()).minutes(day) - there
    return max(0, rules.shift_minutes(desk.begins_at, desk.ends_at) - away) if there else 0


def at_house_hours(his: Attendance, rules: DayPlanRules) -> Attendance:
    """When he is at work; without a shift of his own at the hours of the house."""
    return his if his.shift else replace(his, shift=rules.hours)


def _attendance(user: User, rules: DayPlanRules) -> Attendance:
    return at_house_hours(read_attendance([user.pk]).get(user.pk, Attendance()), rules)


def _beginning(user: User, desk: Desk, day: date, rules: DayPlanRules) -> datetime:
    """When his day begins, or now where that is later; of a replayed book now."""
    moment, zone = now(), settings.TIME_ZONE
    if is_replay(day, today=local_day(moment, zone)):
        return moment
    his = _attendance(user, rules)
    begins = desk.begins_at or rules.begins_at
    return max(moment, at_local(day, his.away_until(day, begins) or begins, zone))


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
    ).exclude(channel__in=BY_MACHINE)
    for case, channel in planned.order_by().values_list("case", "channel"):
        tasks[case].add(_BY_CHANNEL.get(channel, "message"))
    for one in worths:
        tasks[one.case] |= {_BY_TERM[name] for name, _ in one.terms if name in _BY_TERM}
    return [Need(one.case, rules.longest(tasks[one.case])) for one in worths]
