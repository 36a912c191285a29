"""Real sockets that send slowly, or nothing, against the shipped server: nobody else waits."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path

import pytest
from witness.running import free_port

from carrears.serving import GATHERED, LONGEST_HEAD, Come, what_came

# What the server runs is its worker's affair; this application reads what it is sent.
_APP = """
def application(environ, start_response):
    sent = environ["wsgi.input"].read()
    body = b"%d bytes" % len(sent)
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
_HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
_SECONDS = 4  # in which a request has to come, here
_SLOW = 30  # sockets, on two threads


@contextmanager
def serving(folder: Path, *options: str, **environ: str) -> Iterator[int]:
    """The port of one process of two threads, as ``carrears serve`` starts it."""
    (folder / "slowly.py").write_text(_APP)
    port = free_port()
    told = {"CARREARS_HOME": str(folder), "CARREARS_REQUEST_SECONDS": str(_SECONDS)} | environ
    told |= {"DJANGO_SETTINGS_MODULE": "carrears.settings"}
    log = folder / "server.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "slowly:application", f"--bind=127.0.0.1:{port}",
             "--workers=1", "--threads=2", "--worker-class=carrears.serving.PatientWorker",
             "--no-control-socket", *options],
            cwd=folder,
            env=os.environ | told,
            stderr=out,
        )  # fmt: skip
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, log.read_text()
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(60)


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with serving(tmp_path_factory.mktemp("serving")) as found:
        yield found


def answer(
    port: int, body: bytes = b"", trusted: ssl.SSLContext | None = None
) -> tuple[str, float]:
    """What an ordinary reader is told, and after how many seconds."""
    began = time.monotonic()
    asking: HTTPConnection = (
        HTTPSConnection("localhost", port, context=trusted, timeout=30)
        if trusted
        else HTTPConnection("127.0.0.1", port, timeout=30)
    )
    asking.request("POST", "/", body=body)
    told: HTTPResponse = asking.getresponse()
    text = told.read().decode()
    asking.close()
    return text, time.monotonic() - began


def closed_after(one: socket.socket) -> float:
    """After how many seconds the other side ends a connection; whatever it says first is read."""
    began = time.monotonic()
    one.settimeout(5 * _SECONDS)
    try:
        while one.recv(4096):
            pass
    except ConnectionError:
        pass
    return time.monotonic() - began


def read_until(one: socket.socket, end: bytes) -> bytes:
    """What comes on a connection, up to these words."""
    told = b""
    while end not in told:
        part = one.recv(4096)
        assert part, told
        told += part
    return told


@pytest.mark.parametrize(
    "begun",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"P", id="a byte"),
        pytest.param(_HEAD, id="half a head"),
        pytest.param(_HEAD + b"Content-Length: 1000\r\n\r\nx", id="half a body"),
    ],
)
def test_slow_senders_keep_nobody_waiting_and_are_closed(port: int, begun: bytes) -> None:
    with ExitStack() as stack:
        slow = []
        for _ in range(_SLOW):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            one.sendall(begun)
            slow.append(one)
        time.sleep(0.3)
        for one in slow if begun else []:
            one.sendall(b"a")
        told, seconds = answer(port, b"abc")
        assert told == "3 bytes"
        assert seconds < 1
        assert closed_after(slow[0]) < _SECONDS + 2
    assert answer(port)[0] == "0 bytes"


def test_a_long_body_that_drips_is_given_up(port: int) -> None:
    """It is read by a thread, which has other things to do after some seconds."""
    with ExitStack() as stack:
        for _ in range(2):  # all threads
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            one.sendall(_HEAD + b"Content-Length: %d\r\n\r\nx" % (GATHERED + 1))
        time.sleep(0.3)
        told, seconds = answer(port, b"abc")
        assert told == "3 bytes"
        assert seconds < _SECONDS + 2


