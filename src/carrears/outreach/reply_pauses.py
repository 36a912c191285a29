"""Which cases the strategy's own messages leave alone, as a reply of theirs waits to be read."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from carrears.casework.models import Case, CaseEvent, CaseState
from carrears.outreach.reply_words import wording_on


def paused_cases(day: date) -> QuerySet[CaseEvent, int]:
    """The numbers of the cases that wait on a day: for so long as ``replies.yaml`` says.

    A reply is answered by the next outcome that is told on its case. Who told us of a death, or
    asked us something, is not to get the next reminder before anybody has read it.
    """
    return _waiting(day).values_list("case", flat=True)


def paused_people(day: date) -> QuerySet[CaseEvent, UUID]:
    """Of whom those cases are: of a loan that is only watched he is not reminded meanwhile."""
    known = _waiting(day).filter(case__party__isnull=False)
    return known.values_list("case__party", flat=True)


def paused_among(cases: Iterable[int], day: date) -> set[int]:
    """Of these cases, by their numbers, those that are left alone on a day."""
    of_whom = Q(state=CaseState.WATCH, party__in=paused_people(day))
    found = Case.objects.filter(Q(pk__in=paused_cases(day)) | of_whom, pk__in=set(cases))
    return set(found.values_list("pk", flat=True))


def _waiting(day: date) -> QuerySet[CaseEvent]:
    waits = Q()
    for meaning, days in wording_on(day).pauses.items():
        since = datetime.combine(day - timedelta(days=days), time.min, ZoneInfo(settings.TIME_ZONE))
        waits |= Q(data__means__contains=[meaning], happened_at__gte=since)
    told = CaseEvent.objects.filter(case=OuterRef("case"), kind="outcome", pk__gt=OuterRef("pk"))
    replies = CaseEvent.objects.filter(~Exists(told.order_by()), waits, kind="note")
    return replies.filter(data__has_key="means").order_by()
