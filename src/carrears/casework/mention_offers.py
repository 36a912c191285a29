"""Whom somebody may mean who has begun a name behind ``@``: only those who may see the case."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.casework.mentions import is_whole_name, may_be_told
from carrears.casework.models import Case

MOST_OFFERED = 8
_MOST_ASKED = 40  # whether somebody may see a case takes some statements


@dataclass(frozen=True, slots=True)
class Offered:
    """A colleague, by the name that is shown, and what is written behind the ``@``."""

    name: str
    username: str
    written: str


def offered_for(begun: str, case: Case, *, by: User) -> list[Offered]:
    """Those who may see a case and whose name holds, or whose sign-in name begins with ``begun``.

    The first ``MOST_OFFERED``, whoever works the case before all others; who is further behind is
    offered as more is typed. People of agencies are offered people of their own agency, and
    nobody else is asked for. Whom no comment could name without doubt is left out.
    """
    asked = _named(begun).exclude(pk=by.pk).order_by("display_name", "username")
    people = list(asked[:_MOST_ASKED])
    if case.assignee in people:
        people.sort(key=lambda one: one != case.assignee)
    shared = _shared(people)
    found: list[Offered] = []
    for one in people:
        written = _written(one, shared)
        if written and may_be_told(one, case, by=by):
            found.append(Offered(str(one), one.username, written))
        if len(found) == MOST_OFFERED:
            break
    return found


def _named(begun: str) -> QuerySet[User]:
    people = User.objects.filter(is_active=True)
    if not begun:
        return people
    return people.filter(Q(display_name__icontains=begun) | Q(username__istartswith=begun))


def _shared(people: list[User]) -> frozenset[str]:
    """The shown names of these that are somebody else's name as well."""
    names = {one.display_name for one in people} - {""}
    known = User.objects.filter(Q(display_name__in=names) | Q(username__in=names), is_active=True)
    many = Counter(
        name for one in known for name in {one.display_name, one.username} if name in names
    )
    return frozenset(name for name, number in many.items() if number > 1)


def _written(one: User, shared: frozenset[str]) -> str:
    """The shown name, which readers know; the sign-in name where that is no name by itself."""
    names = (one.display_name if one.display_name not in shared else "", one.username)
    return next((name for name in names if is_whole_name(name)), "")
