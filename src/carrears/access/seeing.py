"""How far somebody sees: the whole house, his part of it, or what was placed with his agency.

The one place where memberships and permissions become a reach. ``casework.seeing`` turns it into
the rows that somebody gets (the first wall), ``access.walls`` into what the database itself lets
through (the second).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache

from django.conf import settings
from django.db.models import FilteredRelation, Q

from carrears.access.models import Kind, Membership, Organisation, User
from carrears.access.organisations import Tree, access_day, in_force, memberships_on
from carrears.clock import now
from carrears.database.prepared import Blank, Prepared

# The setting ``COLLECTORS_SEE`` names how far up somebody looks who sees no cases of others.
_UP_TO = {"team": Kind.TEAM, "branch": Kind.BRANCH, "lender": Kind.LENDER}


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a user sees on a day.

    Attributes:
        everything: every case of the house, whoever works it or has it placed.
        agencies: the agencies whose placed cases he sees; for people of agencies only.
        colleagues: the organisations whose people's cases he sees besides his own; None: nobody's.
        pool: whether he sees cases that nobody works, and watched loans.
        inside: whether he belongs to the lender.
        agency: the key of the agency for which he acts; empty: he acts for the lender.
        people: by number, he himself and whose cases he sees besides; of the lender's own who see
            a part of the house.
    """

    everything: bool = False
    agencies: frozenset[int] = frozenset()
    colleagues: frozenset[int] | None = None
    pool: bool = False
    inside: bool = False
    agency: str = ""
    people: tuple[int, ...] = ()


def reach_of(user: User, *, moment: datetime | None = None) -> Reach:
    """How far ``user`` sees now; nothing for somebody who has no home today.

    It is worked out once for each user object, which lives for one request; while it is, he sees
    nothing.
    """
    if moment is not None:
        return _reach(user, moment)
    known: Reach | None = getattr(user, "_reach", None)
    if known is None:
        user._reach = Reach()  # type: ignore[attr-defined]  # noqa: SLF001  beside Django's own
        try:
            known = user._reach = _reach(user, now())  # type: ignore[attr-defined]  # noqa: SLF001
        except BaseException:
            forget_reach(user)
            raise
    return known


def forget_reach(user: User) -> None:
    """Let it be worked out anew: somebody was moved."""
    if hasattr(user, "_reach"):
        del user._reach  # noqa: SLF001  see above


def acts_for(user: User | None) -> str:
    """The key of the agency whose person this is; empty for the lender's own."""
    return reach_of(user).agency if user is not None else ""


@dataclass(frozen=True, slots=True)
class _Place:
    """An organisation to which somebody belongs, and the lender or agency at its top."""

    pk: int
    kind: str
    is_home: bool
    root: int
    root_kind: str
    ups: tuple[tuple[int, str], ...]  # it and what is above it, each with its kind

    def up_to(self, kind: str) -> int:
        """The nearest organisation of ``kind`` at or above; the topmost where there is none."""
        return next((pk for pk, its in self.ups if its == kind), self.root)


# A team, its branch or agency, and the lender: three levels, and so one statement.
_LEVELS = ("organisation", "organisation__parent", "organisation__parent__parent")


@lru_cache(maxsize=2)
def _places_on(day: date) -> Prepared[Membership]:
    columns = [f"{level}{what}" for level in _LEVELS for what in ("", "__kind")]
    found = memberships_on(day).filter(user=Blank("user"))
    return Prepared(found.values_list("is_home", *columns))


def _places_of(user: User, day: date) -> list[_Place]:
    places = []
    for is_home, *told in _places_on(day).ask(user=user.pk):
        levels = [one for one in zip(told[::2], told[1::2], strict=True) if one[0] is not None]
        (pk, kind), (root, root_kind) = levels[0], levels[-1]
        places.append(_Place(pk, kind, is_home, root, root_kind, tuple(levels)))
    return places


def _reach(user: User, moment: datetime) -> Reach:
    day = access_day(moment)
    places = _places_of(user, day)
    home = next((one for one in places if one.is_home), None)
    if home is None:
        return Reach(everything=True, pool=True, inside=True) if user.is_superuser else Reach()
    if home.root_kind == Kind.AGENCY:
        tree = Tree.load()
        return Reach(agencies=tree.within([home.root]), agency=tree.by_id[home.root].key)
    return _inside(user, [one for one in places if one.root == home.root], day)


def _inside(user: User, own: list[_Place], day: date) -> Reach:
    """The reach of somebody of the lender's own house."""
    leads = user.has_perm("casework.view_all_cases")
    if leads and (
        any(one.kind == Kind.LENDER for one in own) or user.has_perm("casework.view_every_team")
    ):
        return Reach(everything=True, pool=True, inside=True)
    kind = _UP_TO.get(settings.COLLECTORS_SEE)
    if not leads and kind is None:
        return Reach(inside=True, people=(user.pk,))
    tops = {one.pk if leads else one.up_to(str(kind)) for one in own}
    below = Q(pk__in=tops) | Q(parent__in=tops) | Q(parent__parent__in=tops)
    found = set(
        Organisation.objects.filter(below)
        .annotate(here=FilteredRelation("memberships", condition=in_force(day, "memberships__")))
        .values_list("pk", "here__user")
    )
    them = tuple(sorted({user.pk, *(one for _, one in found if one is not None)}))
    colleagues = frozenset(pk for pk, _ in found)
    return Reach(colleagues=colleagues, pool=leads, inside=True, people=them)
