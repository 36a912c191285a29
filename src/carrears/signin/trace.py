"""Write what happens at the door to the evidence log: user names of our own and tokens only."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from django.http import HttpRequest, HttpResponse

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import record
from carrears.signin.origin import client_ip, kept_origin

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)


class Acting:
    """Remembers whose request is answered, for what is recorded on the way."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        token = _request.set(request)
        try:
            return self._get_response(request)
        finally:
            _request.reset(token)


def acting_name() -> str:
    """The user name of whoever acts in this request; empty for the house itself."""
    user = getattr(_request.get(), "user", None)
    return user.get_username() if isinstance(user, User) else ""


def tell(
    kind: str,
    *,
    subject: str,
    actor: str | None = None,
    request: HttpRequest | None = None,
    key: str = "",
    **payload: Any,
) -> None:
    """Record one event of signing in.

    Args:
        kind: such as ``signin.failed``.
        subject: the user name it is about, or a token for a name that is nobody's.
        actor: who did it; whoever acts in this request unless given.
        request: where it came from; the one that is answered unless given.
        key: under which it is recorded once; one of its own unless given.
        payload: more facts.

    Raises:
        KeyReusedError: it was recorded under this key before.
    """
    request = request or _request.get()
    origin = kept_origin(client_ip(request)) if request is not None else {}
    record(
        kind,
        subject=subject,
        payload=payload | ({"from": origin} if origin else {}),
        actor=acting_name() if actor is None else actor,
        key=key or f"{kind}:{uuid.uuid4()}",
        occurred_at=now(),
    )
