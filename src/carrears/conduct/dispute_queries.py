"""Find disputes: open, overdue, due soon, by kind, outcome and jurisdiction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from carrears.access.models import User
from carrears.casework.models import CaseState
from carrears.casework.seeing import seen_without_case, sees_everything, visible_cases
from carrears.conduct.complaint_queries import today
from carrears.conduct.dispute_models import Dispute, DisputedLoan


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFilter:
    """Which disputes; an empty member leaves it out.

    ``state`` may be ``open``, or ``uncased``: open, and one of its loans has no case that is
    open, so that nothing is held and only the gate lets no contact go. ``due_within`` days from
    today and earlier, overdue ones among them; ``loan_no``: one of the loans it names.
    ``received_from`` is inside, ``received_until`` outside.
    """

    state: str = ""
    overdue: bool = False
    due_within: int | None = None
    kind: str = ""
    outcome: str = ""
    jurisdiction: str = ""
    assigned_to: str = ""
    loan_no: str = ""
    received_from: datetime | None = None
    received_until: datetime | None = None


def find_disputes(wanted: DisputeFilter) -> QuerySet[Dispute]:
    """What is due first comes first, then the newest."""
    told = {
        "kind": wanted.kind,
        "outcome": wanted.outcome,
        "jurisdiction": wanted.jurisdiction.lower(),
        "assigned_to__username": wanted.assigned_to,
        "received_at__gte": wanted.received_from,
        "received_at__lt": wanted.received_until,
    }
    found = Dispute.objects.filter(**{name: value for name, value in told.items() if value})
    if wanted.loan_no:
        named = DisputedLoan.objects.filter(dispute=OuterRef("pk"), loan_no=wanted.loan_no)
        found = found.filter(Exists(named))
    if wanted.state in {"open", "uncased"}:
        found = found.filter(closed_at=None)
    if wanted.state == "uncased":
        found = found.filter(Exists(_without_case().filter(dispute=OuterRef("pk"))))
    elif wanted.state not in {"", "open"}:
        found = found.filter(state=wanted.state)
    if wanted.overdue:
        found = found.filter(_due_before(today()))
    if wanted.due_within is not None:
        found = found.filter(_due_before(today() + timedelta(days=wanted.due_within + 1)))
    return found.order_by(F("due_on").asc(nulls_last=True), "-received_at", "-pk")


def visible_disputes(user: User) -> QuerySet[Dispute]:
    """All for those who see all cases, else those that name a loan of a case that they see.

    One whose loans have no case is seen as a case is: by to whom it is assigned, by who sees his
    cases, and, while it is nobody's, by who sees the pool.

    Raises:
        PermissionDenied: he may see no cases at all.
    """
    found = Dispute.objects.all()
    mine = visible_cases(user).select_related(None).values("pk")
    if sees_everything(user):
        return found
    named = DisputedLoan.objects.filter(dispute=OuterRef("pk"))
    bare = ~Exists(named.exclude(case=None)) & seen_without_case(user, by="assigned_to")
    return found.filter(Exists(named.filter(case__in=mine)) | bare)


def _without_case() -> QuerySet[DisputedLoan]:
    """Loans whose case was closed meanwhile, and those that had none."""
    return DisputedLoan.objects.filter(Q(case=None) | Q(case__state=CaseState.CLOSED))


def _due_before(day: date) -> Q:
    return Q(due_on__lt=day, closed_at=None)
