"""Who sees which page, and which of them is marked as the current one."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory

from carrears.access.models import User
from carrears.workbench.context import shell
from carrears.workbench.navigation import PLACES, places_for


def clerk(*granted: str) -> User:
    """A user whose permissions are given, not looked up in a database."""
    user = User(username="lin")
    user._perm_cache = set(granted)  # type: ignore[attr-defined]  # Django's own cache
    return user


def test_nobody_sees_anything_before_signing_in() -> None:
    assert places_for(AnonymousUser()) == ()


@pytest.mark.parametrize("place", [p for p in PLACES if p.permission], ids=lambda p: p.view)
def test_a_page_needs_its_permission(place: Any) -> None:
    assert place not in places_for(clerk())
    assert place in places_for(clerk(place.permission))


def test_shortcuts_are_two_keys_and_each_is_once() -> None:
    shortcuts = [place.shortcut for place in PLACES]

    assert len(shortcuts) == len(set(shortcuts))
    assert all(len(place.keys) == 2 for place in PLACES)


@pytest.mark.parametrize(
    ("cookie", "theme", "choice"),
    [
        ("dark", "carrears-dark", "dark"),
        ("light", "carrears", "light"),
        ("", "", "system"),
        ('"><script>', "", "system"),
    ],
)
def test_the_theme_cookie_can_only_name_a_theme(cookie: str, theme: str, choice: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["carrears_theme"] = cookie

    context = shell(request)

    assert (context["theme"], context["theme_choice"]) == (theme, choice)
