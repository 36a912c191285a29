"""Whatever address somebody tells the server, it goes no further than it may."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from carrears.outgoing import OutgoingError, connect, fetch, is_open, own_networks

NOTHING: tuple[Any, ...] = ()
LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


class _Answers(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", "/secret")
            self.end_headers()
        elif self.path == "/slow":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a")
            self.server.over.wait(30)  # type: ignore[attr-defined]
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.end_headers()
            self.wfile.write(b"x" * 1000)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.send_response(201)
        self.end_headers()
        self.wfile.write(self.rfile.read(length)[::-1])

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[Any]:
    made: Any = ThreadingHTTPServer(("127.0.0.1", 0), _Answers)
    made.asked, made.over, made.daemon_threads = [], threading.Event(), True
    thread = threading.Thread(target=made.serve_forever, args=(0.05,))
    thread.start()
    yield made
    made.over.set()
    made.shutdown()
    thread.join()
    made.server_close()


def at(server: Any, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.server_port}{path}"


def says(*addresses: str) -> Any:
    """A name server that gives one answer after another, the last for good."""
    left = list(addresses)

    def resolve(_host: str, port: int, **_: Any) -> list[Any]:
        one = left.pop(0) if len(left) > 1 else left[0]
        family = socket.AF_INET6 if ":" in one else socket.AF_INET
        place = (one, port, 0, 0) if ":" in one else (one, port)
        return [(family, socket.SOCK_STREAM, 6, "", place)]

    return resolve


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]",
        "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "0.0.0.0", "10.0.0.8", "192.168.1.1",  # noqa: S104
        "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]", "100.100.100.200", "168.63.129.16", "224.0.0.1", "255.255.255.255",
    ],
)  # fmt: skip
def test_no_way_of_writing_the_inside_is_asked(host: str) -> None:
    with pytest.raises(OutgoingError, match="not to be asked"):
        fetch(f"http://{host}:9/", networks=NOTHING)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/", "gopher://127.0.0.1/", "//example.com", "",
        "http://", "http://user@127.0.0.1/", "http://user:secret@127.0.0.1/", "http://x:99999/",
    ],
)  # fmt: skip
def test_only_a_web_address_is_one(url: str) -> None:
    with pytest.raises(OutgoingError, match="is no web address") as told:
        fetch(url)
    assert "secret" not in str(told.value)


def test_metadata_is_asked_only_if_it_is_named_itself() -> None:
    address = ipaddress.ip_address("169.254.169.254")
    wide, itself = (ipaddress.ip_network(f"169.254.{one}") for one in ("0.0/16", "169.254/32"))
    assert (is_open(address, (wide,)), is_open(address, (itself,))) == (False, True)
    assert not is_open(ipaddress.ip_address("fd00:ec2::254"), own_networks())


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_the_public_net_is_open(address: str) -> None:
    assert is_open(ipaddress.ip_address(address), NOTHING)


def test_a_name_that_is_two_things_is_judged_by_the_worse() -> None:
    def resolve(_: str, port: int, **__: Any) -> list[Any]:
        both = ("1.1.1.1", "127.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in both]

    with pytest.raises(OutgoingError, match=r"127\.0\.0\.1, which is not"):
        connect("two.example", 80, timeout=1, networks=NOTHING, resolve=resolve)


def test_what_was_judged_is_what_is_asked(server: Any) -> None:
    """The name server changes its mind after the first answer: the second is never heard."""
    resolve = says("127.0.0.1", "169.254.169.254")
    url = f"http://rebind.example:{server.server_port}/"
    assert fetch(url, networks=LOOPBACK, resolve=resolve).status == 200
    with pytest.raises(OutgoingError, match="not to be asked"):
        fetch(url, networks=LOOPBACK, resolve=resolve)
    assert server.asked == ["/"]


def test_a_redirect_is_not_followed(server: Any) -> None:
    answer = fetch(at(server, "/away"), networks=LOOPBACK)
    assert (answer.status, answer.headers["location"]) == (302, "/secret")
    assert server.asked == ["/away"]


def test_size_and_time_are_bounded(server: Any) -> None:
    with pytest.raises(OutgoingError, match="too long"):
        fetch(at(server), at_most=999, networks=LOOPBACK)
    assert len(fetch(at(server), at_most=1000, networks=LOOPBACK).body) == 1000
    with pytest.raises(OutgoingError, match=r"too long|does not answer"):
        fetch(at(server, "/slow"), timeout=0.2, networks=LOOPBACK)


_BEGINNINGS = {
    "a status line": b"HTTP/1.1 2",
    "a header": b"HTTP/1.1 200 OK\r\nX-Slow: ",
    "continues": b"",
    "a body": b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n",
    "a chunk's length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
}


@pytest.fixture
def drips() -> Iterator[Any]:
    """A server that begins as told and then drips: each drop begins a socket's time-out anew."""
    over, listening = threading.Event(), socket.create_server(("127.0.0.1", 0))
    threads: list[threading.Thread] = []

    def drip(beginning: bytes, drop: bytes) -> None:
        line, _ = listening.accept()
        with line, contextlib.suppress(OSError):
            line.sendall(beginning)
            while not over.wait(0.02):
                line.sendall(drop)

    def begin(beginning: bytes, drop: bytes) -> str:
        threads.append(threading.Thread(target=drip, args=(beginning, drop)))
        threads[-1].start()
        return f"http://127.0.0.1:{listening.getsockname()[1]}/"

    yield begin
    over.set()
    for thread in threads:
        thread.join()
    listening.close()


