"""One's own account: password, second factors. The steps are allauth's, the pages ours."""

from __future__ import annotations

from typing import Any

from allauth.account.views import PasswordChangeView, ReauthenticateView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.base.views import ReauthenticateView as FactorView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from carrears.evidence.services import sequence
from carrears.signin.models import StaffSession
from carrears.signin.sessions import end
from carrears.workbench.queries.account import account_page
from carrears.workbench.views.gate import StaffRequest, staff


@require_safe
@staff()
def show_account(request: StaffRequest) -> HttpResponse:
    """One's own account."""
    page = account_page(request.user, session_key=request.session.session_key or "")
    return render(request, "workbench/account.html", {"page": page})


@require_POST
@staff()
def end_session(request: StaffRequest, pk: int = 0) -> HttpResponse:
    """End one of one's own sessions; without a number all but this one."""
    found = StaffSession.objects.filter(user=request.user)
    found = found.filter(pk=pk) if pk else found.exclude(session_key=request.session.session_key)
    if end(found, why="owner"):
        sequence()
        messages.success(request, gettext("It is ended."))
    return redirect("mfa_index")


class _Own:
    """Kept by no cache."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Answer."""
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        answer.headers["Cache-Control"] = "no-store, private"
        return answer


class _Confirm(_Own):
    template_name = "workbench/confirm.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the other ways to confirm."""
        found: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        titles = {
            "reauthenticate": gettext("Use the password"),
            "mfa_reauthenticate": gettext("Use a code"),
            "mfa_reauthenticate:webauthn": gettext("Use a passkey"),
        }
        others = found["reauthentication_alternatives"]
        asked: HttpRequest = self.request  # type: ignore[attr-defined]
        found["others"] = tuple((one["url"], titles[one["id"]]) for one in others)
        found["next"] = asked.POST.get("next") or asked.GET.get("next", "")
        return found


class ConfirmByPassword(_Confirm, ReauthenticateView):  # type: ignore[misc]
    """Confirm by password, for whoever has no second factor."""


class ConfirmByCode(_Confirm, FactorView):  # type: ignore[misc]
    """Confirm by a fresh code."""


class Factor(_Own, AuthenticateView):  # type: ignore[misc]
    """The second step of signing in."""

    template_name = "workbench/factor.html"


class Password(_Own, PasswordChangeView):  # type: ignore[misc]
    """Change the password."""

    template_name = "workbench/password.html"

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Only for those who have one."""
        if request.user.is_authenticated and not request.user.has_usable_password():
            return redirect("mfa_index")
        return super().dispatch(request, *args, **kwargs)


class NewApp(_Own, ActivateTOTPView):  # type: ignore[misc]
    """Set an authenticator app up."""

    template_name = "workbench/app_new.html"


class RemoveApp(_Own, DeactivateTOTPView):  # type: ignore[misc]
    """Remove it."""

    template_name = "workbench/app_remove.html"


class RecoveryCodes(_Own, ViewRecoveryCodesView):  # type: ignore[misc]
    """Show the recovery codes, once."""

    template_name = "workbench/recovery_codes.html"


class NewCodes(_Own, GenerateRecoveryCodesView):  # type: ignore[misc]
    """Make new ones."""

    template_name = "workbench/recovery_codes_new.html"


class NewPasskey(_Own, AddWebAuthnView):  # type: ignore[misc]
    """Add a passkey."""

    template_name = "workbench/passkey_new.html"


class RemovePasskey(_Own, RemoveWebAuthnView):  # type: ignore[misc]
    """Remove one of one's own."""

    template_name = "workbench/passkey_remove.html"
    success_url = reverse_lazy("mfa_index")


class ConfirmByPasskey(_Confirm, ReauthenticateWebAuthnView):  # type: ignore[misc]
    """Confirm by a passkey."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Ask again, and say why."""
        answer: HttpResponse = self.render_to_response(self.get_context_data(form=form))
        return answer
