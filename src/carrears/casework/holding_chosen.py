"""Whose collection is stopped (停催) together, and what that would come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from carrears.access.models import User
from carrears.casework.hold_queries import day_of_holds
from carrears.casework.holds import planned_within
from carrears.casework.models import Case, CaseState, Hold, PlannedAction
from carrears.casework.narrowing import Narrowing
from carrears.casework.placements import is_placed
from carrears.casework.seeing import visible_cases
from carrears.database.wall import as_house

_SAMPLE, _PLACES = 10, 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen(Narrowing):
    """Whose collection: the filters of a list of cases, and where people live.

    ``regions`` are how the region of a person's address begins, as his record has it in clear.
    """

    regions: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As an order keeps it: not the words that were looked for, which may name somebody."""
        told = {
            "regions": list(self.regions),
            "buckets": list(self.buckets),
            "treatments": list(self.treatments),
            "step": self.step,
            "owner": self.owner,
            "flag": self.flag,
            "by_words": bool(self.text),
        }
        return {name: value for name, value in told.items() if value}

    @classmethod
    def of(cls, asked: Mapping[str, Any]) -> Chosen:
        """As an order kept it, but for words."""
        told: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in asked.items()
            if name != "by_words"
        }
        return cls(**told)

    def among(self, cases: QuerySet[Case], *, any_bucket: bool = False) -> QuerySet[Case]:
        """Those of ``cases`` that fit and have not ended."""
        # No ``super()``: with slots the class is made anew.
        cases = Narrowing.among(self, cases, any_bucket=any_bucket).exclude(state=CaseState.CLOSED)
        if self.regions:
            places = Q()
            for region in self.regions:
                places |= Q(party__region__startswith=region)
            cases = cases.filter(places)
        return cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Why, from when until when (None: until it is lifted), and whether new ones are held too."""

    reason: str
    from_on: date
    until_on: date | None
    takes_new: bool = False


def people_of(cases: QuerySet[Case]) -> list[tuple[int, Any]]:
    """The first case of each person, and of nobody on record each case; with who he is."""
    known = cases.exclude(party=None).order_by("party", "pk").distinct("party")
    unknown = cases.filter(party=None).order_by("pk")
    return [*known.values_list("pk", "party"), *unknown.values_list("pk", "party")]


def alike(*, reason: str, first: date, until_on: date | None) -> QuerySet[Hold]:
    """Holds for this reason that stand from then to the end."""
    longer = Q(until_on=None) if until_on is None else Q(until_on=None) | Q(until_on__gte=until_on)
    return Hold.objects.filter(longer, reason=reason, lifted_on=None, from_on__lte=first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What an order would come to: how many people, and of them and all that they owe what else.

    ``unknown`` of the people are cases with nobody on record. ``planned`` are contacts that would
    be cancelled; ``stopped`` people whose collection is stopped on the first day already,
    ``before`` for this reason and as long, who are passed over; ``placed`` debtors with agencies.
    ``regions`` are the first by how many people.
    """

    people: int
    unknown: int
    cases: int
    planned: int
    stopped: int
    before: int
    placed: int
    regions: tuple[tuple[str, int], ...]
    sample: tuple[Case, ...]


@as_house()
def preview(user: User, chosen: Chosen, wanted: Wanted) -> Preview:
    """What an order would come to, of the cases that ``user`` sees; nothing is held.

    All that a person owes is held with him, also what the reader does not see.
    """
    found = chosen.among(visible_cases(user).select_related(None))
    people = found.exclude(party=None).order_by().values("party").distinct()
    alone = found.filter(party=None).order_by().values("pk")
    theirs = Case.objects.filter(Q(party__in=people) | Q(pk__in=alone))
    theirs = theirs.exclude(state=CaseState.CLOSED)
    today = day_of_holds()
    known, unknown = people.count(), alone.count()
    later = wanted.from_on if wanted.from_on > today else None
    within = planned_within(first=later, last=wanted.until_on)
    live = Q(until_on=None) | Q(until_on__gte=wanted.from_on)
    held = Hold.objects.filter(live, party__in=people, lifted_on=None, from_on__lte=wanted.from_on)
    same = alike(reason=wanted.reason, first=wanted.from_on, until_on=wanted.until_on)
    places: Any = found.exclude(party=None).order_by().values_list("party__region")
    places = places.annotate(many=Count("party", distinct=True)).order_by("-many", "party__region")
    return Preview(
        people=known + unknown,
        unknown=unknown,
        cases=theirs.count(),
        planned=PlannedAction.objects.filter(within, case__in=theirs.values("pk")).count(),
        stopped=held.values("party").distinct().count(),
        before=same.filter(case=None, party__in=people).values("party").distinct().count(),
        placed=theirs.filter(is_placed(today)).order_by().values("obligor_no").distinct().count(),
        regions=tuple(places[:_PLACES]),
        sample=tuple(found.select_related("party").order_by("-arrears", "pk")[:_SAMPLE]),
    )
