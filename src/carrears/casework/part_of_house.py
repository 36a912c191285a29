"""The loans that a team or a branch works, so that figures can be told of it."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Exists, F, OuterRef

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import Tree, access_day, memberships_on
from carrears.access.seeing import reach_of
from carrears.casework.models import Case, CaseState
from carrears.casework.seeing import IsAmong, visible_cases
from carrears.clock import now
from carrears.database.wall import as_house


def parts_seen(user: User) -> list[tuple[int, Organisation]]:
    """The branches and teams of the lender whose cases one sees, each with its depth, in order."""
    reach = reach_of(user)
    if not reach.inside or not user.has_perm("casework.view_case"):
        return []
    tree = Tree.load()
    of_lender = tree.within(one.pk for one in tree.by_id.values() if one.kind == Kind.LENDER)
    seen = of_lender if reach.everything else (reach.colleagues or frozenset()) & of_lender
    return [
        (depth, one)
        for depth, one in tree.in_order()
        if one.pk in seen and one.kind != Kind.LENDER and one.closed_at is None
    ]


def loans_worked_in(part: Organisation, *, seen_by: User) -> tuple[int, ...]:
    """The loans whose newest case lies with people of ``part``, or lay with them as it closed.

    What is placed with an agency lies with nobody of the house. Which is the newest is asked of
    the whole house: it may be one that ``seen_by`` does not see. In the order of their ids.

    Raises:
        PermissionDenied: ``seen_by`` may see no cases at all.
    """
    here = Tree.load().within([part.pk])
    members = memberships_on(access_day(now())).filter(organisation__in=here)
    people = sorted(set(members.values_list("user", flat=True)))
    worked = Case.objects.exclude(state=CaseState.WATCH)
    newer = worked.filter(loan_id=OuterRef("loan_id"), opened_on__gt=OuterRef("opened_on"))
    found = visible_cases(seen_by).exclude(state=CaseState.WATCH)
    found = found.filter(IsAmong(F("assignee"), people), ~Exists(newer))
    with as_house():
        return tuple(sorted(set(found.order_by().values_list("loan_id", flat=True))))


def of_loans(loan_ids: Sequence[int], *, by: str = "case") -> IsAmong:
    """Whether something belongs to a case of one of these loans."""
    return IsAmong(F(f"{by}__loan_id"), loan_ids)
