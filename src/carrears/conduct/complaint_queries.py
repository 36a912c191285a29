"""Find complaints: open, overdue, due soon, by agency, category and jurisdiction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import F, Q, QuerySet

from carrears.access.models import User
from carrears.casework.part_of_house import of_loans
from carrears.casework.seeing import of_visible_cases
from carrears.clock import local_day, now
from carrears.conduct.complaint_models import Complaint, ComplaintOutcome, ComplaintState
from carrears.conduct.models import DoNotContact

_RAISED = Q(raised_level__gt=0) & ~Q(state=ComplaintState.CLOSED)
FOUND = (ComplaintOutcome.UPHELD, ComplaintOutcome.PARTLY)


def count_received(*, first: datetime, until: datetime, loans: Sequence[int] | None = None) -> int:
    """Complaints that the house received from then until before then, whatever became of them.

    With ``loans`` those about their cases only.
    """
    found = Complaint.objects.filter(received_at__gte=first, received_at__lt=until)
    return (found if loans is None else found.filter(of_loans(loans))).count()


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintFilter:
    """Which complaints; an empty member leaves it out.

    ``state`` may be ``open``; ``due_within`` days from today and earlier, overdue ones among
    them; ``raised``: told to somebody by itself; ``agency`` may be ``LENDER`` for the lender's own
    staff. ``received_from`` is inside, ``received_until`` outside. ``outcome`` may be ``found``:
    upheld at least in part.
    """

    state: str = ""
    overdue: bool = False
    raised: bool = False
    due_within: int | None = None
    agency: str = ""
    category: str = ""
    jurisdiction: str = ""
    outcome: str = ""
    loan_no: str = ""
    received_from: datetime | None = None
    received_until: datetime | None = None


def today() -> date:
    """The day against which time limits are held: that of the lender's clock."""
    return local_day(now(), settings.TIME_ZONE)


def find_complaints(wanted: ComplaintFilter) -> QuerySet[Complaint]:
    """What is due first comes first, then the newest."""
    told = {
        "category": wanted.category,
        "jurisdiction": wanted.jurisdiction.lower(),
        "outcome": "" if wanted.outcome == "found" else wanted.outcome,
        "loan_no": wanted.loan_no,
        "received_at__gte": wanted.received_from,
        "received_at__lt": wanted.received_until,
    }
    found = Complaint.objects.filter(**{name: value for name, value in told.items() if value})
    if wanted.agency:
        own = wanted.agency == DoNotContact.OWN_STAFF
        found = found.filter(agency="" if own else wanted.agency)
    if wanted.outcome == "found":
        found = found.filter(outcome__in=FOUND)
    if wanted.state == "open":
        found = found.exclude(state=ComplaintState.CLOSED)
    elif wanted.state:
        found = found.filter(state=wanted.state)
    if wanted.overdue:
        found = found.filter(_due_before(today()))
    if wanted.raised:
        found = found.filter(_RAISED)
    if wanted.due_within is not None:
        found = found.filter(_due_before(today() + timedelta(days=wanted.due_within + 1)))
    return found.order_by(F("due_on").asc(nulls_last=True), "-received_at", "-pk")


def visible_complaints(user: User) -> QuerySet[Complaint]:
    """All for those who see all cases, else those about cases that they see.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    return of_visible_cases(Complaint.objects.all(), user)


def raised_to(user: User) -> QuerySet[Complaint]:
    """The complaints that were raised to a role of this user, or that he was to deal with.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    roles = [Q(raised_to__contains=[name]) for name in user.groups.values_list("name", flat=True)]
    mine = reduce(or_, roles, Q(assigned_to=user))
    return visible_complaints(user).filter(_RAISED & mine)


def _due_before(day: date) -> Q:
    return Q(due_on__lt=day) & ~Q(state=ComplaintState.CLOSED)
