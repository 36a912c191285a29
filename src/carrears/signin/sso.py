"""Single sign-on by OpenID Connect: who the company says somebody is, checked to the last word.

The steps are allauth's; this adds what a lender needs: the id token's signature is always verified
(also when it came by TLS), by asymmetric algorithms alone; the issuer has to be the one that was
configured; a nonce binds the token to this browser and is good once; nobody is known by his e-mail
address; and every refusal is evidence. https://openid.net/specs/openid-connect-core-1_0.html#IDTokenValidation
"""

# ruff: noqa: ARG002  the signatures are allauth's

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

import jwt
import requests
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.shortcuts import redirect
from django.utils.translation import gettext

from carrears.access.organisations import AccessError
from carrears.clock import now
from carrears.signin.guarded import guarded_session
from carrears.signin.origin import name_token
from carrears.signin.required import SECOND_FACTOR
from carrears.signin.sealing import seal
from carrears.signin.sso_people import follow_claims, is_allowed, provision, user_of_subject
from carrears.signin.trace import tell

PROVIDER_ID = "sso"
ID_TOKEN = "carrears_sso_id_token"  # noqa: S105  in the session: sealed, for signing out there
_NONCES = "carrears_sso_nonces"
_AT_ONCE = 5  # sign-ins that one browser may have under way
_ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"})


def is_on() -> bool:
    """Whether the lender configured it."""
    return bool(settings.SSO_ISSUER and settings.SSO_CLIENT_ID)


class SsoProvider(OpenIDConnectProvider):  # type: ignore[misc]
    """The company's provider: what is asked of it is ours to say, not the browser's."""

    def get_auth_params_from_request(self, request: HttpRequest, action: Any) -> dict[str, Any]:
        """A fresh nonce, kept in the session."""
        nonce = secrets.token_urlsafe(24)
        kept = request.session.get(_NONCES, [])
        request.session[_NONCES] = [*kept, nonce][-_AT_ONCE:]
        return {"nonce": nonce}

    def get_oauth2_adapter(self, request: HttpRequest) -> SsoExchange:
        """The exchange that checks as said above."""
        return SsoExchange(request, PROVIDER_ID)


class SsoExchange(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]
    """Code for token, and the token's claims."""

    def get_provider(self) -> SsoProvider:
        """The one that is configured.

        Raises:
            SocialApp.DoesNotExist: none is.
        """
        return SsoProvider(self.request, app=_app())

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        """As allauth does, but an answer without an id token is none.

        Raises:
            OAuth2Error: there is none.
        """
        id_token = kwargs["response"].get("id_token")
        if not id_token:
            raise OAuth2Error("no id token")
        login = super().complete_login(request, app, token, **kwargs)
        request.session[ID_TOKEN] = seal(id_token)
        return login

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        if self.openid_config.get("issuer", "").rstrip("/") != settings.SSO_ISSUER:
            raise OAuth2Error("the provider calls itself by another name")
        try:
            algorithm = jwt.get_unverified_header(id_token).get("alg")
        except jwt.PyJWTError as error:
            raise OAuth2Error("no id token") from error
        if algorithm not in _ALGORITHMS:
            raise OAuth2Error("the id token is not signed as it has to be")
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        self._use_nonce(claims)
        return claims

    def _use_nonce(self, claims: Mapping[str, Any]) -> None:
        kept = self.request.session.get(_NONCES, [])
        if claims.get("nonce") not in kept:
            raise OAuth2Error("the id token is of another sign-in")
        self.request.session[_NONCES] = [one for one in kept if one != claims["nonce"]]


class SsoAccounts(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Who of us it is, if anybody; and what is told of those who are nobody."""

    def get_requests_session(self) -> requests.Session:
        """One that goes no further than it may."""
        return guarded_session()

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Nobody makes an account for himself."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Find the account of a subject; no account, an inactive one or one not allowed is refused.

        Raises:
            ImmediateHttpResponse: back to the sign-in.
        """
        claims = sociallogin.account.extra_data.get("id_token", {})
        subject = str(sociallogin.account.uid)
        _forget(sociallogin)
        user = user_of_subject(subject)
        try:
            if not is_allowed(claims):
                self._refuse(request, subject, "not_allowed")
            if user is None and settings.SSO_PROVISION:
                user = provision(claims, at=now())
            if user is None:
                self._refuse(request, subject, "unknown")
            if not user.is_active:
                self._refuse(request, subject, "inactive")
            follow_claims(user, claims, at=now())
        except AccessError:
            self._refuse(request, subject, "not_made")
        if not sociallogin.is_existing:  # the account was made just now
            sociallogin.lookup()
        _forget(sociallogin)
        request.session[SECOND_FACTOR] = user.pk if had_factor(claims) else None

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        """Whatever does not check out is evidence, and leads back to the sign-in.

        Raises:
            ImmediateHttpResponse: always.
        """
        why = str(exception or error or "")
        self._refuse(request, "", "invalid", detail=why[:400])

    def _refuse(self, request: HttpRequest, subject: str, why: str, **more: str) -> NoReturn:
        request.session.pop(ID_TOKEN, None)
        told = name_token(subject) if subject else "sso"
        tell("signin.refused", subject=told, actor="", request=request, why=why, **more)
        messages.error(request, gettext("Your company's sign-in did not lead to an account here."))
        raise ImmediateHttpResponse(redirect("login"))


def _forget(sociallogin: Any) -> None:
    """Keep nothing of what the provider told."""
    sociallogin.account.extra_data = {}
    if sociallogin.account.pk is not None:
        sociallogin.account.save(update_fields=["extra_data"])


def had_factor(claims: Mapping[str, Any]) -> bool:
    """Whether the provider says, in words that the lender trusts, that it asked for a factor."""
    said = claims.get("amr", ())
    words = {said} if isinstance(said, str) else set(said)
    return not words.union({claims.get("acr", "")}).isdisjoint(settings.SSO_FACTORS)


def _app() -> SocialApp:
    if not is_on():
        raise SocialApp.DoesNotExist
    secret = Path(settings.SSO_SECRET_FILE).read_text().strip() if settings.SSO_SECRET_FILE else ""
    return SocialApp(
        provider="openid_connect",
        provider_id=PROVIDER_ID,
        name=settings.SSO_NAME,
        client_id=settings.SSO_CLIENT_ID,
        secret=secret,
        settings={
            "server_url": settings.SSO_ISSUER,
            "fetch_userinfo": False,
            "oauth_pkce_enabled": True,
        },
    )
