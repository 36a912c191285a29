"""Who may see which watched loans."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.warning.models import Level, WatchedLoan


def visible_watched(user: User) -> QuerySet[WatchedLoan]:
    """The watched loans that a user may see: all, or those of cases that are his own.

    A watched loan belongs to nobody yet, so that it is for those who see everybody's cases.

    Raises:
        PermissionDenied: none at all.
    """
    if not user.has_perm("casework.view_case"):
        raise PermissionDenied("this user may not see watched loans")
    if user.has_perm("casework.view_all_cases"):
        return WatchedLoan.objects.all()
    own = Case.objects.filter(assignee=user).values("loan_no")
    return WatchedLoan.objects.filter(Q(loan_no__in=own))


def warned_now(loans: QuerySet[WatchedLoan]) -> QuerySet[WatchedLoan]:
    """Those of them that are warned of at present."""
    return loans.exclude(level=Level.NONE)
