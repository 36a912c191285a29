"""Whose account a subject of the company's provider is, and what its claims give.

An account is bound to a subject by the lender (``carrears access bind``) or, where
``CARREARS_SSO_PROVISION`` says so, made when the subject first comes. It is never found by an
e-mail address or a name: those change hands. The map (``CARREARS_SSO_MAP``, YAML)::

    allow: {domains: [lender.example], subjects: []}
    claim: groups
    roles: {collectors: collector, leads: team_lead}
    organisations: {east: EAST-1}

Claims give and take the roles that the map names, but none that is dangerous: those are given by
two people (``four_eyes``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.db import transaction

from carrears.access.dangers import dangerous_roles
from carrears.access.models import Organisation, User
from carrears.access.organisations import AccessError, access_day, lender, memberships_on
from carrears.access.people import move_home, set_roles
from carrears.access.services import roles
from carrears.signin.trace import tell
from carrears.yamls import load_yaml

_PROVIDER = "sso"


def user_of_subject(subject: str) -> User | None:
    """The account that is bound to a subject."""
    found = SocialAccount.objects.select_related("user").filter(provider=_PROVIDER, uid=subject)
    return next((one.user for one in found), None)


@transaction.atomic
def bind(user: User, subject: str, *, by: str) -> None:
    """Let an account be entered by a subject of the provider; one subject an account.

    Raises:
        AccessError: no subject, or it or the account is bound already.
    """
    if not subject.strip():
        raise AccessError("a subject is needed")
    taken = SocialAccount.objects.filter(provider=_PROVIDER)
    if taken.filter(uid=subject).exists() or taken.filter(user=user).exists():
        raise AccessError("this account or this subject is bound already")
    SocialAccount.objects.create(provider=_PROVIDER, uid=subject, user=user)
    tell("account.bound", subject=user.get_username(), actor=by)


@transaction.atomic
def unbind(user: User, *, by: str) -> bool:
    """End that; False where there was nothing to end."""
    gone, _ = SocialAccount.objects.filter(provider=_PROVIDER, user=user).delete()
    if gone:
        tell("account.unbound", subject=user.get_username(), actor=by)
    return bool(gone)


def is_allowed(claims: Mapping[str, Any]) -> bool:
    """Whether the map lets a subject in: by itself, or by the domain of a verified address."""
    allow = _map().get("allow")
    if not allow:
        return True
    if claims.get("sub") in allow.get("subjects", ()):
        return True
    domain = str(claims.get("email", "")).rpartition("@")[2].lower()
    return claims.get("email_verified") is True and domain in allow.get("domains", ())


@transaction.atomic
def provision(claims: Mapping[str, Any], *, at: datetime) -> User:
    """A new account for a subject, at home where the map says, else at the lender.

    Raises:
        AccessError: its name is no user name, or somebody has it.
    """
    name = str(claims.get("preferred_username") or claims["sub"])
    username = User.normalize_username(name.strip())
    if not username or User.objects.filter(username__iexact=username).exists():
        raise AccessError("this user name is taken")
    user = User(username=username[:150], display_name=str(claims.get("name", ""))[:80])
    user.set_unusable_password()
    user.save()
    home = _mapped(claims, "organisations")
    place = Organisation.objects.filter(key__in=home, closed_at=None).first() or lender()
    move_home(user, place, from_on=access_day(at), by=None, at=at)
    bind(user, str(claims["sub"]), by="")
    return user


def follow_claims(user: User, claims: Mapping[str, Any], *, at: datetime) -> None:
    """Give and take the harmless roles that the map names; move him where it says.

    Raises:
        AccessError: a role or place that the map names cannot be given.
    """
    named = {one for one in (_map().get("roles") or {}).values() if one in roles()}
    managed = named - dangerous_roles(named)
    held = set(user.groups.values_list("name", flat=True))
    wanted = (held - managed) | (set(_mapped(claims, "roles")) & managed)
    if wanted != held:
        set_roles(user, wanted, by=None, at=at)
    for key in _mapped(claims, "organisations")[:1]:
        place = Organisation.objects.filter(key=key, closed_at=None).first()
        here = memberships_on(access_day(at)).filter(user=user, is_home=True)
        if place is not None and not here.filter(organisation=place).exists():
            move_home(user, place, from_on=access_day(at), by=None, at=at)


def _mapped(claims: Mapping[str, Any], what: str) -> list[str]:
    """What the map makes of the claim, in the map's order."""
    told = claims.get(_map().get("claim", "groups"), ())
    words = {told} if isinstance(told, str) else set(told)
    return [ours for theirs, ours in (_map().get(what) or {}).items() if theirs in words]


def _map() -> Mapping[str, Any]:
    if not settings.SSO_MAP:
        return {}
    found: Mapping[str, Any] = load_yaml(Path(settings.SSO_MAP).read_text("utf-8")) or {}
    return found
