"""Find requests of people: open, overdue, due soon, by kind and jurisdiction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db.models import F, Q, QuerySet

from carrears.access.models import User
from carrears.casework.seeing import of_visible_cases
from carrears.clock import local_day, now
from carrears.rights.models import CLOSED, RightsRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFilter:
    """Which requests; an empty member leaves it out.

    ``state`` may be ``open``: not closed. ``due_within`` days from today and earlier, overdue ones
    among them.
    """

    state: str = ""
    kind: str = ""
    jurisdiction: str = ""
    loan_no: str = ""
    overdue: bool = False
    due_within: int | None = None


def today() -> date:
    """The day against which time limits are held: that of the lender's clock."""
    return local_day(now(), settings.TIME_ZONE)


def find_requests(wanted: RequestFilter) -> QuerySet[RightsRequest]:
    """What is due first comes first, then the newest."""
    told = {"kind": wanted.kind, "jurisdiction": wanted.jurisdiction, "loan_no": wanted.loan_no}
    found = RightsRequest.objects.filter(**{name: value for name, value in told.items() if value})
    if wanted.state == "open":
        found = found.exclude(state__in=CLOSED)
    elif wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.overdue:
        found = found.filter(_due_before(today()))
    if wanted.due_within is not None:
        found = found.filter(_due_before(today() + timedelta(days=wanted.due_within + 1)))
    return found.order_by(F("due_on").asc(nulls_last=True), "-received_at", "-pk")


def visible_requests(user: User) -> QuerySet[RightsRequest]:
    """All for those who see all cases, else those about cases that they see.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    return of_visible_cases(RightsRequest.objects.all(), user)


def _due_before(day: date) -> Q:
    return Q(due_on__lt=day) & ~Q(state__in=CLOSED)
