"""How soon a book brings an experiment the debtors that it needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from math import ceil

from django.db.models import Case as When
from django.db.models import F, Q, QuerySet
from django.db.models import When as Where

from carrears.casework.models import Case, CaseState
from carrears.dayrun.models import DayRun
from carrears.outreach.models import Attempt

_CYCLE = 30  # days in which every loan falls due once
_ENOUGH = 7  # days run before their newcomers are taken as the pace


@dataclass(frozen=True, slots=True)
class Pace:
    """Debtors of one currency: those who take part at once, and how many newly come a day.

    ``days`` is over how many days the newcomers were counted. ``is_seen`` where day runs saw them
    come; else they are those now 1 to 30 days behind, which leaves out who has paid since.
    """

    behind: int
    a_day: float
    days: int
    is_seen: bool

    def days_until(self, debtors: int, *, window_days: int) -> int | None:
        """Days until the outcomes of so many debtors are known; None where nobody comes.

        All who are behind on the first day take part from it on.
        """
        missing = debtors - self.behind
        if missing <= 0:
            return window_days
        return None if self.a_day <= 0 else ceil(missing / self.a_day) + window_days


def pace_of(currency: str) -> Pace:
    """The pace of the book as its newest day run left it."""
    cases = Case.objects.filter(currency=currency).exclude(state=CaseState.WATCH)
    behind = cases.filter(state=CaseState.OPEN, dpd__gt=0)
    runs = DayRun.objects.order_by("as_of").values_list("as_of", flat=True)
    first, last = runs.first(), runs.last()
    seen = min((last - first).days, _CYCLE) if first and last else 0
    if last is None or seen < _ENOUGH:
        recent = _debtors(behind.filter(dpd__lte=_CYCLE))
        return Pace(_debtors(behind), recent / _CYCLE, _CYCLE, is_seen=False)
    came = cases.filter(opened_on__gt=last - timedelta(days=seen), opened_on__lte=last)
    return Pace(_debtors(behind), _debtors(came) / seen, seen, is_seen=True)


def pace_of_words(template: str, currency: str) -> Pace:
    """The pace at which debtors are first written to by a template, as the last days saw it.

    Nobody takes part before a message.
    """
    sent = Attempt.objects.filter(
        template=template, case__currency=currency, made_by=None, action__isnull=False
    )
    last = sent.order_by("-at").values_list("at", flat=True).first()
    if last is None:
        return Pace(0, 0.0, _CYCLE, is_seen=True)
    recent = sent.filter(at__gt=last - timedelta(days=_CYCLE))
    return Pace(0, recent.values("party").distinct().count() / _CYCLE, _CYCLE, is_seen=True)


def _debtors(cases: QuerySet[Case]) -> int:
    debtor = When(Where(~Q(obligor_no=""), then=F("obligor_no")), default=F("loan_no"))
    return cases.annotate(debtor=debtor).values("debtor").distinct().count()
