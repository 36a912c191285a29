"""Step-up of a program: a one-time code of its user's authenticator app says who is behind it.

A token alone does what its scopes say. What is protected on a screen (``step_up``) asks a program
for the code besides, in the header ``One-Time-Code``; each code is good once, and few may be tried.
"""

from __future__ import annotations

from typing import Annotated

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP
from ninja import Header

from carrears.access.models import User
from carrears.signin.limits import take

OneTimeCode = Annotated[str, Header(alias="One-Time-Code", max_length=20)]
_A_MINUTE = 5


class StepUpError(Exception):
    """Nobody has shown who is behind a program; the message says what is lacking."""


def require_code(user: User, code: str) -> None:
    """Take a code of the user's authenticator app.

    Raises:
        StepUpError: he has set none up, the code is wrong, or was used before; or too many were
            tried within a minute.
    """
    app = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if app is None:
        raise StepUpError("this asks for a second factor: set an authenticator app up first")
    if take(f"step-up:{user.pk}", at_most=_A_MINUTE):
        raise StepUpError("too many codes were tried; wait a minute")
    if not TOTP(app).validate_code(code):
        raise StepUpError("One-Time-Code: a new code of the authenticator app is needed")
