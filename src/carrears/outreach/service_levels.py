"""How often the house was as quick as it promised itself (服务水平): of what fell due lately."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import DateTimeField, Exists, ExpressionWrapper, F, OuterRef, Q
from django.db.models.functions import TruncDate

from carrears.access.models import User
from carrears.casework.models import CaseEvent, CaseState
from carrears.casework.seeing import of_visible_cases, visible_cases
from carrears.clock import local_day, zone
from carrears.conduct.complaint_models import ComplaintOutcome
from carrears.conduct.complaint_queries import visible_complaints
from carrears.conduct.complaints import answer_due
from carrears.outreach.models import Attempt, AttemptState, ContactOutcome
from carrears.outreach.outcome_codes import NOT_DIALLED
from carrears.outreach.service_terms import Level, ServiceTerms
from carrears.outreach.team_day import Today

# So long before its answer is due a complaint may have come in: no pack gives longer.
_LONGEST = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Measured:
    """One level: how many fell due in the days asked about, and how many were in time."""

    level: Level
    due: int
    in_time: int
    target: float

    @property
    def share(self) -> float | None:
        """In time ÷ due; None of nothing."""
        return self.in_time / self.due if self.due else None

    @property
    def is_reached(self) -> bool | None:
        """Whether the target is reached; None of nothing."""
        return None if self.share is None else self.share >= self.target


def service_levels(
    user: User, terms: ServiceTerms, *, today: Today, moment: datetime
) -> tuple[Measured, ...]:
    """Every level, of the cases that the reader sees.

    What is not yet over is left out: it may still come in time.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    return (
        _first_action(user, terms, today),
        _reply(user, terms, moment),
        _complaint(user, terms, today),
    )


def _first_action(user: User, terms: ServiceTerms, today: Today) -> Measured:
    """New cases that were contacted, or that somebody got in touch about, soon enough.

    One that was over before its time was up and that nobody contacted needed none.
    """
    days = timedelta(days=terms.first_action_days)
    last = today.day - days - timedelta(days=1)
    by = ExpressionWrapper(OuterRef("opened_on") + days, output_field=DateTimeField())
    contacts: list[Exists] = []
    for found in (
        Attempt.objects.filter(state__in=(AttemptState.MADE, AttemptState.SENT)).exclude(
            result=NOT_DIALLED
        ),
        ContactOutcome.objects.exclude(code=NOT_DIALLED),
    ):
        here: Any = found.filter(case=OuterRef("pk")).order_by()
        on = TruncDate("at", tzinfo=zone(settings.TIME_ZONE))
        contacts.append(
            Exists(here.annotate(on=on).filter(on__gte=OuterRef("opened_on"), on__lte=by))
        )
    fresh = visible_cases(user).select_related(None).exclude(state=CaseState.WATCH)
    fresh = fresh.filter(opened_on__gt=last - timedelta(days=terms.days), opened_on__lte=last)
    early = ExpressionWrapper(F("opened_on") + days, output_field=DateTimeField())
    in_time = fresh.filter(contacts[0] | contacts[1]).count()
    never = fresh.filter(~(contacts[0] | contacts[1]))
    over = never.filter(Q(closed_on__isnull=False, closed_on__lte=early)).count()
    return _measured("first_action", terms, due=fresh.count() - over, in_time=in_time)


def _reply(user: User, terms: ServiceTerms, moment: datetime) -> Measured:
    """Replies that asked for a person and on whose case somebody told an outcome soon enough."""
    until = moment - timedelta(hours=terms.reply_hours)
    replies = CaseEvent.objects.filter(
        kind="note",
        data__has_key="means",
        happened_at__gt=until - timedelta(days=terms.days),
        happened_at__lte=until,
    )
    seen = of_visible_cases(replies, user).order_by()
    by = ExpressionWrapper(
        OuterRef("happened_at") + timedelta(hours=terms.reply_hours), output_field=DateTimeField()
    )
    told = ContactOutcome.objects.filter(
        case=OuterRef("case"), told_at__gte=OuterRef("happened_at"), told_at__lte=by
    )
    return _measured(
        "reply", terms, due=seen.count(), in_time=seen.filter(Exists(told.order_by())).count()
    )


def _complaint(user: User, terms: ServiceTerms, today: Today) -> Measured:
    """Complaints answered by the day of their rule pack; what was withdrawn needed no answer."""
    last = today.day - timedelta(days=1)
    first = today.day - timedelta(days=terms.days)
    found = visible_complaints(user).filter(received_at__gte=today.first - _LONGEST)
    due = in_time = 0
    for one in found.exclude(outcome=ComplaintOutcome.WITHDRAWN).defer("text_sealed"):
        day = answer_due(one)
        if day is None or not first <= day <= last:
            continue
        due += 1
        answered = one.answered_at
        in_time += answered is not None and local_day(answered, settings.TIME_ZONE) <= day
    return _measured("complaint", terms, due=due, in_time=in_time)


def _measured(level: Level, terms: ServiceTerms, *, due: int, in_time: int) -> Measured:
    return Measured(level, due, in_time, terms.targets[level])
