"""Where gateways tell us what became of texts and what people answered.

Twilio signs what it tells. Alibaba Cloud and Tencent Cloud do not: there a secret stands in the
address, made once and kept with the keys; ``carrears sms --addresses`` says what to enter there.
"""

from __future__ import annotations

import hmac
import secrets
from http import HTTPStatus
from pathlib import Path

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from carrears.database.wall import as_house
from carrears.evidence.services import sequence
from carrears.keyfiles import read_or_create
from carrears.outreach.http_sms.account import account_of, name_of
from carrears.outreach.http_sms.vendor import PushError, Vendor
from carrears.outreach.told_by_http import secret_of_settings, take_told
from carrears.signin.limits import take
from carrears.signin.origin import client_ip, kept_origin


@csrf_exempt  # a service posts here; its signature is the proof
@never_cache
@require_POST
def take_signed(request: HttpRequest, gateway: str) -> HttpResponse:
    """Take in what a service signed."""
    vendor = _vendor(gateway)
    url = outside(request.get_full_path())
    told = {name.lower(): value for name, value in request.headers.items()}
    if not vendor.is_genuine(url, request.body, told):
        return _not_from_it(request)
    return _take(vendor, url, request.body)


@csrf_exempt  # a service posts here; the secret in the address is the proof
@never_cache
@require_POST
def take_secret(request: HttpRequest, gateway: str, secret: str) -> HttpResponse:
    """Take in what was posted to the secret address of a service that does not sign."""
    vendor = _vendor(gateway)
    if vendor.name == "twilio" or not hmac.compare_digest(secret.encode(), push_secret().encode()):
        return _not_from_it(request)
    return _take(vendor, outside(request.get_full_path()), request.body)


def push_address(gateway: str) -> str:
    """Where a service is to tell us, as it is known outside."""
    if gateway == "twilio":
        return outside(reverse("sms-push-signed", args=[gateway]))
    return outside(reverse("sms-push", args=[gateway, push_secret()]))


def push_secret() -> str:
    """The secret in the address; made once."""
    path = Path(settings.KEYS_DIR) / "sms-push.key"
    return read_or_create(path, make=lambda: secrets.token_urlsafe(24)).strip()


def outside(path: str) -> str:
    """A path of ours as it is known outside."""
    return settings.PUBLIC_URL.rstrip("/") + path


def vendor_of_settings() -> tuple[Vendor, float]:
    """The account that is set, and after how many seconds it is asked.

    Raises:
        ValueError: none is set, or it cannot be read.
    """
    pushes = outside(reverse("sms-push-signed", args=["twilio"]))
    return account_of(settings.SMS_URL, secret=secret_of_settings(), pushes=pushes)


def _vendor(gateway: str) -> Vendor:
    if settings.DEMO or gateway != name_of(settings.SMS_URL):
        raise Http404
    return vendor_of_settings()[0]


def _not_from_it(request: HttpRequest) -> HttpResponse:
    """Missing, and 429 to whoever keeps trying: what is from the service is never counted."""
    stranger = f"push:{kept_origin(client_ip(request))['address']}"
    if wait := take(stranger, at_most=settings.SIGN_IN_PER_MINUTE):
        status = HTTPStatus.TOO_MANY_REQUESTS
        return HttpResponse(status=status, headers={"Retry-After": str(wait)})
    raise Http404


def _take(vendor: Vendor, url: str, body: bytes) -> HttpResponse:
    try:
        told = vendor.read_push(url, body)
    except PushError as error:
        return HttpResponseBadRequest(str(error), content_type="text/plain")
    with as_house():  # the service is proven: nobody has to sign in
        take_told(vendor.name, told)
    sequence()
    kind, words = vendor.thanks
    return HttpResponse(words, content_type=kind)
