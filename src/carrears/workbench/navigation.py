"""Where one can go, by what one may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, PermissionsMixin
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation. Without a permission everybody who signed in may go there."""

    key: str
    view: str
    title: str | Promise
    icon: str
    shortcut: str
    permission: str = ""

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the shortcut, in order."""
        return tuple(self.shortcut.split())


PLACES = (
    Place("dashboard", "workbench:dashboard", _("Dashboard"), "layout-dashboard", "g d"),
    Place("queue", "workbench:queue", _("Queue"), "list-checks", "g q", "casework.view_case"),
    Place("mail", "workbench:mail", _("Mail"), "inbox", "g m", "outreach.view_attempt"),
    Place(
        "imports", "workbench:imports", _("Imports"), "upload", "g i", "exchange.view_tapeimport"
    ),
    Place(
        "evidence", "workbench:evidence", _("Evidence"), "scroll-text", "g e", "evidence.view_entry"
    ),
)

# Keys that every page knows besides those of the places; the help dialog lists both.
SHORTCUTS: tuple[tuple[tuple[str, ...], str | Promise], ...] = (
    (("/",), _("Search")),
    (("j", "k"), _("Next, previous row")),
    (("Enter",), _("Open the row")),
    (("c",), _("Contact (on a case)")),
    (("p",), _("Promise to pay (on a case)")),
    (("n",), _("Note (on a case)")),
    (("?",), _("This list")),
    (("Esc",), _("Close what is open")),
)


def places_for(user: AbstractBaseUser | AnonymousUser) -> tuple[Place, ...]:
    """The pages that this user may see."""
    if not user.is_authenticated or not isinstance(user, PermissionsMixin):
        return ()
    return tuple(p for p in PLACES if not p.permission or user.has_perm(p.permission))
