"""What moving cases by hand would do (调案、收回): who gets what, and what stays and why."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Literal

from django.conf import settings
from django.db.models import Q, QuerySet
from django.db.models.functions import Now

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.allocation import Collector, Waiting, allocate
from carrears.casework.allocation_rules import AllocationRules, load_allocation_rules
from carrears.casework.assigning import (
    Found,
    Stand,
    read_collectors,
    read_owners,
    read_waiting,
    stands_on,
)
from carrears.casework.models import Case, CaseState, Showing, Way
from carrears.casework.promised import promised_soon
from carrears.casework.pull_back_rules import load_pull_back_rules
from carrears.casework.seeing import visible_cases
from carrears.clock import now
from carrears.database.wall import as_house

# Why a case stays where it is, from the first thing asked to the last.
Stays = Literal["not_found", "agency", "elsewhere", "open_now", "promised", "same", "away", "full"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which open cases are meant; what is left out does not matter.

    ``owner`` works them, ``unowned`` are nobody's. ``people`` is at most so many debtors, the most
    urgent first. Whoever is chosen is chosen with all loans that the lead sees of him.
    """

    owner: User | None = None
    unowned: bool = False
    loan_nos: tuple[str, ...] = ()
    bucket_from: int | None = None
    bucket_to: int | None = None
    people: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveWanted:
    """Which cases go where; ``to`` is the person of the way PERSON.

    With ``spare_promised`` whoever promised to pay within the days of ``pull_back.yaml`` stays.
    """

    chosen: Chosen
    way: Way
    to: User | None = None
    spare_promised: bool = False


@dataclass(frozen=True, slots=True)
class Going:
    """A case that is moved: to whom, and by which rule where the rules say it."""

    found: Found
    after: int | None
    rule: str = ""


@dataclass(slots=True)
class MovePlan:
    """What would be moved, and the loan numbers of what stays by why it does."""

    going: list[Going] = field(default_factory=list)
    stays: dict[Stays, list[str]] = field(default_factory=dict)

    def keep(self, why: Stays, loan_nos: Iterable[str]) -> None:
        """Note that cases stay."""
        if told := list(loan_nos):
            self.stays.setdefault(why, []).extend(told)

    @property
    def people(self) -> int:
        """How many debtors are moved."""
        return len({one.found.case.debtor for one in self.going})

    @property
    def digest(self) -> str:
        """The same for the same cases going to the same people from the same people."""
        told = sorted((one.found.case.pk, one.found.before, one.after) for one in self.going)
        return hashlib.sha256(repr(told).encode()).hexdigest()


@as_house()
def plan_move(wanted: MoveWanted, *, by: User) -> MovePlan:
    """What the move would do now. A debtor's loans go together or not at all.

    Raises:
        PermissionDenied: as ``visible_cases``.
    """
    plan, day = MovePlan(), access_day(now())
    rules = load_allocation_rules(Path(settings.CARREARS_HOME), on=day)
    seen = visible_cases(by).select_related(None).filter(state=CaseState.OPEN)
    picked = _picked(seen, wanted.chosen)
    plan.keep("not_found", set(wanted.chosen.loan_nos) - set(picked.values()))
    cases = _with_all_loans(list(picked))
    groups = _movable(cases, seen, by, plan, day=day)
    if wanted.spare_promised:
        groups = _without_promised(groups, plan, day=day)
    if wanted.chosen.people is not None:
        groups = groups[: wanted.chosen.people]
    stands = stands_on(day, rules)
    if wanted.way == Way.RULES:
        _by_rules(groups, plan, rules, day=day, stands=stands)
    elif wanted.way == Way.POOL:
        for group in groups:
            _send(group, None, plan)
    elif wanted.to is not None:
        room = {one.pk: one for one in read_collectors(day, rules, stands)}
        _to_person(groups, room.get(wanted.to.pk), wanted.to, plan)
    return plan


def _picked(seen: QuerySet[Case], chosen: Chosen) -> dict[int, str]:
    """The chosen cases and their loan numbers."""
    if chosen.owner is not None:
        seen = seen.filter(assignee=chosen.owner)
    elif chosen.unowned:
        seen = seen.filter(assignee=None)
    if chosen.loan_nos:
        seen = seen.filter(loan_no__in=chosen.loan_nos)
    if chosen.bucket_from is not None:
        seen = seen.filter(bucket__gte=chosen.bucket_from)
    if chosen.bucket_to is not None:
        seen = seen.filter(bucket__lte=chosen.bucket_to)
    return dict(seen.order_by().values_list("pk", "loan_no"))


