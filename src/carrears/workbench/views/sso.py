"""Signing in through the company, and out: there, and back."""

from __future__ import annotations

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe
from requests import RequestException

from carrears.database.wall import as_house
from carrears.signin.sso import PROVIDER_ID, SsoAccounts, SsoExchange
from carrears.signin.sso_out import way_out
from carrears.workbench.views.errors import too_many
from carrears.workbench.views.sign_in import wait_of


@require_POST
def go(request: HttpRequest) -> HttpResponseBase:
    """To the company's provider, and after it to a page of our own."""
    if wait := wait_of(request):
        return too_many(request, wait=wait)
    provider = _exchange(request, PROVIDER_ID).get_provider()
    wanted = request.POST.get("next", "")
    own = url_has_allowed_host_and_scheme(
        wanted, {request.get_host()}, require_https=request.is_secure()
    )
    try:
        answer: HttpResponseBase = provider.redirect(
            request,
            "login",
            next_url=wanted if own else None,
            auth_params=provider.get_auth_params_from_request(request, None),
        )
    except (RequestException, OAuth2Error, ValueError, KeyError) as error:
        return _refused(request, error)
    return _leave(request, answer.headers["Location"])


@require_POST
def sign_out(request: HttpRequest) -> HttpResponseBase:
    """End the session here, and at the company's provider where it began there."""
    away = way_out(request)
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL) if away is None else _leave(request, away)


def _leave(request: HttpRequest, address: str) -> HttpResponse:
    answer = render(request, "workbench/leaving.html", {"address": address})
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@require_safe
def come_back(request: HttpRequest, provider_id: str) -> HttpResponseBase:
    """With a code, which is exchanged for who it is."""
    view = OAuth2CallbackView.adapter_view(_exchange(request, provider_id))
    try:
        with as_house():  # who comes is nobody yet; accounts and roles are the house's to write
            answer: HttpResponseBase = view(request)
    except (ValueError, KeyError) as error:  # an answer of the provider that is none
        return _refused(request, error)
    return answer


def _refused(request: HttpRequest, error: Exception) -> HttpResponseBase:
    try:
        SsoAccounts().on_authentication_error(request, None, exception=error)
    except ImmediateHttpResponse as told:
        answer: HttpResponseBase = told.response
        return answer
    raise error


def _exchange(request: HttpRequest, provider_id: str) -> SsoExchange:
    exchange = SsoExchange(request, PROVIDER_ID)
    try:
        exchange.get_provider()
    except SocialApp.DoesNotExist as error:
        raise Http404 from error
    if provider_id != PROVIDER_ID:
        raise Http404
    return exchange
