"""Accounts of staff: begin, reset, end and unlock them. Every change is evidence.

Whoever does it never sees a password: he hands over a link by which its owner sets his own.
"""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from axes.utils import reset as forget_attempts
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from carrears.access.dangers import is_dangerous, refuse_one_alone
from carrears.access.models import Organisation, User
from carrears.access.organisations import AccessError, access_day
from carrears.access.people import move_home
from carrears.access.services import digest_of
from carrears.database.wall import as_house
from carrears.signin.models import Invitation, Proposal, ProposalState, StaffSession
from carrears.signin.sessions import end
from carrears.signin.tokens import revoke_all
from carrears.signin.trace import tell
from carrears.signin.words import commit_reason


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody, and the secret of his link, which is kept nowhere."""

    user: User
    secret: str


@transaction.atomic
def create_account(
    username: str,
    *,
    display_name: str,
    email: str,
    home: Organisation,
    by: User | None,
    at: datetime,
) -> Invited:
    """A new account without a password, at home in an organisation, and its invitation.

    Raises:
        AccessError: no user name, one that is taken, no name, no e-mail address, or a closed or
            foreign organisation.
    """
    username = User.normalize_username(username.strip())
    try:
        User.username_validator(username)
        if email:
            validate_email(email)
    except ValidationError as error:
        raise AccessError("a user name of letters, digits and @ . + - _ is needed") from error
    if not display_name.strip():
        raise AccessError("somebody needs a name")
    if User.objects.filter(username__iexact=username).exists():
        raise AccessError("this user name is taken")
    user = User(username=username, display_name=display_name.strip()[:80], email=email)
    user.set_unusable_password()
    user.save()
    move_home(user, home, from_on=access_day(at), by=by, at=at)
    return Invited(user, _invite(user, is_first=True, by=by, at=at))


@transaction.atomic
def reset_account(
    user: User,
    *,
    factors: bool,
    by: User | None,
    at: datetime,
    confirmed_by: User | None = None,
) -> Invited:
    """Take somebody's password, and his second factors if asked for; he gets a new link.

    His sessions and tokens end at once. Who was deactivated is taken in again.

    Raises:
        AccessError: one's own account.
        NeedsSecondError: factors, or an account that may do something dangerous, and nobody else
            confirmed it: whoever holds the link could be that person.
    """
    locked = User.objects.select_for_update().get(pk=user.pk)
    if by is not None and by.pk == locked.pk:
        raise AccessError("nobody does this to his own account")
    if factors or is_dangerous(locked):
        refuse_one_alone(by, confirmed_by)
    locked.set_unusable_password()
    locked.is_active = True
    locked.save(update_fields=["password", "is_active"])
    if factors:
        Authenticator.objects.filter(user=locked).delete()
    end(StaffSession.objects.filter(user=locked), why="password")
    revoke_all(locked, by=_name(by))
    _tell("account.reset", locked, by, factors=factors, confirmed_by=_name(confirmed_by))
    return Invited(locked, _invite(locked, is_first=False, by=by, at=at))


@transaction.atomic
def deactivate(user: User, *, reason: str, by: User | None, at: datetime) -> None:
    """Shut somebody out at once: his sessions, tokens, links and requests end.

    Raises:
        AccessError: no reason, one's own account, or the last who may say what people may do.
    """
    if not reason.strip():
        raise AccessError("a reason is needed")
    locked = User.objects.select_for_update().get(pk=user.pk)
    if by is not None and by.pk == locked.pk:
        raise AccessError("nobody does this to his own account")
    if not locked.is_active:
        raise AccessError("this account was deactivated before")
    others = User.objects.filter(is_active=True).exclude(pk=locked.pk)
    if locked.has_perm("access.assign_role") and not any(
        one.has_perm("access.assign_role") for one in others
    ):
        raise AccessError("nobody would be left who says what people may do")
    locked.is_active = False
    locked.set_unusable_password()
    locked.save(update_fields=["is_active", "password"])
    end(StaffSession.objects.filter(user=locked), why="deactivated")
    revoke_all(locked, by=_name(by))
    _withdraw_invitations(locked, at=at)
    for one in Proposal.objects.filter(asked_by=locked, state=ProposalState.ASKED):
        one.state, one.decided_by, one.decided_at = ProposalState.WITHDRAWN, locked, at
        one.save(update_fields=["state", "decided_by", "decided_at"])
    key = f"account.deactivated:{uuid.uuid4()}"
    said: dict[str, Any] = commit_reason(key, reason.strip()[:200])
    _tell("account.deactivated", locked, by, key=key, **said)


@transaction.atomic
def unlock(user: User, *, by: User | None) -> bool:
    """Forget somebody's wrong passwords, so that he may try again; False where there are none."""
    if not AccessAttempt.objects.filter(username=user.get_username()).exists():
        return False
    forget_attempts(username=user.get_username())
    _tell("account.unlocked", user, by)
    return True


def find_invitation(secret: str, *, at: datetime) -> Invitation | None:
    """The open invitation of a link; None where it was used, ended or never was."""
    with as_house():  # who comes by a link is nobody yet
        return (
            Invitation.objects.select_related("user")
            .filter(secret_hash=digest_of(secret), used_at=None, withdrawn_at=None)
            .filter(expires_at__gt=at, user__is_active=True)
            .first()
        )


def accept(invitation: Invitation, *, password: str, at: datetime) -> User:
    """Set the password that its owner chose; the link is used up.

    Tokens that were made since a reset end as well.

    Raises:
        AccessError: it was used meanwhile.
    """
    with as_house(), transaction.atomic():
        held = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if held.used_at is not None or held.withdrawn_at is not None or held.expires_at <= at:
            raise AccessError("this link is not good any more")
        held.used_at = at
        held.save(update_fields=["used_at"])
        user = User.objects.select_for_update().get(pk=held.user_id)
        user.set_password(password)
        user.save(update_fields=["password"])
        if not held.is_first:
            revoke_all(user, by=_name(user))
        _tell("account.accepted", user, user, first=held.is_first)
    return user


def _invite(user: User, *, is_first: bool, by: User | None, at: datetime) -> str:
    _withdraw_invitations(user, at=at)
    secret = secrets.token_urlsafe(32)
    made = Invitation.objects.create(
        user=user,
        secret_hash=digest_of(secret),
        is_first=is_first,
        made_by=by,
        made_at=at,
        expires_at=at + timedelta(hours=settings.INVITATION_HOURS),
    )
    _tell("account.invited", user, by, first=is_first, until=made.expires_at.isoformat())
    return secret


def _withdraw_invitations(user: User, *, at: datetime) -> None:
    Invitation.objects.filter(user=user, used_at=None, withdrawn_at=None).update(withdrawn_at=at)


def _name(user: User | None) -> str:
    return user.get_username() if user is not None else ""


def _tell(kind: str, user: User, by: User | None, *, key: str = "", **payload: Any) -> None:
    tell(kind, subject=user.get_username(), actor=_name(by), key=key, **payload)
