"""Sessions end: after idle time, after a working day, beyond a number, and at one's word.

Two moments live in the session itself, so that a request costs no query for them: when it began
and when it was last seen, the latter to the minute.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from typing import Any, Literal

from allauth.account.signals import password_changed
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from carrears.access.models import User
from carrears.clock import now
from carrears.signin.models import StaffSession
from carrears.signin.origin import client_ip, kept_origin
from carrears.signin.tokens import revoke_all
from carrears.signin.trace import tell

Why = Literal["idle", "age", "number", "owner", "password", "left", "deactivated"]
BEGAN, SEEN = "carrears_began", "carrears_seen"
_SEEN_EVERY_SECONDS = 60
_BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"),
             ("MicroMessenger", "WeChat"), ("Chrome", "Chrome"), ("Safari", "Safari"))  # fmt: skip
_SYSTEMS = (("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip


def connect() -> None:
    """Follow signing in and out, and changed passwords; called once, when the models are there."""
    user_logged_in.connect(_signed_in, weak=False)
    user_logged_out.connect(_signed_out, weak=False)
    password_changed.connect(_password_changed, weak=False)


def _signed_in(*, request: HttpRequest | None, user: User, **_: Any) -> None:
    if request is not None:
        begin(request, user)


def _signed_out(*, request: HttpRequest | None, **_: Any) -> None:
    if request is not None:
        key = request.session.session_key or ""
        StaffSession.objects.filter(session_key=key).delete()


@transaction.atomic
def _password_changed(*, user: User, **_: Any) -> None:
    end(StaffSession.objects.filter(user=user), why="password")
    revoke_all(user, by=user.get_username())


@transaction.atomic
def begin(request: HttpRequest, user: User) -> None:
    """Enter a session that just began, and end the oldest beyond ``CARREARS_SESSIONS``."""
    request.session[BEGAN] = request.session[SEEN] = int(time.time())
    key, moment = request.session.session_key, now()
    if key is None:
        return  # a session that is not kept, as scripts have it
    origin = kept_origin(client_ip(request))
    values = {
        "user": user,
        "since": moment,
        "seen_at": moment,
        "network": origin["network"],
        "agent": agent_name(request.headers.get("User-Agent", "")),
    }
    StaffSession.objects.update_or_create(session_key=key, defaults=values)
    live = StaffSession.objects.filter(user=user).exclude(session_key=key).order_by("-seen_at")
    end(live[max(settings.SESSIONS - 1, 0) :], why="number")


@transaction.atomic
def end(sessions: Iterable[StaffSession], *, why: Why) -> int:
    """End sessions; each end is evidence. How many were."""
    ended = list(sessions)
    Session.objects.filter(session_key__in=[one.session_key for one in ended]).delete()
    StaffSession.objects.filter(pk__in=[one.pk for one in ended]).delete()
    for one in ended:
        name = one.user.get_username()
        tell("session.ended", subject=name, why=why, session=_token(one.session_key))
    return len(ended)


def sessions_of(user: User) -> list[StaffSession]:
    """The sessions that somebody could go on with, the last seen first."""
    live = Session.objects.filter(expire_date__gt=now()).values("session_key")
    found = StaffSession.objects.filter(user=user, session_key__in=live).select_related("user")
    return list(found.order_by("-seen_at", "-pk"))


def agent_name(text: str) -> str:
    """Browser and system of a ``User-Agent``, in two words; empty when it names none we know."""
    found = (
        next((name for sign, name in known if sign in text), "") for known in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(filter(None, found))


def _token(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:16]


class SessionLimits:
    """Ends a session that is too old, or was not used for too long."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, to nobody where the session has ended."""
        user = request.user
        if isinstance(user, User):
            if why := over(request.session, at=time.time()):
                _expire(request, user, why)
            else:
                _see(request)
        return self._get_response(request)


def over(session: Any, *, at: float) -> Why | None:
    """Why a session is over at this moment (seconds since 1970), None while it goes on."""
    began, seen = session.get(BEGAN, at), session.get(SEEN, at)
    if at - began > settings.SESSION_HOURS * 3600:
        return "age"
    return "idle" if at - seen > settings.SESSION_IDLE_MINUTES * 60 else None


def _expire(request: HttpRequest, user: User, why: Why) -> None:
    key = request.session.session_key or ""
    end(StaffSession.objects.filter(user=user, session_key=key), why=why)
    logout(request)
    messages.info(request, gettext("Your session has ended. Sign in to go on."))


def _see(request: HttpRequest) -> None:
    at = int(time.time())
    request.session.setdefault(BEGAN, at)
    if at - request.session.get(SEEN, 0) < _SEEN_EVERY_SECONDS:
        return
    request.session[SEEN] = at
    StaffSession.objects.filter(session_key=request.session.session_key).update(seen_at=now())
