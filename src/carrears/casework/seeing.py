"""Which cases somebody sees: the first wall, one definition for every screen, list and API.

Whatever shows something of a case (its contacts, notes, people, complaints) shows it for cases of
``visible_cases`` only; ``of_visible_cases`` narrows anything that points at a case.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from typing import Any, TypeVar

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet

from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.access.seeing import Reach, reach_of
from carrears.casework.models import Case, CaseState
from carrears.casework.placements import is_placed, placements_on
from carrears.clock import now
from carrears.database.prepared import Blank, Prepared

_M = TypeVar("_M", bound=models.Model)
_DOCUMENT = ("strategy__document", "strategy__facts")


class IsAmong(Func):
    """Whether a number is one of some: these, or those of an array as PostgreSQL writes one.

    They are one value of the statement, which takes as long to write for thousands as for ten.
    """

    template = "(%(expressions)s = any(%%s::bigint[]))"
    output_field = BooleanField()

    def __init__(self, number: Any, numbers: Iterable[int] | str) -> None:
        super().__init__(number)
        self._array = numbers if isinstance(numbers, str) else f"{{{','.join(map(str, numbers))}}}"

    def as_sql(self, *arguments: Any, **given: Any) -> tuple[str, tuple[Any, ...]]:
        """The condition and its values."""
        said, values = super().as_sql(*arguments, **given)
        return said, (*values, self._array)


def sees_everything(user: User) -> bool:
    """Whether every case of the house is his to see."""
    return user.has_perm("casework.view_case") and reach_of(user).everything


def visible_cases(user: User) -> QuerySet[Case]:
    """The cases that a user may see.

    All of them; those of his part of the house and the pool; his own; or, for people of an agency,
    what is placed with it today.

    Raises:
        PermissionDenied: none at all.
    """
    _expect_sight(user)
    return _visible(reach_of(user))


def visible_of(user: User, loan_no: str) -> list[Case]:
    """The cases of a loan that a user may see, the newest first.

    Raises:
        PermissionDenied: he may see none at all.
    """
    _expect_sight(user)
    return _visible_of(reach_of(user), access_day(now())).find(loan=loan_no)


def _expect_sight(user: User) -> None:
    if not user.has_perm("casework.view_case"):
        raise PermissionDenied("this user may not see cases")


@lru_cache(maxsize=256)
def _visible_of(reach: Reach, _day: date) -> Prepared[Case]:
    cases = _visible(reach).filter(loan_no=Blank("loan"))
    return Prepared(cases.order_by("-opened_on", "-pk"))


def _visible(reach: Reach) -> QuerySet[Case]:
    # A strategy's document is no small thing: it is read where one asks for it.
    cases = Case.objects.select_related("assignee", "strategy").defer(*_DOCUMENT)
    return cases if reach.everything else cases.filter(_seen(reach))


def of_visible_cases(found: QuerySet[_M], user: User, *, by: str = "case") -> QuerySet[_M]:
    """What of these belongs to a case that the user may see.

    Raises:
        PermissionDenied: none at all.
    """
    mine = visible_cases(user).select_related(None).values("pk")
    return found if sees_everything(user) else found.filter(**{f"{by}__in": mine})


def sees_loan(user: User, loan_no: str) -> bool:
    """Whether he may see what is known of a loan: all, or that of a case of his."""
    if not user.has_perm("casework.view_case"):
        return False
    return sees_everything(user) or visible_cases(user).filter(loan_no=loan_no).exists()


def _seen(reach: Reach) -> Q:
    day = access_day(now())
    if reach.agencies:
        placed = placements_on(day).filter(agency__in=reach.agencies)
        # What was over before it was placed is none of the agency's business.
        since = placed.filter(obligor_no=OuterRef("obligor_no"), from_on__lte=OuterRef("closed_on"))
        # A loan that is not behind was reminded at most: that is between the lender and the debtor.
        behind = Q(obligor_no__in=placed.values("obligor_no")) & ~Q(state=CaseState.WATCH)
        return behind & (Q(closed_on=None) | Q(Exists(since)))
    if not reach.inside:
        return Q(pk=None)
    seen = _worked_by(reach, by="assignee")
    if reach.pool:
        seen |= Q(~is_placed(day), assignee=None)
    return seen


def _worked_by(reach: Reach, *, by: str) -> Q:
    """What is his own work, or that of people whose work he sees.

    Asked as one list of people: an index answers that, where it does not answer "he, or one of
    those that another table names", for which PostgreSQL reads every case of the house.
    """
    if len(reach.people) == 1:
        return Q(**{by: reach.people[0]})
    return Q(IsAmong(F(by), reach.people))


def seen_without_case(user: User, *, by: str) -> Q:
    """Of what belongs to no case, what he may see; ``by`` names who works it.

    As cases are: his own, that of his part of the house, and, for who sees the pool, what nobody
    works. Nothing for people of an agency: it was not placed with them.
    """
    reach = reach_of(user)
    if not reach.inside:
        return Q(pk=None)
    seen = _worked_by(reach, by=by)
    return seen | Q(**{f"{by}__isnull": True}) if reach.pool else seen
