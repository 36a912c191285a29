"""What the rules would take back from collectors now (收回), where it would go, what is spared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.db import connection
from django.db.models.functions import Now

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.allocation import (
    Collector,
    Given,
    Waiting,
    fits,
    give_to_others,
    put_load,
    would_give,
)
from carrears.casework.allocation_rules import AllocationRules, load_allocation_rules
from carrears.casework.assigning import (
    DEBTOR,
    OURS,
    Found,
    read_collectors,
    read_waiting,
    stands_on,
)
from carrears.casework.attending import clock_on, read_attendance
from carrears.casework.hold_queries import book_day
from carrears.casework.models import CaseEvent, Showing
from carrears.casework.promised import promised_soon
from carrears.casework.pull_back_rules import PullBackRule, PullBackRules, load_pull_back_rules
from carrears.clock import business_moment, local_day, now
from carrears.database.wall import as_house

# Why a rule that fits leaves a debtor where he is.
Spared = Literal["open_now", "promised", "nobody"]
_Group = tuple[int, list[Found]]


@dataclass(frozen=True, slots=True)
class Taken:
    """A case that a rule takes: to whom it goes, nobody is the pool, and which rule gives it."""

    rule: PullBackRule
    found: Found
    owner: int
    after: int | None
    given_by: str = ""


@dataclass(slots=True)
class PullBackPlan:
    """What is taken, and how many debtors a rule fits and leaves, by its name and why."""

    taken: list[Taken] = field(default_factory=list)
    spared: dict[tuple[str, Spared], int] = field(default_factory=lambda: defaultdict(int))


def book_moment() -> datetime:
    """Now; of a replayed book its own moment."""
    zone, moment = settings.TIME_ZONE, now()
    return business_moment(book_day() or local_day(moment, zone), zone, moment=moment)


@as_house()
def plan_pull_back(
    *, at: datetime | None = None, owners: Iterable[int] | None = None
) -> PullBackPlan:
    """What the rules would take; of some collectors, or of all.

    Without ``at`` by the rules, teams and absences of today, and the timeline up to
    ``book_moment``. With it by those of its own day, as they were known then, and the timeline up
    to it: a night that is replayed takes what it took, of the cases as they stand.
    """
    plan, day, known_at, at = PullBackPlan(), access_day(at or now()), at, at or book_moment()
    home = Path(settings.CARREARS_HOME)
    rules, allocation = load_pull_back_rules(home, on=day), load_allocation_rules(home, on=day)
    known = stands_on(day, allocation, known_at=known_at)
    working = {one.pk: one for one in read_collectors(day, allocation, known, known_at=known_at)}
    his = None if owners is None else sorted(owners)
    asking = _Asking(at, day, his, rules, allocation, known_at)
    gone: set[int] = set()
    known_cases: dict[int, Found] = {}
    for rule in rules.rules:
        hits = [one for one in _hits(rule, asking, working) if gone.isdisjoint(one[1])]
        groups = [
            (owner, cases)
            for owner, cases in _groups(hits, asking, known_cases)
            if fits(_deepest(cases), rule.when)
            and _is_meant(rule, owner, cases, working, allocation)
        ]
        groups = _spare(rule, groups, asking, plan)
        if rule.why == "overload":
            groups = _too_many(groups, working)
        before = len(plan.taken)
        working = _place(rule, groups, plan, working, allocation)
        gone.update(one.found.case.pk for one in plan.taken[before:])
    return plan


@dataclass(frozen=True, slots=True)
class _Asking:
    at: datetime
    day: date
    owners: list[int] | None
    rules: PullBackRules
    allocation: AllocationRules
    known_at: datetime | None


# Debtors of one collector: all cases that he has of a debtor, where the condition holds.
_HITS = """
select c.assignee_id, array_agg(c.id) from casework_case c
where c.state = 'open' and c.assignee_id is not null
  and (%(owners)s::integer[] is null or c.assignee_id = any(%(owners)s::integer[]))
  and {ours}
group by c.assignee_id, {debtor}
having {condition}
"""
# Who got a case a short while ago has had no time for it.
_IDLE = """bool_and(c.opened_on <= %(since)s::date and not exists (
  select from casework_caseevent e where e.case_id = c.id
  and e.happened_at > %(since)s and e.happened_at <= %(at)s
  and (e.kind = 'assigned' or {event})))"""
_CONDITIONS = {
    "no_right_party": _IDLE.format(
        event="e.kind = 'outcome' and (e.data ->> 'right_party')::boolean"
    ),
    "no_action": _IDLE.format(event="e.actor_id = c.assignee_id"),
    "absent": "c.assignee_id = any(%(away)s::integer[])",
    "stage_changed": """bool_or(exists (
      select from (select e.kind from casework_caseevent e where e.case_id = c.id
                   and e.kind in ('assigned', 'bucket', 'treatment')
                   and e.happened_at <= %(at)s
                   order by e.happened_at desc, e.id desc limit 1) last
      where last.kind <> 'assigned'))""",
    "overload": "c.assignee_id = any(%(full)s::integer[])",
}


def _hits(
    rule: PullBackRule, asking: _Asking, working: Mapping[int, Collector]
) -> list[tuple[int, list[int]]]:
    """The cases of each debtor of whom the rule's reason holds, after their collector."""
    query = _HITS.format(ours=OURS, debtor=DEBTOR, condition=_CONDITIONS[rule.why])
    values: dict[str, Any] = {"owners": asking.owners, "day": asking.day, "at": asking.at}
    values["since"] = asking.at - timedelta(days=rule.days or 0)
    if rule.why == "absent":
        values["away"] = _away(asking, rule.days or 0)
    if rule.why == "overload":
        values["full"] = [pk for pk, one in working.items() if one.people > one.room]
    if [] in (values.get("away"), values.get("full")):
        return []
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return list(cursor.fetchall())


