"""Headers that every page carries, and the language and the clock it is read by."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from carrears.access.models import User
from carrears.clock import zone
from carrears.homefiles import HomeFileError
from carrears.workbench.views.errors import file_faulty, form_only, missing

_log = logging.getLogger(__name__)
_FORM = "application/x-www-form-urlencoded"


def content_policy(*images: str) -> str:
    """What a page may load: what is the house's own, and pictures from these origins besides."""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            " ".join(("img-src 'self' data:", *images)),
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "object-src 'none'",
        )
    )


_POLICY = content_policy()


# The microphone records calls, passkeys sign in; nothing else of a machine is for these pages.
_USUAL = ("microphone", "publickey-credentials-get", "publickey-credentials-create")
_OTHERS = (
    "accelerometer",
    "browsing-topics",
    "camera",
    "display-capture",
    "geolocation",
    "gyroscope",
    "magnetometer",
    "midi",
    "payment",
    "usb",
)


def features(*besides: str) -> str:
    """What of a machine a page may use: the usual, and what is named besides."""
    allowed = (*_USUAL, *besides)
    closed = (name for name in _OTHERS if name not in besides)
    return ", ".join((*(f"{name}=(self)" for name in allowed), *(f"{name}=()" for name in closed)))


_FEATURES = features()


class ContentSecurityPolicy:
    """Nothing inline, nothing from elsewhere, and nothing of it in a cache."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer with the policy, unless a view set its own."""
        response = self._get_response(request)
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers.setdefault("Permissions-Policy", _FEATURES)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("X-Frame-Options", "DENY")  # also where a middleware answered
        # What is the same for everybody, files of the front end, is served before this.
        response.headers.setdefault("Cache-Control", "no-store, private")
        return response


class ChosenLanguage:
    """The language that was chosen by the switch, else the house's own.

    What the browser asks for is not heard: a department speaks one language until somebody
    chooses another.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in that language."""
        language = settings.LANGUAGE_CODE
        if chosen := request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME):
            with suppress(LookupError):
                language = translation.get_supported_language_variant(chosen)
        request.LANGUAGE_CODE = language
        with translation.override(language):
            response = self._get_response(request)
        patch_vary_headers(response, ["Cookie"])
        response.headers.setdefault("Content-Language", language)
        return response


class PlainAddresses:
    """An address says nothing by a NUL, which no text of the database can hold.

    One that only takes forms says so to whoever loads it anew, rather than nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer as if no NUL were asked with; nothing has one in its name."""
        if "\0" in request.path_info:
            return missing(request)
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = cast("Any", _without_nul(request.GET))
        response = self._get_response(request)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED and not response.content:
            return form_only(response.headers.get("Allow", ""))
        return response

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Nor do the fields of a form; it is short, and read by now (CSRF)."""
        if request.content_type == _FORM and any("\0" in each for each in _values(request.POST)):
            request.POST = cast("Any", _without_nul(request.POST))


def _values(asked: QueryDict) -> Iterator[str]:
    return (str(each) for _, values in asked.lists() for each in values)


def _without_nul(asked: QueryDict) -> QueryDict:
    plain = asked.copy()
    for name, values in asked.lists():
        plain.setlist(name, [str(each).replace("\0", "") for each in values])
    return plain


class ReaderClock:
    """Moments are shown by the clock of whoever reads."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer in the reader's time zone, in the lender's for a zone that is none."""
        if not isinstance(request.user, User):
            return self._get_response(request)
        try:
            known = zone(request.user.time_zone)
        except ValueError:
            return self._get_response(request)
        with timezone.override(known):
            return self._get_response(request)


class HouseFiles:
    """A file of the lender's own that cannot be used is told of in words, not as a breakdown."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Say which file and what is wrong in it, to whoever has signed in."""
        if not isinstance(error, HomeFileError) or not request.user.is_authenticated:
            return None
        _log.error("a file of the house cannot be used: %s", error)
        return file_faulty(str(error))
