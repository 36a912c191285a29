"""Keep, share, rename and drop views of lists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from urllib.parse import urlencode

from django.db import IntegrityError, transaction
from django.db.models import Q

from carrears.access.models import Organisation, User
from carrears.access.organisations import access_day, memberships_on
from carrears.clock import now
from carrears.database.prepared import Blank, Prepared
from carrears.savedviews.models import SavedView

# What of each list's address is kept. Words that are looked for are not: they may name somebody.
PLACES: Mapping[str, tuple[str, ...]] = {
    "queue": ("bucket", "treatment", "step", "owner", "flag", "sort"),
    "holds": ("state", "reason", "ends"),
    "disputes": ("state", "due", "jurisdiction", "kind"),
    "warning": ("level", "reason", "sort"),
}
_MOST = 50  # views that one person keeps
_LONGEST = 500


class SavedViewError(ValueError):
    """A view that cannot be kept; the message says why."""


def kept_of(place: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The part of a list's address that a view keeps, in one order."""
    known = PLACES[place]
    kept = [(name, value) for name, value in pairs if name in known and value]
    return urlencode(sorted(kept, key=lambda one: (known.index(one[0]), one[1])))


def views_for(user: User, place: str) -> list[SavedView]:
    """His own views of a list, and those that are shared where he belongs today."""
    return _views_on(access_day(now())).find(user=user.pk, place=place)


@lru_cache(maxsize=2)
def _views_on(day: date) -> Prepared[SavedView]:
    him = Blank("user")
    homes = memberships_on(day).filter(user=him).values("organisation")
    found = SavedView.objects.filter(Q(owner=him) | Q(shared_with__in=homes), place=Blank("place"))
    return Prepared(found.select_related("owner", "shared_with"))


def keep_view(
    user: User, place: str, *, name: str, query: str, shared: bool, is_default: bool
) -> SavedView:
    """Keep a view; one of that name is kept anew.

    Raises:
        SavedViewError: no name, one too many, or too long; or nobody to share it with.
    """
    name = name.strip()[:60]
    if not name:
        raise SavedViewError("a view needs a name")
    if len(query) > _LONGEST:
        raise SavedViewError("these are too many filters for a view")
    team = _team_of(user) if shared else None
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        mine = SavedView.objects.filter(owner=user)
        if mine.exclude(place=place, name=name).count() >= _MOST:
            raise SavedViewError("these are too many views; drop one first")
        if is_default:
            mine.filter(place=place, is_default=True).update(is_default=False)
        told = {"query": query, "shared_with": team, "is_default": is_default}
        kept, _ = SavedView.objects.update_or_create(
            owner=user, place=place, name=name, defaults=told
        )
    return kept


def change_view(view: SavedView, *, name: str, shared: bool, is_default: bool) -> None:
    """Rename a view of one's own, share it or not, begin with it or not.

    Raises:
        SavedViewError: no name, one that another of his views has, or nobody to share it with.
    """
    if not name.strip():
        raise SavedViewError("a view needs a name")
    team = view.shared_with or _team_of(view.owner) if shared else None
    try:
        with transaction.atomic():
            if is_default:
                others = SavedView.objects.filter(owner=view.owner_id, place=view.place)
                others.exclude(pk=view.pk).update(is_default=False)
            view.name, view.shared_with, view.is_default = name.strip()[:60], team, is_default
            view.save(update_fields=["name", "shared_with", "is_default"])
    except IntegrityError as error:
        raise SavedViewError("another view has this name") from error


def _team_of(user: User) -> Organisation:
    found = memberships_on(access_day(now())).filter(user=user, is_home=True)
    home = found.select_related("organisation").first()
    if home is None:
        raise SavedViewError("there is nobody to share it with")
    return home.organisation
