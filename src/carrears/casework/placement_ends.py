"""What takes a placed debtor back by itself (收回): some holds, or nothing left to collect.

Which kinds is data (``recall_on`` in ``placing.yaml``). The agency sees him no more from that
moment. What the agency's own people bring about lets them finish what they write down about it:
contact is stopped at once as by every hold, and the hourly look takes the debtor back.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.access.seeing import acts_for
from carrears.casework.models import Case, CaseState, Hold, Placement
from carrears.casework.placements import recall
from carrears.casework.placing_rules import load_placing_rules
from carrears.database.wall import as_house

PAID = "paid"


def not_over(day: date) -> QuerySet[Placement]:
    """The placements that are in force on a day or still to come."""
    return Placement.objects.filter(
        Q(until_on=None) | Q(until_on__gte=day), recalled_at=None
    ).select_related("agency")


def recall_held(holds: Collection[Hold], *, by: User | None, at: datetime) -> int:
    """Call back whom these new holds are of, where the rules say so; how many were.

    Of holds that somebody of an agency placed, nobody: ``recall_due`` does that.
    """
    day = access_day(at)
    told = set() if acts_for(by) else {hold.reason for hold in holds}
    wanted = told & _recall_on(day) if told else set()
    if not wanted:
        return 0
    with as_house():
        called = 0
        for reason in sorted(wanted):
            found = [hold for hold in holds if hold.reason == reason and _begun(hold, day)]
            numbers = _debtors(found)
            called += _recall(not_over(day).filter(obligor_no__in=numbers), reason, by=by, at=at)
        return called


def recall_due(*, at: datetime) -> int:
    """Call back whom a hold is of that began since, or that an agency placed; how many were."""
    day = access_day(at)
    called = 0
    for reason in sorted(_recall_on(day) - {PAID}):
        holds = Hold.objects.filter(
            Q(until_on=None) | Q(until_on__gte=day),
            reason=reason,
            lifted_on=None,
            from_on__lte=day,
        )
        cases = Case.objects.filter(
            Q(holds__in=holds) | Q(party__in=holds.filter(case=None).values("party")),
            state=CaseState.OPEN,
        )
        numbers = cases.exclude(obligor_no="").values("obligor_no")
        called += _recall(not_over(day).filter(obligor_no__in=numbers), reason, by=None, at=at)
    return called


def recall_paid(loan_nos: Collection[str], *, at: datetime) -> int:
    """Call back whoever has no open case left since these loans' cases were closed."""
    day = access_day(at)
    if not loan_nos or not not_over(day).exists() or PAID not in _recall_on(day):
        return 0
    closed = Case.objects.filter(loan_no__in=loan_nos, state=CaseState.CLOSED)
    still = Case.objects.filter(obligor_no=OuterRef("obligor_no"), state=CaseState.OPEN)
    found = not_over(day).filter(~Exists(still), obligor_no__in=closed.values("obligor_no"))
    placed = list(found)
    if placed:
        recall(placed, reason=PAID, by=None, at=at, closed=loan_nos)
    return len(placed)


def _recall(found: QuerySet[Placement], reason: str, *, by: User | None, at: datetime) -> int:
    placed = list(found)
    if placed:
        recall(placed, reason=reason, by=by, at=at)
    return len(placed)


def _recall_on(day: date) -> frozenset[str]:
    return load_placing_rules(Path(settings.CARREARS_HOME), on=day).recall_on


def _begun(hold: Hold, day: date) -> bool:
    """Whether it holds now; the book's day may be ahead of the house's clock, or behind it."""
    as_of = hold.case.as_of if hold.case is not None else day
    return hold.from_on <= max(day, as_of)


def _debtors(holds: Collection[Hold]) -> list[str]:
    """The numbers of the debtors of these holds' cases, or of all cases of these people."""
    cases = [hold.case_id for hold in holds if hold.case_id is not None]
    people = [hold.party_id for hold in holds if hold.case_id is None]
    found = Case.objects.filter(Q(pk__in=cases) | Q(party__in=people)).exclude(obligor_no="")
    return sorted(set(found.values_list("obligor_no", flat=True)))
