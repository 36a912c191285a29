"""Pages that were shown and calls that were made of which no recording was begun."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import QuerySet
from django.http import QueryDict

from carrears.access.models import User
from carrears.casework.seeing import of_visible_cases
from carrears.clock import at_local, local_day, now
from carrears.recordings.models import DueRecording
from carrears.recordings.policy import misses_calls
from carrears.workbench.queries.choices import options_of
from carrears.workbench.queries.narrowing import day_of
from carrears.workbench.queries.paging import make_pager, rows_of
from carrears.workbench.view_models.unrecorded import UnrecordedPage, UnrecordedRow

_DAYS = 30


def unrecorded_page(user: User, params: QueryDict) -> UnrecordedPage:
    """What was not recorded on the days asked for, of the cases that ``user`` may see."""
    last = day_of(params.get("to", "")) or local_day(now(), settings.TIME_ZONE)
    first = min(day_of(params.get("from", "")) or last - timedelta(days=_DAYS), last)
    within = of_visible_cases(absent_between(first, last), user)
    staff = params.get("by", "")
    by = int(staff) if staff.isascii() and staff.isdigit() and len(staff) < 10 else 0  # noqa: PLR2004  more is no user
    found = within.filter(staff=by) if by else within
    pager = make_pager(params, total=found.count())
    people = User.objects.filter(pk__in=within.order_by().values("staff")).order_by("pk")
    return UnrecordedPage(
        rows=tuple(_row(one) for one in found.select_related("case", "staff")[rows_of(pager)]),
        pager=pager,
        first=first,
        last=last,
        staff=options_of([(str(one.pk), str(one)) for one in people], str(by or "")),
        query=urlencode({"from": first, "to": last, **({"by": by} if by else {})}),
        active=bool(by),
        misses_calls=misses_calls(),
    )


def absent_between(first: date, last: date) -> QuerySet[DueRecording]:
    """What was not recorded on these days, both included, by the clock of the house."""
    return DueRecording.objects.filter(
        absent_at__isnull=False,
        due_at__gte=_begin(first),
        due_at__lt=_begin(last + timedelta(days=1)),
    )


def _row(one: DueRecording) -> UnrecordedRow:
    return UnrecordedRow(
        pk=one.pk,
        loan_no=one.case.loan_no,
        kind=one.kind,
        page=one.page,
        staff=str(one.staff),
        due_at=one.due_at,
        late_at=one.late_at,
    )


def _begin(day: date) -> datetime:
    return at_local(day, time.min, settings.TIME_ZONE)
