"""What went to somebody by itself: complaints near their day or late, calls left open."""

from __future__ import annotations

from django.conf import settings

from carrears.clock import local_day, now
from carrears.conduct.complaint_queries import ComplaintFilter, find_complaints
from carrears.outreach.open_calls import calls_left, left_open_on
from carrears.workbench.view_models.compliance import RaisedTold


def raised_told() -> RaisedTold:
    """As of now, of all cases."""
    moment = now()
    return RaisedTold(
        complaints=find_complaints(ComplaintFilter(raised=True)).count(),
        overdue=find_complaints(ComplaintFilter(overdue=True)).count(),
        calls=calls_left(moment).count(),
        minutes=left_open_on(local_day(moment, settings.TIME_ZONE)).minutes,
    )
