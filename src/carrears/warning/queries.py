"""Who may see which watched loans."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet

from carrears.access.models import User
from carrears.access.seeing import reach_of
from carrears.casework.seeing import visible_cases
from carrears.warning.models import Level, WatchedLoan


def visible_watched(user: User) -> QuerySet[WatchedLoan]:
    """The watched loans that a user may see: all, or those of cases that he sees.

    A watched loan belongs to nobody yet, so that it is for those who see what nobody works.

    Raises:
        PermissionDenied: none at all.
    """
    if not user.has_perm("casework.view_case"):
        raise PermissionDenied("this user may not see watched loans")
    if reach_of(user).pool:
        return WatchedLoan.objects.all()
    own = visible_cases(user).select_related(None).values("loan_no")
    return WatchedLoan.objects.filter(loan_no__in=own)


def warned_now(loans: QuerySet[WatchedLoan]) -> QuerySet[WatchedLoan]:
    """Those of them that are warned of at present."""
    return loans.exclude(level=Level.NONE)
