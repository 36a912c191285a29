"""A token that is not good any more, or never was, leaves evidence when somebody comes with it."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import Any

from django.http import HttpRequest

from carrears.access.models import ApiToken
from carrears.access.services import digest_of
from carrears.evidence.services import KeyReusedError
from carrears.signin.origin import client_ip, kept_origin, name_token
from carrears.signin.trace import tell


def tell_refused(secret: str, *, request: HttpRequest, at: datetime) -> None:
    """Record that a secret was refused: whose and which token it was, where that is known, and why.

    Once an hour for a token and an address, and for all secrets of nobody that come from one.
    """
    found = ApiToken.objects.select_related("user").filter(secret_hash=digest_of(secret)).first()
    facts: dict[str, Any] = {"why": "unknown"}
    if found is not None:
        facts = {"why": _why(found), "token": found.pk}
    origin = kept_origin(client_ip(request))["address"]
    with suppress(KeyReusedError):  # told within this hour
        tell(
            "token.refused",
            subject=found.user.get_username() if found is not None else name_token(secret),
            actor="",
            request=request,
            key=f"token.refused:{facts.get('token', '')}:{origin}:{at:%Y%m%d%H}",
            **facts,
        )


def _why(token: ApiToken) -> str:
    if token.revoked_at is not None:
        return "revoked"
    if not token.user.is_active:
        return "inactive"
    return "unconfirmed" if token.awaits_second else "expired"