def _with_all_loans(picked: Sequence[int]) -> dict[int, tuple[str, int | None]]:
    """The open cases of the chosen debtors: their loans and who works them."""
    chosen = Case.objects.filter(pk__in=picked)
    numbers = chosen.exclude(obligor_no="").values("obligor_no")
    people = chosen.filter(obligor_no="").exclude(party=None).values("party")
    found = Case.objects.filter(
        Q(pk__in=picked) | Q(obligor_no__in=numbers) | Q(obligor_no="", party__in=people),
        state=CaseState.OPEN,
    )
    rows = found.values_list("pk", "loan_no", "assignee")
    return {pk: (loan_no, owner) for pk, loan_no, owner in rows}


def _movable(
    cases: Mapping[int, tuple[str, int | None]],
    seen: QuerySet[Case],
    by: User,
    plan: MovePlan,
    *,
    day: date,
) -> list[list[Found]]:
    """The debtors that may be moved at all, the most urgent first."""
    owners = {owner for _, owner in cases.values() if owner is not None}
    found = read_waiting(day, gone=sorted(owners), cases=list(cases))
    there = {one.case.pk for one in found}
    plan.keep("agency", (no for pk, (no, _) in cases.items() if pk not in there))
    mine = set(seen.filter(pk__in=there).order_by().values_list("pk", flat=True))
    opened = set(
        Showing.objects.filter(case__in=there, until__gt=Now())
        .exclude(user=by)
        .values_list("case", flat=True)
    )
    groups: dict[str, list[Found]] = {}
    for one in found:
        groups.setdefault(one.case.debtor, []).append(one)
    left = []
    for group in groups.values():
        if any(one.case.pk not in mine for one in group):
            plan.keep("elsewhere", (one.loan_no for one in group if one.case.pk in mine))
        elif any(one.case.pk in opened for one in group):
            plan.keep("open_now", (one.loan_no for one in group))
        else:
            left.append(group)
    return sorted(left, key=lambda group: _turn([one.case for one in group]))


def _without_promised(groups: list[list[Found]], plan: MovePlan, *, day: date) -> list[list[Found]]:
    days = load_pull_back_rules(Path(settings.CARREARS_HOME), on=day).promise_days
    promised = promised_soon([one.case.pk for group in groups for one in group], days=days)
    left = []
    for group in groups:
        if any(one.case.pk in promised for one in group):
            plan.keep("promised", (one.loan_no for one in group))
        else:
            left.append(group)
    return left


def _turn(cases: Sequence[Waiting]) -> tuple[int, int]:
    return -max(one.priority for one in cases), min(one.pk for one in cases)


def _send(group: Sequence[Found], after: int | None, plan: MovePlan) -> None:
    plan.keep("same", (one.loan_no for one in group if one.before == after))
    plan.going += [Going(one, after) for one in group if one.before != after]


def _to_person(
    groups: Sequence[Sequence[Found]], collector: Collector | None, to: User, plan: MovePlan
) -> None:
    if collector is None or not collector.here:
        for group in groups:
            plan.keep("away", (one.loan_no for one in group))
        return
    room = collector.room - collector.people
    for group in groups:
        needs = int(all(one.before != to.pk for one in group))
        if needs > room:
            plan.keep("full", (one.loan_no for one in group))
        else:
            room -= needs
            _send(group, to.pk, plan)


def _by_rules(
    groups: Sequence[Sequence[Found]],
    plan: MovePlan,
    rules: AllocationRules,
    *,
    day: date,
    stands: Mapping[int, Stand],
) -> None:
    """As new cases would be given, but not to those who had them; else to the pool."""
    found = [one for group in groups for one in group]
    had = {one.before for one in found if one.before is not None}
    gone = sorted(had | {pk for pk, one in stands.items() if one.covered})
    able = [one for one in read_collectors(day, rules, stands) if one.pk not in had]
    owners = read_owners({one.case.debtor for one in found}, gone=gone)
    done = allocate([one.case for one in found], able, rules, owners=owners)
    for one in found:
        given = done.given.get(one.case.pk)
        if given is not None:
            plan.going.append(Going(one, given.collector, given.rule or "same_debtor"))
        elif one.before is None:
            plan.keep("same", [one.loan_no])
        else:
            plan.going.append(Going(one, None))
