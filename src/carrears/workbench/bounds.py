"""How much of a request is read at all, judged by its length before anybody reads it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext

from carrears.workbench.views.errors import told

# Forms of the sign-in, and some thousand receipts of a gateway at once.
_STRANGERS_BYTES = 1 << 20


class BoundedRequests:
    """Refuses what is longer than anything that is taken in, or does not say how long it is."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, 413 to what is too long and 411 to what has no length."""
        if "HTTP_TRANSFER_ENCODING" in request.META:  # Django would take it for empty
            return _refuse(request, HTTPStatus.LENGTH_REQUIRED, gettext("Its length is missing."))
        length = _length(request)
        if length <= _STRANGERS_BYTES:
            return self._get_response(request)
        most = settings.FILE_UPLOAD_MAX_MEMORY_SIZE if _is_known(request) else _STRANGERS_BYTES
        if length > most:
            text = gettext("At most %(size)s at once.") % {"size": filesizeformat(most)}
            return _refuse(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, text)
        return self._get_response(request)


def _length(request: HttpRequest) -> int:
    told_length = request.META.get("CONTENT_LENGTH") or "0"
    return int(told_length) if told_length.isdecimal() else 0  # as Django reads it


def _is_known(request: HttpRequest) -> bool:
    """Whether somebody signed in, or a program shows a token.

    The API judges tokens before it reads what was sent, so that a made-up one gains nothing.
    """
    if request.path_info.startswith("/api/"):
        return "HTTP_AUTHORIZATION" in request.META
    return SESSION_KEY in request.session


def _refuse(request: HttpRequest, status: HTTPStatus, detail: str) -> HttpResponse:
    if not request.path_info.startswith("/api/"):
        return told(status, title=gettext("This cannot be taken in"), detail=detail)
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "instance": request.path,
    }
    return JsonResponse(body, status=status.value, content_type="application/problem+json")