def test_bodies_short_and_long_and_of_unknown_length_arrive_whole(port: int) -> None:
    for size in (0, 1, 100_000, GATHERED, GATHERED + 1, 3 * GATHERED):
        assert answer(port, b"x" * size)[0] == f"{size} bytes"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
        assert b"200 OK" in read_until(one, b"3 bytes")
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(_HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n")
        assert b"100 Continue" in one.recv(4096)
        one.sendall(b"abc")
        assert b"200 OK" in read_until(one, b"3 bytes")


def test_a_connection_serves_one_request_after_another_also_sent_together(port: int) -> None:
    asking = HTTPConnection("127.0.0.1", port, timeout=30)
    for body in (b"a", b"bb", b""):
        asking.request("POST", "/", body=body)
        assert asking.getresponse().read() == b"%d bytes" % len(body)
    asking.close()
    one_after = _HEAD + b"Content-Length: 1\r\n\r\nx"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        one.sendall(one_after + one_after.replace(b"1\r\n\r\nx", b"2\r\n\r\nxx"))
        assert b"1 bytes" in read_until(one, b"2 bytes")


def test_who_is_answered_and_does_not_close_keeps_nobody_waiting(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            one = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            one.sendall(_HEAD + b"Connection: close\r\nContent-Length: 0\r\n\r\n")
        assert answer(port)[1] < 1


def test_an_address_has_so_many_connections_and_a_proxy_as_many_as_it_wants(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, CARREARS_CONNECTIONS_PER_ADDRESS="3") as port, ExitStack() as stack:
        held = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            for _ in range(5)
        ]
        time.sleep(0.5)
        assert [closed_after(one) < 1 for one in held[3:]] == [True, True]
        with pytest.raises((ConnectionError, OSError)):
            answer(port)
        time.sleep(_SECONDS + 2)  # they are closed, and count no more
        assert answer(port)[0] == "0 bytes"
    trusted = {"CARREARS_TRUSTED_PROXIES": "127.0.0.0/8"}
    with (
        serving(tmp_path, CARREARS_CONNECTIONS_PER_ADDRESS="3", **trusted) as port,
        ExitStack() as stack,
    ):
        for _ in range(9):
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
        assert answer(port)[0] == "0 bytes"


def test_a_handshake_that_does_not_go_on_keeps_nobody_waiting(tmp_path: Path) -> None:
    certificate, key = tmp_path / "a.pem", tmp_path / "a.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost", "-days", "2"],
        check=True, capture_output=True,
    )  # fmt: skip
    trusted = ssl.create_default_context(cafile=str(certificate))
    with (
        serving(tmp_path, f"--certfile={certificate}", f"--keyfile={key}") as port,
        ExitStack() as stack,
    ):
        slow = []
        for number in range(_SLOW):
            raw = socket.create_connection(("localhost", port), timeout=30)
            one = raw if number % 2 else trusted.wrap_socket(raw, server_hostname="localhost")
            stack.enter_context(one)
            one.sendall(b"\x16\x03" if number % 2 else _HEAD)
            slow.append(one)
        for size in (3, 200_000, 2 * GATHERED):
            told, seconds = answer(port, b"x" * size, trusted)
            assert told == f"{size} bytes"
            assert seconds < 2
        assert max(map(closed_after, slow[:2])) < _SECONDS + 2


def test_what_has_come() -> None:
    assert what_came(b"") is Come.PART
    assert what_came(b"GET / HTTP/1.1\r\nA: b\r\n\r\n") is Come.WHOLE
    assert what_came(_HEAD + b"content-length:3\r\n\r\nab") is Come.PART
    assert what_came(_HEAD + b"Content-Length: 3\r\n\r\nabc") is Come.WHOLE
    assert what_came(_HEAD + b"Content-Length: 9999999\r\n\r\n") is Come.HEAD
    assert what_came(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n") is Come.HEAD
    with pytest.raises(ConnectionError):
        what_came(b"x" * LONGEST_HEAD)
