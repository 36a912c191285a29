"""Traces reach a receiver by OTLP, say nothing of anybody, and cost nothing where there is none."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from homes import Home
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status
from small_tape import AS_OF
from witness.running import free_port

from carrears.dayrun.steps import STEPS
from carrears.tracing import ALLOWED

pytestmark = pytest.mark.slow

_PHONE = "13800138000"
_TRACE = "0af7651916cd43dd8448eb211c80319c"
_CALLER = {"traceparent": f"00-{_TRACE}-b7ad6b7169203331-01", "tracestate": f"phone={_PHONE}"}
_SERVER = Span.SpanKind.SPAN_KIND_SERVER
_DEFER = """
from carrears.cli import start_django
start_django()
from carrears.recordings.jobs import close_each_minute
close_each_minute.defer(timestamp=1)
"""

_FAIL = f"""
from carrears.cli import start_django
start_django(migrate=False)
from carrears.tracing import span
with span("day.step", step="settle"):
    raise LookupError("nobody has {_PHONE}")
"""


class _Receiver(ThreadingHTTPServer):
    """What a collector is to us: it takes a protobuf by POST and says 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.bodies: list[bytes] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def spans(self) -> list[Any]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in list(self.bodies)]
        found = []
        for request in requests:
            for resource in request.resource_spans:
                told = {one.key: one.value.string_value for one in resource.resource.attributes}
                for scope in resource.scope_spans:
                    found += [(told["service.name"], span) for span in scope.spans]
        return found


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/v1/traces" and self.headers["Content-Encoding"] in {None, "identity"}:
            self.server.bodies.append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@dataclass(frozen=True)
class _Traced(Home):
    url: str = ""

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"CARREARS_TRACES_URL": self.url}


@pytest.fixture
def receiver() -> Iterator[_Receiver]:
    with _Receiver() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@contextmanager
def _served(home: Home) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "carrears", "serve", f"--port={port}", "--workers=1", "--no-worker"],
        env=home.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 240
        while _status(f"{address}/healthz") != 200:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(90)


def _status(url: str, **headers: str) -> int:
    request = urllib.request.Request(url, headers=headers)  # noqa: S310  our own
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310  our own
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0


def _told(span: Any) -> dict[str, Any]:
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def test_what_is_done_is_traced_and_nobody_is_named(
    imported_home: Home, receiver: _Receiver, tmp_path: Path
) -> None:
    home = _Traced(imported_home.copy_to(tmp_path / "home").folder, receiver.url)
    with _served(home) as address:
        assert _status(f"{address}/sign-in/?next=/cases/{_PHONE}/") == 200
        assert _status(f"{address}/nobody/{_PHONE}/") == 404
        assert _status(f"{address}/healthz", **_CALLER) == 200
    subprocess.run([sys.executable, "-c", _DEFER], env=home.environ, check=True)
    home.run("worker", "--no-wait")
    home.run("day", "--as-of", AS_OF.isoformat())

    spans = receiver.spans
    names = {(service, span.name) for service, span in spans}
    assert {
        ("carrears-web", "GET sign-in/"),
        ("carrears-web", "GET healthz"),
        ("carrears-web", "SELECT"),
        ("carrears-worker", "job"),
        ("carrears-day", "day"),
    } <= names
    steps = [_told(span)["carrears.step"] for _, span in spans if span.name == "day.step"]
    assert steps == [step.name for step in STEPS]
    [day] = [span for _, span in spans if span.name == "day"]
    assert _told(day) == {"carrears.day": AS_OF.isoformat()}
    assert {span.trace_id for _, span in spans if span.name == "day.step"} == {day.trace_id}
    jobs = [_told(span)["carrears.job"] for _, span in spans if span.name == "job"]
    assert "carrears.recordings.jobs.close_each_minute" in jobs

    [asked] = [span for _, span in spans if span.trace_id.hex() == _TRACE and span.kind == _SERVER]
    assert (asked.name, asked.parent_span_id.hex()) == ("GET healthz", "b7ad6b7169203331")

    for _, span in spans:
        assert set(_told(span)) <= ALLOWED
        assert span.status.message == ""
    whole = b"".join(receiver.bodies)
    for nobody in (_PHONE, "next=", "赵试", "127.0.0.1", "select ", "Python-urllib"):
        assert nobody.encode() not in whole


def test_an_error_is_told_by_its_type_alone(receiver: _Receiver, tmp_path: Path) -> None:
    home = _Traced(tmp_path / "home", receiver.url)
    failed = subprocess.run(
        [sys.executable, "-c", _FAIL], env=home.environ, capture_output=True, text=True, check=False
    )
    assert f"LookupError: nobody has {_PHONE}" in failed.stderr
    [(_, span)] = receiver.spans
    assert (span.status.code, span.status.message) == (Status.STATUS_CODE_ERROR, "")
    assert [_told(event) for event in span.events] == [{"exception.type": "LookupError"}]
    assert _PHONE.encode() not in b"".join(receiver.bodies)


@pytest.mark.parametrize("is_listening", [True, False])
def test_a_receiver_that_does_not_answer_is_not_waited_for(
    imported_home: Home,
    tmp_path: Path,
    is_listening: bool,  # noqa: FBT001
) -> None:
    copy = imported_home.copy_to(tmp_path / "home")
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        if is_listening:
            deaf.listen()  # and never says a word
        home = _Traced(copy.folder, f"http://127.0.0.1:{deaf.getsockname()[1]}")
        with _served(home) as address:
            for _ in range(20):
                assert _status(f"{address}/sign-in/") == 200
        assert home.run("upgrade") == "before: nothing\nafter: nothing\n"


def test_without_the_setting_nothing_of_it_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; from carrears.cli import start_django; start_django(migrate=False);"
        " import carrears.wsgi; print([name for name in sys.modules if 'opentelemetry' in name])"
    )
    home = Home(tmp_path / "home")
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=home.environ, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
