"""What an agency's own people see of its settlement: its placements, statement and invoices only.

Batches and invoices are the lender's and stand behind the second wall. Who asks here is shown what
names his own agency, and the agency is never his to choose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import access_day
from carrears.access.seeing import acts_for
from carrears.agencies.models import Batch, Invoice
from carrears.agencies.queries import state_sums
from carrears.casework.models import Placement

PERMISSION = "agencies.view_own_settlement"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnBatch:
    """A batch of the agency, and how many of its debtors stand how today."""

    batch: int
    from_on: date
    until_on: date
    states: dict[str, int]


def own_agency(user: User) -> Organisation:
    """The agency for which he acts.

    Raises:
        PermissionDenied: he acts for none, or may not.
    """
    key = acts_for(user)
    if not (key and user.has_perm(PERMISSION)):
        raise PermissionDenied("an agency sees its own settlement")
    return Organisation.objects.get(key=key, kind=Kind.AGENCY)


def own_batches(agency: Organisation, *, at: datetime) -> list[OwnBatch]:
    """The batches that an agency has or had, the newest first."""
    day = access_day(at)
    return [
        OwnBatch(
            batch=one.pk,
            from_on=one.from_on,
            until_on=one.until_on,
            states={
                state: many
                for state, many in state_sums(one, day).items()
                if state not in {"waiting", "taken_out"}
            },
        )
        for one in Batch.objects.filter(agency=agency, lines__placement__isnull=False).distinct()
    ]


def single_placements(agency: Organisation, *, at: datetime) -> dict[str, int]:
    """How many debtors went there one by one: with it today, and in all."""
    day = access_day(at)
    live = Q(from_on__lte=day) & (Q(until_on=None) | Q(until_on__gte=day))
    alone = Placement.objects.filter(agency=agency, line=None)
    return alone.aggregate(live=Count("pk", filter=live), all=Count("pk"))


def own_invoices(agency: Organisation) -> QuerySet[Invoice]:
    """The invoices that it sent."""
    return Invoice.objects.filter(agency=agency)
