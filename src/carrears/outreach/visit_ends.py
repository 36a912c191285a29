"""Visits for which nothing is left are called off by the house, before somebody goes."""

from __future__ import annotations

from datetime import datetime

from carrears.outreach.models import AttemptState
from carrears.outreach.visit_models import FieldVisit
from carrears.outreach.visits import LONGEST, call_off_needless


def call_off_all_needless(*, at: datetime) -> int:
    """Call off those still ahead at ``at`` whose case is closed or has a promise; how many."""
    ahead = FieldVisit.objects.filter(
        from_at__gt=at - LONGEST,
        until_at__gt=at,
        called_off="",
        checked_in_at=None,
        attempt__state=AttemptState.BOOKED,
    )
    return sum(call_off_needless(visit) for visit in ahead)
