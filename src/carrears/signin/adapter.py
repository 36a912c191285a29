"""How allauth behaves in this house."""

# ruff: noqa: ARG002, PLR0917  the signatures are allauth's

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.http import HttpRequest
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from carrears.access.models import User
from carrears.signin.origin import client_ip
from carrears.signin.sealing import seal, unseal

_SAID: dict[str, Any] = {
    "account/messages/password_changed.txt": _("Your password is changed. Sign in anew."),
    "mfa/messages/totp_activated.txt": _("The authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": _("The authenticator app is removed."),
    "mfa/messages/recovery_codes_generated.txt": _("New recovery codes are made."),
    "mfa/messages/webauthn_added.txt": _("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": _("The passkey is removed."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by the lender, and django-axes alone counts wrong passwords.

    allauth's own count is by user name: whoever knows one could lock its owner out.
    """

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("The user name or the password is not right."),
        "too_many_login_attempts": _("Too many attempts. Wait some minutes and try again."),
        "incorrect_password": _("The password is not right."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_code": _("The code is not right, or was used before."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody makes an account for himself."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Whose password it is; an inactive user is told apart from nobody."""
        user = authenticate(request, **credentials)
        return user if isinstance(user, User) else None

    def get_client_ip(self, request: HttpRequest) -> str:
        """As everywhere in this house."""
        return client_ip(request) or "0.0.0.0"  # noqa: S104  stands for none, in a key

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """The second factor where there is one, else the password: never the weaker of two."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        factors = [one for one in methods if one["id"].startswith("mfa_")]
        return factors or methods

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """Say what was done in our own words; of the rest nothing is said."""
        if text := message or _SAID.get(message_template or ""):
            messages.add_message(request, level, text, extra_tags=extra_tags)


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: their secrets are sealed, and they are named after the lender."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": AccountAdapter.error_messages["incorrect_code"],
        "cannot_generate_recovery_codes": _("Set a second factor up first."),
    }

    def encrypt(self, text: str) -> str:
        """See ``sealing``."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """See ``sealing``."""
        return unseal(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        """The user name: what the app shows is on a private telephone."""
        return user.get_username()

    def get_totp_issuer(self) -> str:
        """The lender."""
        return settings.LENDER_NAME["en-US" if (get_language() or "").startswith("en") else "zh-CN"]
