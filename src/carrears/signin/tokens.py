"""API tokens: what they may be used for, until when; made, renewed and ended with evidence.

A scope is ``AREA:read`` or ``AREA:write``, where the area is the first step of an address below
``/api/`` and ``read`` stands for GET; ``*`` in place of either stands for all of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from carrears.access.dangers import is_wide
from carrears.access.models import ApiToken, User
from carrears.access.services import digest_of, issue_token
from carrears.clock import now
from carrears.database.wall import as_house
from carrears.signin.trace import tell

ALL = "*:*"
# The first steps of the API's addresses; a test holds them against the API itself.
AREAS = (
    "analytics",
    "appeals",
    "attempts",
    "batches",
    "cases",
    "complaints",
    "conduct",
    "consents",
    "contact-logs",
    "day-runs",
    "dead-letters",
    "desks",
    "destructions",
    "disputes",
    "events",
    "experiments",
    "holds",
    "loans",
    "mandates",
    "moves",
    "outcome-codes",
    "overrides",
    "placings",
    "portal",
    "reports",
    "settlements",
    "simulations",
    "strategies",
    "strategy-drafts",
    "templates",
    "visits",
)
_ACTIONS = ("read", "write")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_SEEN_EVERY = timedelta(minutes=1)


class TokenError(ValueError):
    """A token cannot be made so; the message says why."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token and its secret, which is kept nowhere."""

    token: ApiToken
    secret: str


def known_scopes() -> tuple[str, ...]:
    """All scopes that tokens may have."""
    return tuple(f"{area}:{action}" for area in ("*", *AREAS) for action in (*_ACTIONS, "*"))


@transaction.atomic
def issue(
    user: User,
    *,
    name: str,
    scopes: Collection[str],
    valid_for: timedelta | None,
    by: str,
    by_house: bool = False,
) -> Issued:
    """A new token for ``user``.

    One of wide scopes is good for nothing until a second person confirms it (``four_eyes``),
    unless the house itself issues it, on its own machine.

    Raises:
        TokenError: no name, no scope, or one that the API does not know.
    """
    if not name.strip():
        raise TokenError("a token needs a name")
    if not scopes:
        raise TokenError("a token needs a scope")
    if unknown := set(scopes) - set(known_scopes()):
        raise TokenError(f"unknown scopes: {', '.join(sorted(unknown))}")
    awaits = is_wide(scopes) and not by_house
    return _make(
        user, name=name.strip(), scopes=sorted(scopes), valid_for=valid_for, by=by, awaits=awaits
    )


@transaction.atomic
def rotate(token: ApiToken, *, by: str) -> Issued:
    """A new secret for the same use, as long again; the old one ends at once.

    Raises:
        TokenError: the token was revoked before, or was not confirmed yet.
    """
    held = ApiToken.objects.select_for_update().get(pk=token.pk)
    if held.revoked_at is not None:
        raise TokenError("this token was revoked")
    valid_for = held.expires_at - held.created_at if held.expires_at else None
    if held.awaits_second:
        raise TokenError("a second person has to confirm this token first")
    issued = _make(held.user, name=held.name, scopes=held.scopes, valid_for=valid_for, by=by)
    if held.confirmed_by_id is not None:
        ApiToken.objects.filter(pk=issued.token.pk).update(confirmed_by=held.confirmed_by)
    _end(held, by=by, why="rotated")
    return issued


@transaction.atomic
def revoke(token: ApiToken, *, by: str) -> bool:
    """End a token; False when it had been revoked before."""
    held = ApiToken.objects.select_for_update().get(pk=token.pk)
    if held.revoked_at is not None:
        return False
    _end(held, by=by, why="revoked")
    return True


@transaction.atomic
def revoke_all(user: User, *, by: str) -> int:
    """End all of somebody's tokens; how many there were."""
    open_ones = ApiToken.objects.select_related("user").filter(user=user, revoked_at=None)
    return sum(revoke(token, by=by) for token in open_ones)


def find_token(secret: str, *, at: datetime) -> ApiToken | None:
    """The token of a secret; None when it is unknown, unconfirmed, over, or its user inactive."""
    found = (
        ApiToken.objects.select_related("user")
        .filter(secret_hash=digest_of(secret), revoked_at=None, user__is_active=True)
        .filter(awaits_second=False)
        .filter(Q(expires_at=None) | Q(expires_at__gt=at))
        .first()
    )
    if found is not None and (found.last_used_at is None or at - found.last_used_at > _SEEN_EVERY):
        ApiToken.objects.filter(pk=found.pk).update(last_used_at=at)
    return found


def scope_of(path: str, method: str) -> str:
    """The scope that a request to the API needs."""
    area = path.removeprefix("/api/").split("/")[0]
    return f"{area}:{'read' if method in _SAFE else 'write'}"


def allows(scopes: Collection[str], wanted: str) -> bool:
    """Whether one of ``scopes`` covers the one that is wanted."""
    area, action = wanted.split(":")
    return any(f"{a}:{b}" in scopes for a in (area, "*") for b in (action, "*"))


def _make(
    user: User,
    *,
    name: str,
    scopes: list[str],
    valid_for: timedelta | None,
    by: str,
    awaits: bool = False,
) -> Issued:
    expires_at = now() + valid_for if valid_for else None
    secret = issue_token(user, name=name, expires_at=expires_at, scopes=scopes)
    token = ApiToken.objects.select_related("user").get(secret_hash=digest_of(secret))
    if awaits:
        token.awaits_second = True
        token.save(update_fields=["awaits_second"])
    _tell("issued", token, by=by)
    return Issued(token, secret)


def _end(token: ApiToken, *, by: str, why: str) -> None:
    token.revoked_at = now()
    with as_house():  # a new password ends them for people of agencies, too
        token.save(update_fields=["revoked_at"])
    _tell(why, token, by=by)


def _tell(what: str, token: ApiToken, *, by: str) -> None:
    tell(
        f"token.{what}",
        subject=token.user.get_username(),
        actor=by,
        token=token.pk,
        scopes=token.scopes,
        until=token.expires_at.isoformat() if token.expires_at else None,
        awaits_second=token.awaits_second,
    )
