"""Which days are decided: what a day run has decided is changed by nobody afterwards."""

from __future__ import annotations

from datetime import date, timedelta

from carrears.clock import now
from carrears.dayrun.models import DayRun


def first_undecided_day() -> date:
    """The day after the newest one that was run; today where none was."""
    newest = DayRun.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    return newest + timedelta(days=1) if newest else now().date()
