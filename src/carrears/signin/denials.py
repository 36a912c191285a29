"""Whoever is refused is seen: each 403 of somebody known is evidence."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from carrears.access.models import User
from carrears.signin.trace import tell


class Denials:
    """Records refusals: the page's name and its numbers, never its address with what it asks."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and record when the answer is no."""
        response = self._get_response(request)
        user = getattr(request, "user", None)
        if response.status_code == HTTPStatus.FORBIDDEN and isinstance(user, User):
            match = request.resolver_match
            tell(
                "access.denied",
                subject=user.get_username(),
                actor=user.get_username(),
                request=request,
                view=match.view_name if match else "",
                of={
                    name: str(value)[:64] for name, value in (match.kwargs if match else {}).items()
                },
                method=request.method or "",
            )
        return response
