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
    return told(HTTPStatus.BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return told(HTTPStatus.FORBIDDEN)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return told(HTTPStatus.NOT_FOUND)


def broken(request: HttpRequest) -> HttpResponse:
    """500."""
    return told(HTTPStatus.INTERNAL_SERVER_ERROR)


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was open too long, or came from elsewhere."""
    return told(
        HTTPStatus.FORBIDDEN,
        title=gettext("This page was open too long"),
        detail=gettext("Go back, load the page again and repeat what you did."),
    )


def too_many(
    request: HttpRequest, exception: Exception | None = None, *, wait: int = 300
) -> HttpResponse:
    """429."""
    answer = told(
        HTTPStatus.TOO_MANY_REQUESTS,
        title=gettext("Too many attempts"),
        detail=gettext("Wait some minutes and try again."),
    )
    answer.headers["Retry-After"] = str(wait)
    return answer


def form_only(allowed: str) -> HttpResponse:
    """405 for whoever loads anew what a form has been sent to; ``allowed`` is the header."""
    answer = told(
        HTTPStatus.METHOD_NOT_ALLOWED,
        title=gettext("This address only takes what a form sends"),
        detail=gettext("Go back and open the page anew. Nothing was sent a second time."),
    )
    answer.headers["Allow"] = allowed
    return answer


def file_faulty(detail: str) -> HttpResponse:
    """503 until somebody mends a file of the house."""
    return told(
        HTTPStatus.SERVICE_UNAVAILABLE,
        title=gettext("A file of the house has a mistake"),
        detail=gettext("Tell whoever looks after the system to mend it: %(fault)s")
        % {"fault": detail},
    )


def refused(detail: str) -> HttpResponse:
    """409 for what cannot be done as things stand."""
    return told(HTTPStatus.CONFLICT, title=gettext("That cannot be done"), detail=detail)


def told(status: HTTPStatus, **context: Any) -> HttpResponse:
    """A page of this status; ``title`` and ``detail`` say more than the status does."""
    body = render_to_string("workbench/error.html", {"status": status.value} | context)
    return HttpResponse(body, status=status)
