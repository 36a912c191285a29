"""How long the lender's collectors were at work, by their shifts."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Exists, OuterRef

from carrears.access.models import Kind, Membership, User
from carrears.access.organisations import access_day
from carrears.casework.attendance import Attendance
from carrears.casework.attending import read_attendance, read_desks
from carrears.casework.day_plan_rules import load_day_plan_rules
from carrears.casework.day_plans import minutes_of_day
from carrears.casework.models import Case, CaseState, Desk


def collector_minutes(*, first: date, last: date) -> int:
    """Minutes of their shifts, without pauses and absences, on these days, both included.

    Of everybody who works cases now and is no agency's, as their desks are now; nobody counts
    before his account was made.
    """
    owners = Case.objects.filter(state=CaseState.OPEN, assignee__isnull=False).order_by()
    others = Membership.objects.filter(user=OuterRef("pk"), organisation__kind=Kind.AGENCY)
    people = User.objects.filter(~Exists(others), is_active=True, pk__in=owners.values("assignee"))
    since = {user.pk: max(first, access_day(user.date_joined)) for user in people}
    rules = load_day_plan_rules(Path(settings.CARREARS_HOME), on=last)
    known, desks = read_attendance(since.keys()), read_desks(since.keys())
    return sum(
        minutes_of_day(
            known.get(pk, Attendance()), desks.get(pk) or Desk(), begins + timedelta(ahead), rules
        )
        for pk, begins in since.items()
        for ahead in range((last - begins).days + 1)
    )
