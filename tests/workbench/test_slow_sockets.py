"""Real sockets that send slowly, or nothing, against the shipped server: nobody else waits."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from random import Random

import pytest
from witness.running import free_port

from carrears.heads import GATHERED, LONGEST_HEAD, Head, UnreadableError, head_of

# What the server runs is its worker's affair; this application reads what it is sent, and answers
# at length where it is asked to. A reader has two seconds here, not thirty.
_APP = """
import os, random, resource
from carrears import answers, overflow, serving

answers.SEND_SECONDS = serving.SEND_SECONDS = 2
answers.KEPT = 8 * 1024 * 1024  # more than the kernel takes for a reader by itself
answers.SLOWEST = int(os.environ.get("SLOWEST", answers.SLOWEST))
overflow.OF_ONE = int(os.environ.get("ON_DISK", overflow.OF_ONE))
if files := int(os.environ.get("FILES", "0")):
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

def application(environ, start_response):
    sent = environ["wsgi.input"].read()
    body = b"%d bytes" % len(sent)
    if environ["PATH_INFO"] == "/long":
        body = random.Random(1).randbytes(16 * 1024 * 1024)
    if environ["PATH_INFO"] == "/page":
        body = bytes(answers.KEPT)
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]
"""
_HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"
_LONG, _PAGE = 16 * 1024 * 1024, 8 * 1024 * 1024
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
        pytest.param(_HEAD + b"Content-Length: %021d\r\n\r\nx" % 1000, id="a long length"),
        pytest.param(
            _HEAD + b"Content-Length: 1000\r\nExpect: 100-continue\r\n\r\n", id="half a word"
        ),
        pytest.param(
            b"POST / HTTP/1.0\r\nContent-Length: 1000\r\nExpect: 100-Continue\r\n\r\n",
            id="an old word",
        ),
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


@pytest.mark.parametrize(
    "lengths",
    [
        pytest.param([b"ten"], id="no number"),
        pytest.param([b""], id="none"),
        pytest.param([b"-1"], id="below none"),
        pytest.param([b"1_0"], id="as Python writes it"),
        pytest.param([b"\xb2"], id="a digit elsewhere"),
        pytest.param([b"1" * 5000], id="longer than any"),
        pytest.param([b"0", b"10"], id="two"),
    ],
)
def test_a_length_that_is_none_is_refused_at_once(port: int, lengths: list[bytes]) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        told = b"".join(b"Content-Length: %b\r\n" % length for length in lengths)
        one.sendall(_HEAD + told + b"\r\nx")
        began = time.monotonic()
        read_until(one, b"HTTP/1.1 400 Bad Request\r\n")
        assert time.monotonic() - began < 1


def test_who_asks_is_told_to_go_on_once_for_each_request(port: int) -> None:
    asking = _HEAD + b"Content-Length: 3\r\nExpect: 100-continue\r\n\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as one:
        for _ in range(2):
            one.sendall(asking)
            assert one.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
            one.sendall(b"a")
            one.settimeout(0.3)
            with pytest.raises(TimeoutError):
                one.recv(4096)
            one.settimeout(30)
            one.sendall(b"bc")
            assert b"200 OK" in read_until(one, b"3 bytes")


def test_a_long_answer_waits_for_who_reads_it_and_for_nobody_else(tmp_path: Path) -> None:
    """Without a disk; 16 MiB at 3 MB a second take longer than the patience with one part."""
    with serving(tmp_path, ON_DISK="0") as port:
        read_at_length(port)


def read_at_length(port: int) -> None:
    asked = b"GET /long HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    with ExitStack() as stack:
        reader, other = (stack.enter_context(socket.socket()) for _ in range(2))
        for one in (reader, other):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            one.settimeout(30)
            one.connect(("127.0.0.1", port))
            one.sendall(asked)
        began, read = time.monotonic(), 0
        while part := reader.recv(64 * 1024):
            read += len(part)
            time.sleep(max(0.0, began + read / 3e6 - time.monotonic()))
        assert read > _LONG
        assert time.monotonic() - began > 4
        read = 0
        with suppress(ConnectionError):
            while part := other.recv(64 * 1024):
                read += len(part)
        assert read < _LONG


def test_who_reads_an_answer_byte_by_byte_keeps_no_thread(port: int) -> None:
    """Of a page the loop sends what is taken; there are two threads, and more such readers."""
    asked = b"GET /page HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with ExitStack() as stack:
        slow = []
        for _ in range(6):  # their pages together are less than a process keeps
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(30)
            one.connect(("127.0.0.1", port))
            one.sendall(asked)
            slow.append(one)
        read = b""
        for _ in range(3):
            time.sleep(1)
            for one in slow[1:]:
                assert len(one.recv(1)) == 1
            read += slow[0].recv(1)
            told, seconds = answer(port, b"abc")
            assert told == "3 bytes"
            assert seconds < 1
        while b"\r\n\r\n" not in read or len(read.partition(b"\r\n\r\n")[2]) < _PAGE:
            part = slow[0].recv(1024 * 1024)
            assert part  # whoever goes on reading has it whole
            read += part


def test_a_long_answer_lies_on_the_disk_for_who_reads_it_slowly_and_keeps_no_thread(
    tmp_path: Path,
) -> None:
    """There are two threads, and more such readers than memory has room for; each has it whole."""
    asked = b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with serving(tmp_path, SLOWEST=str(256 * 1024)) as port, ExitStack() as stack:
        slow = []
        for _ in range(6):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.settimeout(30)
            one.connect(("127.0.0.1", port))
            one.sendall(asked)
            slow.append(one)
        read = b""
        for _ in range(4):
            time.sleep(1)  # longer together than any thread waits
            read += slow[0].recv(1)
            told, seconds = answer(port, b"abc")
            assert told == "3 bytes"
            assert seconds < 1
        body = _body_of(slow[0], read)
        assert body == Random(1).randbytes(_LONG)  # noqa: S311  as the application makes them
        slow[0].sendall(asked)  # and goes on with its connection
        assert _body_of(slow[0], b"") == body
        assert _files(tmp_path) == {"slowly.py", "server.log", "django.key"}
        assert _body_of(slow[1], b"") == body


def _body_of(one: socket.socket, read: bytes) -> bytes:
    head, _, _ = (read := read + read_until(one, b"\r\n\r\n")).partition(b"\r\n\r\n")
    whole = bytearray(read)
    while len(whole) < len(head) + 4 + _LONG:
        part = one.recv(1024 * 1024)
        assert part
        whole += part
    return bytes(whole[len(head) + 4 :])


def _files(home: Path) -> set[str]:
    """What has a name there, but for compiled files."""
    return {one.name for one in home.rglob("*") if one.is_file() and one.suffix != ".pyc"}


def test_who_takes_a_long_answer_too_slowly_is_left(tmp_path: Path) -> None:
    """A byte now and then is progress, and is too little of it."""
    with (
        serving(tmp_path, SLOWEST=str(8 * 1024 * 1024), ON_DISK="0") as port,
        ExitStack() as stack,
    ):
        slow = []
        for _ in range(2):  # all threads
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
            one.settimeout(30)
            one.connect(("127.0.0.1", port))
            one.sendall(b"GET /long HTTP/1.1\r\nHost: localhost\r\n\r\n")
            slow.append(one)
        began = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - began < 20 and all(one.recv(40_000) for one in slow):
                time.sleep(0.05)
        assert time.monotonic() - began < 15
        assert answer(port, b"abc")[1] < 2


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


def test_a_connection_counts_until_it_is_closed_and_is_counted_out_once(tmp_path: Path) -> None:
    with serving(tmp_path, CARREARS_CONNECTIONS_PER_ADDRESS="3") as port, ExitStack() as stack:

        def opened() -> socket.socket:
            found = socket.create_connection(("127.0.0.1", port), timeout=30)
            return stack.enter_context(found)

        whole = _HEAD + b"Content-Length: 1\r\n\r\nx"
        for _ in range(3):  # they are answered, and stay
            one = opened()
            one.sendall(whole.replace(b"\r\n", b"\r\nConnection: close\r\n", 1))
            read_until(one, b"1 bytes")
        assert closed_after(opened()) < 0.5
        time.sleep(4)  # longer than the server waits for them to close

        held = [opened(), opened()]
        ending = opened()  # another request begins, and ends there: both come at once
        ending.sendall(whole + b"P", socket.MSG_MORE)
        ending.shutdown(socket.SHUT_WR)
        read_until(ending, b"1 bytes")
        assert closed_after(ending) < 1
        held.append(opened())
        assert closed_after(opened()) < 0.5
        held[2].sendall(whole)
        read_until(held[2], b"1 bytes")


def test_no_more_files_to_open_end_nobody(tmp_path: Path) -> None:
    with serving(tmp_path, FILES="40") as port:
        with ExitStack() as stack:
            kept = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            whole = _HEAD + b"Content-Length: 1\r\n\r\nx"
            kept.sendall(whole)
            read_until(kept, b"1 bytes")
            for _ in range(60):
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=30))
            time.sleep(0.5)
            kept.sendall(whole)
            read_until(kept, b"1 bytes")
        assert "Too many open files" in (tmp_path / "server.log").read_text()
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


def test_what_a_head_tells() -> None:
    assert head_of(b"") is None
    assert head_of(b"GET / HTTP/1.1\r\nA: b\r\n\r") is None
    whole = b"GET / HTTP/1.1\r\nA: b\r\n\r\n"
    for searched in (0, len(whole) - 1):
        assert head_of(whole + b"\r\n\r\n", searched) == Head(
            len(whole), 0, is_gathered=True, is_asking=False
        )
    for length, is_gathered in ((3, True), (GATHERED, True), (GATHERED + 1, False)):
        found = head_of(_HEAD + b"content-length:%025d \t\r\n\r\nab" % length)
        assert found is not None
        assert (found.length, found.is_gathered) == (length, is_gathered)
    coded = head_of(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    assert coded is not None
    assert not coded.is_gathered
    with pytest.raises(UnreadableError):
        head_of(b"x" * LONGEST_HEAD)
