"""Whose screens are recorded, on which pages, and whether calls are."""

from __future__ import annotations

from django.conf import settings

from carrears.access.models import User

EVERYBODY = "*"


def records_screen(user: User, page: str) -> bool:
    """Whether what ``user`` does on a page (the name of its view) is recorded.

    ``RECORD_SCREEN_PAGES`` names the pages, ``RECORD_SCREEN_ROLES`` the roles; ``*`` is
    everybody, nothing is nobody.
    """
    if page not in settings.RECORD_SCREEN_PAGES:
        return False
    roles = settings.RECORD_SCREEN_ROLES
    return EVERYBODY in roles or user.groups.filter(name__in=roles).exists()


def masks_screen() -> bool:
    """Whether screens are recorded without the personal data on them."""
    return not settings.RECORD_SCREEN_CLEAR


def records_calls(user: User) -> bool:
    """Whether ``user`` is offered to record his calls."""
    return settings.RECORD_CALLS != "off" and user.has_perm("outreach.make_call")


def misses_calls() -> bool:
    """Whether each call has to be recorded, so that one without a sound is missing."""
    return bool(settings.RECORD_CALLS == "due")
