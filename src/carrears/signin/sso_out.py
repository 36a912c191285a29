"""Signing out at the company's provider as well, where somebody came in through it.

By OpenID Connect RP-Initiated Logout 1.0: the browser is led to the provider's
``end_session_endpoint`` with the id token that it gave as a hint, so that it need not ask. The
token waits for that in the session, sealed, and is gone with it.
"""

from __future__ import annotations

import logging
from urllib.parse import urlencode, urlsplit

from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from requests import RequestException

from carrears.signin.sealing import SealError, unseal
from carrears.signin.sso import ID_TOKEN, PROVIDER_ID, SsoExchange, is_on

_log = logging.getLogger(__name__)


def way_out(request: HttpRequest) -> str | None:
    """Where the browser has to go to be signed out at the provider too.

    None where the session did not begin there, or the provider has no such address or does not
    answer: signing out here never waits for it.
    """
    sealed = request.session.get(ID_TOKEN)
    if not sealed or not is_on():
        return None
    try:
        hint = unseal(sealed)
        exchange = SsoExchange(request, PROVIDER_ID)
        address = exchange.openid_config.get("end_session_endpoint") or ""
    except (SealError, RequestException, OAuth2Error, ValueError, KeyError) as error:
        _log.warning("no way out through the company's provider: %s", type(error).__name__)
        return None
    if urlsplit(address).scheme not in {"https", urlsplit(settings.SSO_ISSUER).scheme}:
        return None
    asked = {
        "id_token_hint": hint,
        "client_id": settings.SSO_CLIENT_ID,
        "post_logout_redirect_uri": request.build_absolute_uri(reverse("login")),
    }
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"
