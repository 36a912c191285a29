"""What every page of the shell knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from carrears.workbench.navigation import SHORTCUTS, places_for
from carrears.workbench.queries.notices import unread_of
from carrears.workbench.queries.waiting import waiting_for

# The island theme.ts writes this cookie; without it the system's own preference holds.
_THEMES = {"light": "carrears", "dark": "carrears-dark"}


def shell(request: HttpRequest) -> dict[str, Any]:
    """The names and switches that the base template needs."""
    language = getattr(request, "LANGUAGE_CODE", settings.LANGUAGE_CODE)
    choice = request.COOKIES.get("carrears_theme", "")
    view_name = request.resolver_match.view_name if request.resolver_match else ""
    return {
        "lender_name": settings.LENDER_NAME["en-US" if language.startswith("en") else "zh-CN"],
        "demo": settings.DEMO,
        "theme_choice": choice if choice in _THEMES else "system",
        "theme": _THEMES.get(choice, ""),
        "places": places_for(getattr(request, "user", AnonymousUser())),
        "unread": SimpleLazyObject(lambda: unread_of(getattr(request, "user", None))),
        "waiting": SimpleLazyObject(lambda: waiting_for(getattr(request, "user", None))),
        "view_name": view_name,
        "search_text": "",  # the page of what was found says it
        "shortcuts": SHORTCUTS,
    }
