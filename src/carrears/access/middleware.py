"""The walls that every request stands behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

from carrears.access.doors import refuse_outsiders
from carrears.access.models import User
from carrears.access.organisations import access_day
from carrears.access.seeing import reach_of
from carrears.clock import now
from carrears.database.wall import EVERYTHING, Standing, Wall


class BehindTheWall:
    """Whatever a request asks the database, it asks for its user (``database.wall``).

    Before it is known who asks, and for strangers, no row of a case is there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> Any:
        """Answer; what is sent bit by bit is asked for behind the wall, too."""
        day = access_day(now()).isoformat()
        wall = Wall(lambda: standing_of(request, day))
        with wall.raised():
            response: Any = self._get_response(request)
        if isinstance(response, StreamingHttpResponse) and not response.is_async:
            parts: Any = response.streaming_content
            response.streaming_content = _walled(wall, parts)
        return response


class ClosedDoors:
    """People of agencies come in by the doors that are open to them; see ``doors``."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        return self._get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> None:
        """Refuse a closed door before its view runs; the API asks again once it knows the user."""
        refuse_outsiders(request.user, request.resolver_match, request.method or "")


def standing_of(request: HttpRequest, day: str) -> Standing:
    """For whom a request asks; for nobody as long as its user was not looked up."""
    user = request.__dict__.get("user")
    if type(user) is not User:  # Django's own stand-in looks the user up when it is first asked
        user = getattr(request, "_cached_user", None)
    if not isinstance(user, User):
        return Standing()
    reach = reach_of(user)
    if not reach.inside:
        return Standing(_listed(reach.agencies), day)
    # A program, an administrator: what he does to cases is the house's, and asked as the house.
    if not user.has_perm("casework.view_case"):
        return Standing("", day, user=str(user.pk), caseless=True)
    if reach.everything:
        return Standing(EVERYTHING, day)
    return Standing(_listed(reach.colleagues or ()), day, user=str(user.pk), pool=reach.pool)


def _listed(organisations: Iterable[int]) -> str:
    return ",".join(map(str, sorted(organisations)))


def _walled(wall: Wall, parts: Iterable[bytes]) -> Iterator[bytes]:
    source = iter(parts)
    while True:
        with wall.raised():
            part = next(source, None)
        if part is None:
            return
        yield part
