"""What the whole house did in a while: on which cases, by which channels."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count

from carrears.casework.part_of_house import of_loans
from carrears.outreach.models import Attempt, AttemptState, ContactOutcome

_LEFT = (AttemptState.BOOKED, AttemptState.SENT, AttemptState.MADE)


def count_worked_cases(
    *, first: datetime, until: datetime, loans: Sequence[int] | None = None
) -> int:
    """Different cases with a contact that left, was made or was told, from then until before then.

    The lender's and its agencies'; what the gate stopped, and what failed, is no work on a case.
    With ``loans`` cases of those only.
    """
    within = {"at__gte": first, "at__lt": until}
    tried = Attempt.objects.filter(**within, state__in=_LEFT)
    told = ContactOutcome.objects.filter(**within)
    if loans is not None:
        tried, told = tried.filter(of_loans(loans)), told.filter(of_loans(loans))
    return tried.order_by().values("case_id").union(told.order_by().values("case_id")).count()


def count_own_contacts(*, first: datetime, until: datetime) -> dict[str, int]:
    """The lender's own contacts that left or were made, by channel; agencies' are not its cost.

    Visits are those of which was told what came of them.
    """
    within = {"at__gte": first, "at__lt": until, "agency": ""}
    counted: dict[str, int] = dict(
        Attempt.objects.filter(**within, state__in=_LEFT)
        .exclude(channel="visit")
        .order_by()
        .values_list("channel")
        .annotate(number=Count("pk"))
    )
    visits = ContactOutcome.objects.filter(**within, channel="visit", direction="out").count()
    return counted | ({"visit": visits} if visits else {})
