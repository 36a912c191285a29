"""The forms of the door, with the words and names of this house."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as FactorForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.utils.translation import gettext_lazy as _


def _bare(form: forms.Form) -> None:
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)


class SignInForm(LoginForm):  # type: ignore[misc]
    """User name and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bare(self)
        self.fields["login"].label = _("User name")
        self.fields["password"].label = _("Password")
        self.fields["password"].help_text = ""

    def add_prefix(self, field_name: str) -> str:
        """The user name is called ``username``, as password managers expect."""
        return "username" if field_name == "login" else field_name


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """The code of a second factor when signing in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bare(self)
        self.fields["code"].label = _("Code of the authenticator app, or a recovery code")


class ConfirmCodeForm(FactorForm):  # type: ignore[misc]
    """The code of a second factor before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bare(self)
        self.fields["code"].label = _("Code of the authenticator app, or a recovery code")


class ConfirmPasswordForm(ReauthenticateForm):  # type: ignore[misc]
    """The password before something that matters."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bare(self)
        self.fields["password"].label = _("Password")


class NewAppForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bare(self)
        self.fields["code"].label = _("The code that the app shows")


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]
    """A new password, after the present one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _bare(self)
        self.fields["oldpassword"].label = _("Present password")
        self.fields["password1"].label = _("New password")
        self.fields["password2"].label = _("New password again")
