"""How often one person may ask the screens: generously, and not without end.

A script that reads case after case by somebody's session is slowed, and leaves evidence. What one
process sees of a person in a minute is counted there; once that is a good part of the limit it is
counted in the database, for all processes: ordinary work costs nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.services import KeyReusedError
from carrears.signin.limits import WINDOW_SECONDS, take
from carrears.signin.trace import tell
from carrears.workbench.views.errors import too_many

_FREE = 10  # of the limit, so much in one process is not counted in the database


class Pace:
    """429 to who asks more than ``SCREENS_PER_MINUTE`` times a minute."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response
        self._lock = Lock()
        self._period = 0
        self._seen: Counter[int] = Counter()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or say to wait."""
        if settings.SESSION_COOKIE_NAME in request.COOKIES and settings.SCREENS_PER_MINUTE:
            user = request.user
            if isinstance(user, User) and (wait := self._wait_of(user)):
                _tell(user, request)
                return too_many(request, wait=wait)
        return self._get_response(request)

    def _wait_of(self, user: User) -> int:
        period = int(time.time() // WINDOW_SECONDS)
        with self._lock:
            if period != self._period:
                self._period = period
                self._seen.clear()
            self._seen[user.pk] += 1
            seen = self._seen[user.pk]
        if seen <= settings.SCREENS_PER_MINUTE // _FREE:
            return 0
        return take(f"person:{user.pk}", at_most=settings.SCREENS_PER_MINUTE)


def _tell(user: User, request: HttpRequest) -> None:
    """Once an hour for a person."""
    name = user.get_username()
    key = f"access.slowed:{user.pk}:{now():%Y%m%d%H}"
    with suppress(KeyReusedError):
        tell("access.slowed", subject=name, actor=name, request=request, key=key)
