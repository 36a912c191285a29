"""What nobody works, and why no rule gave it to anybody."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.casework.allocation import Given, Refusal, allocate
from carrears.casework.allocation_rules import load_allocation_rules
from carrears.casework.assigning import read_collectors, read_owners, read_waiting, stands_on
from carrears.casework.models import Case, CaseState
from carrears.casework.placements import is_placed
from carrears.casework.seeing import visible_cases
from carrears.clock import now
from carrears.database.wall import as_house


@dataclass(frozen=True, slots=True)
class Fate:
    """What the rules would do now with a case of the pool."""

    given: Given | None
    refused: tuple[Refusal, ...] = ()


def pool_of(user: User) -> QuerySet[Case]:
    """The open cases that nobody works, as far as the user may see them; most urgent first.

    Raises:
        PermissionDenied: as ``visible_cases``.
    """
    day = access_day(now())
    found = visible_cases(user).filter(Q(~is_placed(day)), state=CaseState.OPEN, assignee=None)
    return found.order_by("-priority", "pk")


@as_house()
def explain(case_ids: list[int]) -> dict[int, Fate]:
    """What the rules would do with these cases now, by case: who would get it, or why nobody."""
    day = access_day(now())
    rules = load_allocation_rules(Path(settings.CARREARS_HOME), on=day)
    stands = stands_on(day, rules)
    gone = [pk for pk, one in stands.items() if one.covered]
    waiting = [one.case for one in read_waiting(day, gone=gone, cases=case_ids)]
    owners = read_owners([one.debtor for one in waiting], gone=gone)
    done = allocate(waiting, read_collectors(day, rules, stands), rules, owners=owners)
    return {pk: Fate(given) for pk, given in done.given.items()} | {
        pk: Fate(None, refused) for pk, refused in done.left.items()
    }
