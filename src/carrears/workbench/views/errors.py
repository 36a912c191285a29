"""Pages for what went wrong; they need neither a user nor the database."""

# ruff: noqa: ARG001  Django gives request, exception and reason by these names

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _page(HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _page(HTTPStatus.FORBIDDEN)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _page(HTTPStatus.NOT_FOUND)


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    return _page(HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open too long, or came from elsewhere."""
    return _page(
        HTTPStatus.FORBIDDEN,
        title=gettext("This page was open too long"),
        detail=gettext("Go back, load the page again and repeat what you did."),
    )


def refused(detail: str) -> HttpResponse:
    """409 for what cannot be done as things stand."""
    return _page(HTTPStatus.CONFLICT, title=gettext("That cannot be done"), detail=detail)


def _page(status: HTTPStatus, **context: Any) -> HttpResponse:
    body = render_to_string("workbench/error.html", {"status": status.value} | context)
    return HttpResponse(body, status=status)
