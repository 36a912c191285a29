"""Which stops of collection (停催) there are, for whom to see."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

from django.conf import settings
from django.db.models import Max, Q, QuerySet

from carrears.access.models import User
from carrears.casework.models import Case, CaseState, Hold
from carrears.casework.seeing import visible_cases
from carrears.clock import business_day, local_day, now
from carrears.database.wall import as_house

HoldState = Literal["live", "open_ended", "over", "all"]


def visible_holds(user: User, case: Case | None = None) -> QuerySet[Hold]:
    """The holds of the cases that ``user`` sees, and of the people who owe them; of one case only.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    cases = visible_cases(user).select_related(None).order_by()
    if case is not None:
        cases = cases.filter(pk=case.pk)
    people = cases.exclude(party=None).values("party")
    return Hold.objects.filter(Q(case__in=cases.values("pk")) | Q(case=None, party__in=people))


@as_house()
def book_day() -> date | None:
    """The day that the book of open cases has reached."""
    day: date | None = Case.objects.exclude(state=CaseState.CLOSED).aggregate(on=Max("as_of"))["on"]
    return day


def day_of_holds() -> date:
    """The day by which holds stand: today, also before the night brings the book there.

    Of a replayed book its own.
    """
    zone, moment = settings.TIME_ZONE, now()
    return business_day(book_day() or local_day(moment, zone), zone, moment=moment)


def holds_in(
    holds: QuerySet[Hold],
    *,
    on: date,
    state: HoldState = "live",
    reason: str | None = None,
    ends_within: int | None = None,
) -> QuerySet[Hold]:
    """Narrow holds by how they stand on a day, why they were placed, and how soon they end."""
    live = Q(lifted_on=None) & (Q(until_on=None) | Q(until_on__gte=on))
    if state == "live":
        holds = holds.filter(live)
    elif state == "open_ended":
        holds = holds.filter(live, until_on=None)
    elif state == "over":
        holds = holds.exclude(live)
    if reason:
        holds = holds.filter(reason=reason)
    if ends_within is not None:
        holds = holds.filter(live, until_on__lte=on + timedelta(days=ends_within))
    return holds