def _away(asking: _Asking, days: int) -> list[int]:
    """Who has left, or is not at work within so many days."""
    away = set(User.objects.filter(is_active=False).values_list("pk", flat=True))
    clock = clock_on(asking.day)
    away |= {
        user
        for user, one in read_attendance(known_at=asking.known_at).items()
        if one.next_day(asking.day, within_days=days, clock=clock, after_shift=True) is None
    }
    return sorted(away)


def is_worked(*, until: datetime) -> bool:
    """Whether anybody did anything in the days before that the longest of the rules looks at.

    A tape that is replayed in a home of its own has nobody's work in it: what the rules say of
    those who do nothing would be said of everybody.
    """
    rules = load_pull_back_rules(Path(settings.CARREARS_HOME), on=access_day(until)).rules
    days = max((rule.days or 1 for rule in rules), default=1)
    by_people = CaseEvent.objects.filter(
        actor__isnull=False, happened_at__gt=until - timedelta(days=days), happened_at__lte=until
    )
    return by_people.exists()


def _groups(
    hits: Sequence[tuple[int, list[int]]], asking: _Asking, known: dict[int, Found]
) -> list[_Group]:
    """The cases by collector and debtor, the most urgent first; each is read once for all rules."""
    if not hits:
        return []
    owners, cases = sorted({owner for owner, _ in hits}), [pk for _, his in hits for pk in his]
    if missing := [pk for pk in cases if pk not in known]:
        for one in read_waiting(asking.day, gone=owners, cases=missing):
            known[one.case.pk] = one
    groups: dict[tuple[int, str], list[Found]] = defaultdict(list)
    for found in filter(None, map(known.get, sorted(cases))):
        if found.before is not None:
            groups[found.before, found.case.debtor].append(found)
    return sorted(((owner, his) for (owner, _), his in groups.items()), key=_urgency)


def _urgency(group: _Group) -> tuple[int, int]:
    _, found = group
    if len(found) == 1:
        return -found[0].case.priority, found[0].case.pk
    return -max(one.case.priority for one in found), min(one.case.pk for one in found)


def _deepest(cases: Sequence[Found]) -> Waiting:
    found = [one.case for one in cases]
    if len(found) == 1:
        return found[0]
    return max(found, key=lambda one: (one.bucket, one.arrears, -one.pk))


def _is_meant(
    rule: PullBackRule,
    owner: int,
    cases: Sequence[Found],
    working: Mapping[int, Collector],
    allocation: AllocationRules,
) -> bool:
    """Of a stage that changed: that no rule of allocation would give it to him now."""
    if rule.why != "stage_changed":
        return True
    his = working.get(owner)
    return his is None or not would_give([one.case for one in cases], his, allocation)


def _open_at(known_at: datetime | None) -> set[int]:
    """What somebody has before him now, or had at a moment.

    Of each case the last who had it is kept: who had it before him is not known any more.
    """
    if known_at is None:
        shown = Showing.objects.filter(until__gt=Now())
    else:
        shown = Showing.objects.filter(since__lte=known_at, until__gt=known_at)
    return set(shown.values_list("case", flat=True))


def _spare(
    rule: PullBackRule, groups: list[_Group], asking: _Asking, plan: PullBackPlan
) -> list[_Group]:
    """Leave out whom somebody has before him, and whoever promised to pay soon."""
    if not groups:
        return []
    # Of the whole house: both are few beside the cases that a rule may hit.
    is_open = _open_at(asking.known_at)
    promised = promised_soon(None, days=asking.rules.promise_days)
    left = []
    for owner, found in groups:
        if not rule.even_open and any(one.case.pk in is_open for one in found):
            plan.spared[rule.name, "open_now"] += 1
        elif not rule.even_promised and any(one.case.pk in promised for one in found):
            plan.spared[rule.name, "promised"] += 1
        else:
            left.append((owner, found))
    return left


def _too_many(groups: list[_Group], working: Mapping[int, Collector]) -> list[_Group]:
    """Of each collector the least urgent, as many as he has above his room."""
    above = {pk: one.people - one.room for pk, one in working.items()}
    kept = []
    for owner, found in reversed(groups):
        if above.get(owner, 0) > 0:
            above[owner] -= 1
            kept.append((owner, found))
    return kept


def _place(
    rule: PullBackRule,
    groups: Sequence[_Group],
    plan: PullBackPlan,
    working: dict[int, Collector],
    allocation: AllocationRules,
) -> dict[int, Collector]:
    """Say where each goes; returns the collectors as they are then."""
    given: dict[int, Given] = {}
    standing = dict(working)
    if rule.to != "pool":
        held: dict[int, list[Waiting]] = defaultdict(list)
        for owner, found in groups:
            held[owner] += [one.case for one in found]
        given, standing = give_to_others(held, working, allocation)
    for owner, found in groups:
        goes = given.get(found[0].case.pk)
        if goes is None and rule.to == "others":
            plan.spared[rule.name, "nobody"] += 1
            continue
        if goes is None:
            put_load(standing, owner, people=-1, arrears=-sum(one.case.arrears for one in found))
        to, by = (None, "") if goes is None else (goes.collector, goes.rule)
        plan.taken += [Taken(rule, one, owner, to, by) for one in found]
    return standing
