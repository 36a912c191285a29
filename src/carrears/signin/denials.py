"""Whoever is refused is seen: each 403 of somebody known is evidence, and each 404 of an object.

A page answers 404 for what is out of somebody's sight, as for what is not there: whoever tries
numbers one after the other would else leave no trace.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import KeyReusedError
from carrears.signin.origin import name_token
from carrears.signin.trace import tell
from carrears.starred import without_personal_data

_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,63}")


class Denials:
    """Records refusals: the page's name and its numbers, never its address with what it asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and record when the answer is no."""
        response = self._get_response(request)
        user = getattr(request, "user", None)
        if not isinstance(user, User):
            return response
        if response.status_code == HTTPStatus.FORBIDDEN:
            _tell_denied(request, user)
        elif response.status_code == HTTPStatus.NOT_FOUND and request.resolver_match:
            _tell_unseen(request, user)
        return response


def _tell_denied(request: HttpRequest, user: User, **more: Any) -> None:
    match = request.resolver_match
    name = user.get_username()
    tell(
        "access.denied",
        subject=name,
        actor=name,
        request=request,
        view=match.view_name if match else "",
        of=_objects(request),
        method=request.method or "",
        **more,
    )


def _tell_unseen(request: HttpRequest, user: User) -> None:
    """Once an hour for a person and an object, by whatever page it is looked for."""
    objects = "|".join(f"{name}={value}" for name, value in sorted(_objects(request).items()))
    key = f"access.denied:{user.pk}:{name_token(objects)}:{now():%Y%m%d%H}"
    with suppress(KeyReusedError):
        _tell_denied(request, user, key=key, why="unseen")


def _objects(request: HttpRequest) -> dict[str, str]:
    match = request.resolver_match
    return {name: _said(str(value)) for name, value in (match.kwargs if match else {}).items()}


def _said(value: str) -> str:
    """A number as it is; of what may be anything somebody typed, such as a name, a token."""
    is_number = _NUMBER.fullmatch(value) and without_personal_data(value) == value
    return value if is_number else name_token(value)
