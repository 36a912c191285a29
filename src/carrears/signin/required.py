"""Who has to have a second factor: members of the roles that ``CARREARS_MFA_ROLES`` names."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from carrears.access.models import User

# In the session: whose it is, where the company's provider asked for a second factor (``sso``).
SECOND_FACTOR = "carrears_sso_factor"
# What somebody without his factor may still do: set it up, read why, leave.
_OPEN = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_reauthenticate",
        "account_change_password",
        "logout",
        "set_language",
        "health",
    }
)


def has_factor(user: User) -> bool:
    """Whether a second factor is set up; recovery codes alone are none."""
    factors = Authenticator.objects.filter(user=user)
    return bool(factors.exclude(type=Authenticator.Type.RECOVERY_CODES).exists())


def must_have_factor(user: User) -> bool:
    """Whether the setting asks for one; ``*`` asks everybody."""
    wanted = set(settings.MFA_ROLES)
    if not wanted:
        return False
    return "*" in wanted or user.groups.filter(name__in=wanted).exists()


class RequiredFactor:
    """Leads whoever lacks the factor that his role asks for to where it is set up."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, _kwargs: object
    ) -> HttpResponse | None:
        """Stop what comes too early."""
        user, match = request.user, request.resolver_match
        if not isinstance(user, User) or match is None or match.view_name in _OPEN:
            return None
        if not must_have_factor(user) or has_factor(user):
            return None
        if request.session.get(SECOND_FACTOR) == user.pk:
            return None
        if request.headers.get("HX-Request"):
            return HttpResponse(status=HTTPStatus.FORBIDDEN)
        return redirect("mfa_index")
