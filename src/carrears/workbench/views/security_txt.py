from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from carrears.clock import now

_GOOD_FOR = timedelta(days=180)  # RFC 9116 recommends less than a year


@require_safe
def security_txt(_request: HttpRequest) -> HttpResponse:
    """Where to report a weakness (RFC 9116); 404 where the lender names nobody."""
    if not settings.SECURITY_CONTACT:
        raise Http404
    expires = (now() + _GOOD_FOR).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = (
        *(f"Contact: {one.strip()}" for one in settings.SECURITY_CONTACT.split(",")),
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: zh, en",
        f"Canonical: {settings.PUBLIC_URL.rstrip('/')}/.well-known/security.txt",
    )
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; charset=utf-8")
