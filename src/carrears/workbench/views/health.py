from __future__ import annotations

from hmac import compare_digest
from http import HTTPStatus

from django.conf import settings
from django.db import Error, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from carrears.workbench.queries.vitals import exposition, gauges, unready


@require_safe
@never_cache
def show_health(_request: HttpRequest) -> JsonResponse:
    """Whether this process answers and reaches its database."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("select 1")
    except Error:
        return JsonResponse({"database": "unreachable"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
    return JsonResponse({"database": "ok"})


@require_safe
@never_cache
def show_readiness(_request: HttpRequest) -> JsonResponse:
    """Whether this process may be sent requests: database reached and migrated, keys open."""
    try:
        missing = unready()
    except Error:
        missing = ["database"]
    status = HTTPStatus.SERVICE_UNAVAILABLE if missing else HTTPStatus.OK
    return JsonResponse({"ready": not missing, "missing": missing}, status=status)


@require_safe
@never_cache
def show_metrics(request: HttpRequest) -> HttpResponse:
    """The figures for Prometheus, for whoever has the token; nobody without one is set."""
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    given = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not compare_digest(given.encode(), wanted.encode()):
        raise Http404
    return HttpResponse(exposition(gauges()), content_type="text/plain; version=0.0.4")
