"""Step-up: what matters most asks who one is once more, by the second factor where there is one."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.signin.leading_back import without_words
from carrears.signin.required import has_factor
from carrears.signin.sessions import BEGAN


def is_fresh(request: HttpRequest, user: User) -> bool:
    """Whether ``user`` proved within ``CARREARS_STEP_UP_MINUTES`` who he is.

    With a second factor only that counts, also when it was part of signing in; else the password,
    or the sign-in itself.
    """
    since = time.time() - settings.STEP_UP_MINUTES * 60
    records = get_authentication_records(request, user)
    if has_factor(user):
        return any(one["method"] == "mfa" and one["at"] > since for one in records)
    return request.session.get(BEGAN, 0) > since or any(one["at"] > since for one in records)


def stepped_up(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let a view be reached only freshly confirmed; stands below ``staff``.

    Who is not is led to the confirmation and back to the page he came from, where he presses
    again: nothing of what he sent is kept meanwhile.
    """

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if is_fresh(request, request.user):
            return view(request, *args, **kwargs)
        return ask_again(request)

    return guarded


def ask_again(request: HttpRequest) -> HttpResponse:
    """Lead to the confirmation, and back to the page he came from."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    if methods:
        address = f"{methods[0]['url']}?{urlencode({'next': _came_from(request)})}"
    else:  # who signs in through his company has nothing to confirm by yet
        messages.error(request, gettext("Set a second factor up first: this is protected."))
        address = reverse("mfa_index")
    if request.headers.get("HX-Request"):
        return HttpResponse(status=HTTPStatus.OK, headers={"HX-Redirect": address})
    return redirect(address)


def _came_from(request: HttpRequest) -> str:
    if request.method == "GET" and not request.headers.get("HX-Request"):
        return without_words(request.get_full_path())
    told = request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "/"
    if not url_has_allowed_host_and_scheme(told, allowed_hosts={request.get_host()}):
        return "/"
    parts = urlsplit(told)
    return without_words(f"{parts.path}?{parts.query}" if parts.query else parts.path)
