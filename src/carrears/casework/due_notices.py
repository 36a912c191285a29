"""Tell a collector that a case of his is due: on its day to come back, at its hour."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from carrears.casework.models import Case, CaseState
from carrears.clock import at_local, local_day
from carrears.notices.models import Notice, NoticeKind
from carrears.notices.services import Told, notify
from carrears.notices.wecom_terms import load_wecom_terms
from carrears.portfolio.products import load_products

_FRESH = timedelta(hours=12)  # what was due before that says nothing new to anybody
_DAY = timedelta(days=1)


def tell_of_due_cases(*, at: datetime) -> int:
    """Tell of what has become due; how many are told. Bears a second start.

    A case with an hour is told of by itself, at that hour where its debtor is. Those of a day
    without one are counted, once a day from the hour that ``wecom.yaml`` says on. Whom a case was
    taken from, or who has come back to it, need not look any more.

    Raises:
        WecomTermsError, ProductError: the house's file cannot be used.
    """
    due = list(_due(at))
    _stop(due, at=at)
    return notify([*_at_their_hour(due), *_of_the_day(due, at=at)], at=at)


def _due(at: datetime) -> Iterator[Case]:
    """Open cases of somebody, due today or in the last hours."""
    day = local_day(at, settings.TIME_ZONE)
    found = Case.objects.filter(
        state=CaseState.OPEN, assignee__isnull=False, follow_up_on__range=(day - _DAY, day + _DAY)
    )
    products = load_products(Path(settings.CARREARS_HOME))
    told = ("loan_no", "assignee", "product", "follow_up_on", "follow_up_at")
    for case in found.only(*told).order_by("pk"):
        if case.follow_up_on is None:
            continue
        if case.follow_up_at is None:
            if case.follow_up_on == day:
                yield case
            continue
        zone = products[case.product].time_zone
        moment = at_local(case.follow_up_on, case.follow_up_at, zone)
        if at - _FRESH < moment <= at:
            yield case


def _key(case: Case) -> str:
    return f"case_due:{case.pk}:{case.follow_up_on}:{case.follow_up_at}"


def _at_their_hour(due: list[Case]) -> Iterator[Told]:
    for case in due:
        if case.follow_up_at is not None and case.assignee_id is not None:
            yield Told(
                user=case.assignee_id,
                kind=NoticeKind.CASE_DUE,
                key=_key(case),
                loan_no=case.loan_no,
            )


def _of_the_day(due: list[Case], *, at: datetime) -> Iterator[Told]:
    day = local_day(at, settings.TIME_ZONE)
    terms = load_wecom_terms(Path(settings.CARREARS_HOME), on=day)
    if at < at_local(day, terms.due_at, settings.TIME_ZONE):
        return
    many = Counter(case.assignee_id for case in due if case.follow_up_at is None)
    for user, count in sorted((user, count) for user, count in many.items() if user is not None):
        yield Told(user=user, kind=NoticeKind.CASE_DUE, key=f"case_due:{day}", many=count)


def _stop(due: list[Case], *, at: datetime) -> None:
    """What is told of and due no more, or somebody else's, is done with."""
    day = f"case_due:{local_day(at, settings.TIME_ZONE)}"
    stands = {(case.assignee_id, day if case.follow_up_at is None else _key(case)) for case in due}
    unread = Notice.objects.filter(kind=NoticeKind.CASE_DUE, read_at=None)
    over = [pk for pk, user, key in unread.values_list("pk", "user", "key")
            if (user, key) not in stands]  # fmt: skip
    Notice.objects.filter(pk__in=over).update(read_at=at)
