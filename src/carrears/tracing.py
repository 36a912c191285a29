"""OpenTelemetry traces, by setting (``CARREARS_TRACES_URL``): off they cost nothing.

What leaves the house is an allow-list: which route, which job, which step, how long, how it ended.
Never an address with its query, the text of a statement, a message of an error, or who asked.
"""

from __future__ import annotations

import atexit
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import SpanContext, Tracer

# The names that OpenTelemetry's conventions give, old and new, for what says nothing of anybody.
ALLOWED = frozenset(
    {
        "http.method",
        "http.request.method",
        "http.route",
        "http.status_code",
        "http.response.status_code",
        "http.scheme",
        "url.scheme",
        "db.system",
        "db.system.name",
        "error.type",
        "exception.type",
        "carrears.count",
        "carrears.day",
        "carrears.engine",
        "carrears.job",
        "carrears.attempt",
        "carrears.step",
    }
)
_VERBS = frozenset(
    {"begin", "commit", "copy", "delete", "insert", "listen", "rollback", "select", "set"}
    | {"truncate", "update", "with"}
)
_SECONDS = 2.0  # for one sending; nobody waits for it but the thread that sends

_tracer: Tracer | None = None


class TracingError(Exception):
    """Traces are asked for and cannot be had; the message says why."""


@contextmanager
def span(name: str, **told: str | int) -> Iterator[None]:
    """Trace what happens inside, under ``name``, with figures that are named ``carrears.…``."""
    if _tracer is None:
        yield
        return
    attributes = {f"carrears.{key}": value for key, value in told.items()}
    with _tracer.start_as_current_span(name, attributes=attributes):
        yield


async def trace_job(call_next: Any, context: Any, _worker: Any) -> Any:
    """Trace a background job: procrastinate's hook around each."""
    with span("job", job=context.job.task_name, attempt=context.job.attempts + 1):
        return await call_next()


def start_tracing(service: str) -> None:
    """Send traces from now on if a setting says where to; once a process.

    Raises:
        TracingError: the extra ``otel`` is not installed.
    """
    from django.conf import settings  # noqa: PLC0415  pure modules use spans without Django

    global _tracer  # noqa: PLW0603  one a process, as OpenTelemetry's own
    if not settings.TRACES_URL or _tracer is not None:
        return
    try:
        provider = _provider(service, settings.TRACES_URL, settings.TRACES_RATIO)
    except ImportError as error:
        raise TracingError(
            f"CARREARS_TRACES_URL is set, and {error.name} is missing: install carrears[otel]"
        ) from error
    _tracer = provider.get_tracer("carrears")
    atexit.register(provider.shutdown)


def _provider(service: str, url: str, ratio: float) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415  an extra
        OTLPSpanExporter,
    )
    from opentelemetry.instrumentation.django import DjangoInstrumentor  # noqa: PLC0415
    from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415

    resource = Resource({"service.name": service})
    provider = TracerProvider(
        resource=resource, sampler=ParentBased(TraceIdRatioBased(ratio)), shutdown_on_exit=False
    )
    sender = OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces", timeout=_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(_cleaning(sender)))
    DjangoInstrumentor().instrument(tracer_provider=provider)
    PsycopgInstrumentor().instrument(tracer_provider=provider)
    return provider


def _cleaning(sender: Any) -> Any:
    """An exporter that passes on what is allowed of each span."""
    from opentelemetry.sdk.trace.export import SpanExporter  # noqa: PLC0415  an extra

    class Cleaning(SpanExporter):
        def export(self, spans: Sequence[ReadableSpan]) -> Any:
            return sender.export([clean(one) for one in spans])

        def shutdown(self) -> None:
            sender.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            return bool(sender.force_flush(timeout_millis))

    return Cleaning()


def clean(one: ReadableSpan) -> ReadableSpan:
    """What may leave of a span: allowed attributes, its route or kind as name, no message."""
    from opentelemetry.sdk.trace import Event, ReadableSpan  # noqa: PLC0415  an extra
    from opentelemetry.trace import Status  # noqa: PLC0415

    events = [Event(each.name, _allowed(each.attributes), each.timestamp) for each in one.events]
    return ReadableSpan(
        name=_name_of(one),
        context=_bare(one.get_span_context()),
        parent=one.parent,
        resource=one.resource,
        attributes=_allowed(one.attributes),
        events=events,
        kind=one.kind,
        status=Status(one.status.status_code),
        start_time=one.start_time,
        end_time=one.end_time,
        instrumentation_scope=one.instrumentation_scope,
    )


def _bare(context: SpanContext | None) -> SpanContext | None:
    """Without its ``tracestate``, where whoever asked may have put anything."""
    from opentelemetry.trace import SpanContext  # noqa: PLC0415  an extra

    if context is None:
        return None
    return SpanContext(context.trace_id, context.span_id, context.is_remote, context.trace_flags)


def _allowed(attributes: Any) -> dict[str, Any]:
    return {key: value for key, value in (attributes or {}).items() if key in ALLOWED}


def _name_of(one: ReadableSpan) -> str:
    """Of a request its method and route, of a statement its first word; else our own name."""
    told = one.attributes or {}
    method = told.get("http.request.method", told.get("http.method"))
    if method is not None:
        return f"{method} {told.get('http.route', '')}".strip()
    if "db.system" in told or "db.system.name" in told:
        word = re.match(r"[a-z]*", one.name.lower())
        return word[0].upper() if word and word[0] in _VERBS else "SQL"
    return one.name
