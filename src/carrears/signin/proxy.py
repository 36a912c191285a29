"""What a proxy says is heard only from a proxy of ours."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from carrears.signin.origin import comes_by_proxy

# Django reads these: the first for `is_secure`, the others never, as long as no setting says so.
_TOLD = ("HTTP_X_FORWARDED_PROTO", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PORT")


class TrustedProxy:
    """Forgets what a stranger claims a proxy had said."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer."""
        if not comes_by_proxy(request):
            for name in _TOLD:
                request.META.pop(name, None)
        return self._get_response(request)
