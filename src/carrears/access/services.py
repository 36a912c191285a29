"""Roles and API tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction
from django.db.models import Q

from carrears.access.models import ApiToken, User
from carrears.yamls import load_yaml

_HINT_LETTERS = 7  # "ca_" and four more: enough to tell one's own apart, too few for a thief
_ROLES = Path(__file__).with_name("roles.yaml")


def roles() -> Mapping[str, Mapping[str, Any]]:
    """The shipped roles by name, each with its title and permissions."""
    loaded: Mapping[str, Mapping[str, Any]] = load_yaml(_ROLES.read_text(encoding="utf-8"))
    return loaded


@transaction.atomic
def ensure_roles(*, keep: bool = False) -> None:
    """Bring Django's groups to what roles.yaml says; with ``keep`` they lose nothing.

    Raises:
        LookupError: a role names a permission that no room defines.
    """
    for name, role in roles().items():
        group, _ = Group.objects.get_or_create(name=name)
        permissions = _permissions(role["permissions"])
        if keep:
            group.permissions.add(*permissions)
        else:
            group.permissions.set(permissions)


def _permissions(names: Iterable[str]) -> list[Permission]:
    wanted = Q(pk=None)  # no name, no permission
    for name in (names := list(names)):
        app, codename = name.split(".")
        wanted |= Q(content_type__app_label=app, codename=codename)
    found = list(Permission.objects.filter(wanted).select_related("content_type"))
    known = {f"{p.content_type.app_label}.{p.codename}" for p in found}
    if missing := set(names) - known:
        raise LookupError(f"roles.yaml names unknown permissions: {', '.join(sorted(missing))}")
    return found


def issue_token(
    user: User,
    *,
    name: str,
    expires_at: datetime | None = None,
    scopes: Collection[str] = ("*:*",),
) -> str:
    """A new API token for ``user``; the secret is returned once and kept nowhere.

    ``carrears.signin.tokens`` issues them with evidence.
    """
    secret = f"ca_{secrets.token_urlsafe(32)}"
    ApiToken.objects.create(
        user=user,
        name=name,
        secret_hash=digest_of(secret),
        hint=secret[:_HINT_LETTERS],
        scopes=list(scopes),
        expires_at=expires_at,
    )
    return secret


def digest_of(secret: str) -> bytes:
    """What is kept of a token's secret."""
    # A random 256-bit secret needs no slow hash.
    return hashlib.sha256(secret.encode()).digest()
