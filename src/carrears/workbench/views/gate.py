"""Who may see a page: signed in, with the page's permission."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django_htmx.middleware import HtmxDetails

from carrears.access.models import User
from carrears.signin.leading_back import without_words

_P = ParamSpec("_P")


class StaffRequest(HttpRequest):
    """A request of somebody who signed in."""

    user: User
    htmx: HtmxDetails


_View = Callable[Concatenate[StaffRequest, _P], HttpResponseBase]


def staff(permission: str = "") -> Callable[[_View[_P]], Callable[..., HttpResponseBase]]:
    """Let only staff with ``permission`` in; strangers are led to the sign-in.

    A part of a page that a stranger asks for is refused instead: the sign-in has no place in
    the middle of a page.
    """

    def wrap(view: _View[_P]) -> Callable[..., HttpResponseBase]:
        @wraps(view)
        def guarded(request: Any, *args: _P.args, **kwargs: _P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                if request.htmx:
                    return HttpResponse(status=HTTPStatus.UNAUTHORIZED)
                return redirect_to_login(without_words(request.get_full_path()))
            if permission and not request.user.has_perm(permission):
                raise PermissionDenied
            response = view(request, *args, **kwargs)
            patch_vary_headers(response, ["HX-Request"])
            response.headers.setdefault("Cache-Control", "no-store, private")
            return response

        return guarded

    return wrap


def is_part(request: StaffRequest) -> bool:
    """Whether only the changing part of a page is asked for."""
    return bool(request.htmx) and not request.htmx.boosted
