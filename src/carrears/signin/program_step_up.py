"""Step-up of a program: what is protected on a screen asks a token who is behind it.

A token alone does what its scopes say. For what is protected (``step_up``) it has to be new, as it
is made and rotated on a screen that is protected itself; or a one-time code of its user's
authenticator app comes along in the header ``One-Time-Code``, each good once, and few may be tried.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.http import HttpRequest
from ninja import Header

from carrears.access.models import User
from carrears.clock import now
from carrears.signin.limits import take

OneTimeCode = Annotated[str, Header(alias="One-Time-Code", max_length=20)]
_A_MINUTE = 5


class StepUpError(Exception):
    """Nobody has shown who is behind a program; the message says what is lacking."""


def require_step_up(request: HttpRequest, user: User, code: str) -> None:
    """See that somebody has just said who he is; ``code``: of the header, empty without one.

    Raises:
        StepUpError: the token was made or rotated longer than ``CARREARS_STEP_UP_MINUTES`` ago and
            no code came; he has no app, the code is wrong or was used before; or too many were
            tried within a minute.
    """
    if code:
        _take_code(user, code)
    elif not _is_new(request):
        raise StepUpError(
            "this asks who is behind the token: a code of the authenticator app in One-Time-Code,"
            f" or a token made or rotated within {settings.STEP_UP_MINUTES} minutes"
        )


def _is_new(request: HttpRequest) -> bool:
    made_at: datetime | None = getattr(request, "token_made_at", None)
    return made_at is not None and made_at > now() - timedelta(minutes=settings.STEP_UP_MINUTES)


def _take_code(user: User, code: str) -> None:
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:
        raise StepUpError("this asks for a second factor: set an authenticator app up first")
    if take(f"step-up:{user.pk}", at_most=_A_MINUTE):
        raise StepUpError("too many codes were tried; wait a minute")
    if not TOTP(app).validate_code(code):
        raise StepUpError("One-Time-Code: a new code of the authenticator app is needed")
