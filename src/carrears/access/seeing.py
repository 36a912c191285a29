"""How far somebody sees: the whole house, his part of it, or what was placed with his agency.

The one place where memberships and permissions become a reach. ``casework.seeing`` turns it into
the rows that somebody gets (the first wall), ``access.walls`` into what the database itself lets
through (the second).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from carrears.access.models import Kind, Organisation, User
from carrears.access.organisations import Tree, access_day, memberships_on
from carrears.clock import now

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
    """

    everything: bool = False
    agencies: frozenset[int] = frozenset()
    colleagues: frozenset[int] | None = None
    pool: bool = False
    inside: bool = False
    agency: str = ""


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


def _reach(user: User, moment: datetime) -> Reach:
    # A team, its branch or agency, and the lender: three levels, and so one statement.
    found = memberships_on(access_day(moment)).filter(user=user)
    places = list(found.select_related("organisation__parent__parent"))
    home = next((one.organisation for one in places if one.is_home), None)
    if home is None:
        return Reach(everything=True, pool=True, inside=True) if user.is_superuser else Reach()
    root = _root_of(home)
    own = [one.organisation for one in places if _root_of(one.organisation) == root]
    if root.kind == Kind.AGENCY:
        return Reach(agencies=Tree.load().within([root.pk]), agency=root.key)
    return _inside(user, own)


def _root_of(organisation: Organisation) -> Organisation:
    while organisation.parent is not None:
        organisation = organisation.parent
    return organisation


def _inside(user: User, own: list[Organisation]) -> Reach:
    """The reach of somebody of the lender's own house."""
    if user.has_perm("casework.view_all_cases"):
        at_the_root = any(one.kind == Kind.LENDER for one in own)
        if at_the_root or user.has_perm("casework.view_every_team"):
            return Reach(everything=True, pool=True, inside=True)
        return Reach(colleagues=_within(Tree.load(), own), pool=True, inside=True)
    kind = _UP_TO.get(settings.COLLECTORS_SEE)
    if kind is None:
        return Reach(inside=True)
    tree = Tree.load()
    tops = [tree.by_id[tree.up_to(one.pk, kind)] for one in own]
    return Reach(colleagues=_within(tree, tops), inside=True)


def _within(tree: Tree, organisations: list[Organisation]) -> frozenset[int]:
    return tree.within(one.pk for one in organisations)