@pytest.mark.parametrize("what", _BEGINNINGS)
def test_a_server_that_drips_holds_nobody_beyond_the_time(what: str, drips: Any) -> None:
    drop = b"HTTP/1.1 100 Continue\r\n\r\n" if what == "continues" else b"0"
    url = drips(_BEGINNINGS[what], drop)
    begun = time.monotonic()
    with pytest.raises(OutgoingError, match=r"takes too long|timed out"):
        fetch(url, timeout=0.5, networks=LOOPBACK)
    assert time.monotonic() - begun < 20  # it would drip on for ever


def test_what_is_sent_arrives(server: Any) -> None:
    answer = fetch(at(server, "/echo"), body=b"abc", networks=LOOPBACK)
    assert (answer.status, answer.body) == (201, b"cba")
    assert fetch(at(server), networks=LOOPBACK).kind == "text/plain"


def test_the_setting_says_which_networks_are_the_houses_own(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert fetch(at(server)).status == 200
    monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", "10.0.0.0/8")
    with pytest.raises(OutgoingError, match="not to be asked"):
        fetch(at(server))
    monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", "nonsense")
    with pytest.raises(ValueError, match="nonsense"):
        fetch(at(server))


def test_a_server_is_asked_by_its_name_and_trusted_by_it(
    server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "witness.example"
    certificate, key = write_certificate(tmp_path, name)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    told = {"networks": LOOPBACK, "resolve": says("127.0.0.1")}
    with pytest.raises(OutgoingError, match="TLS as trusted"):
        fetch(f"https://{name}:{server.server_port}/", **told)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert fetch(f"https://{name}:{server.server_port}/", **told).status == 200
    with pytest.raises(OutgoingError, match="TLS as trusted"):
        fetch(f"https://other.example:{server.server_port}/", **told)


def write_certificate(folder: Path, name: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    moment = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(moment - timedelta(days=1))
        .not_valid_after(moment + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    secret.write_bytes(plain)
    return certificate, secret


def test_a_name_that_nobody_knows_and_a_port_nobody_listens_at() -> None:
    with pytest.raises(OutgoingError, match="is not known"):
        fetch("http://nobody.invalid/")
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, but not listening
        with pytest.raises(OutgoingError, match="does not answer"):
            fetch(f"http://127.0.0.1:{held.getsockname()[1]}/")
