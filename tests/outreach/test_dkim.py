"""Mail is signed for the sender's domain: whoever has the public key can tell that it is whole."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from datetime import time
from pathlib import Path

import dkim
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.conf import LazySettings
from factories import make_case, make_user

from carrears.clock import at_local, local_day, now
from carrears.outreach.models import Attempt
from carrears.outreach.services import contact

pytestmark = pytest.mark.django_db


class Server:
    """Keeps what it was given, octet by octet."""

    def __init__(self) -> None:
        self.given: list[bytes] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        del server, session
        assert envelope.original_content is not None
        self.given.append(envelope.original_content)
        return "250 OK"


@pytest.fixture
def server(settings: LazySettings) -> Iterator[Server]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    handler = Server()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    settings.SMTP_URL = f"smtp://127.0.0.1:{port}"
    try:
        yield handler
    finally:
        controller.stop()


def write_key(path: Path, *, bits: int = 2048) -> bytes:
    """A private key in a file; what the DNS says of its public half."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    at = at_local(local_day(now(), "Asia/Shanghai"), time(12), "Asia/Shanghai")
    for module in ("services", "sending", "judging", "gateways"):
        monkeypatch.setattr(f"carrears.outreach.{module}.now", lambda: at)


def send(key: str = "k1") -> Attempt:
    case = make_case(loan_no=f"D-{key}", as_of=local_day(now(), "Asia/Shanghai"))
    assert case.party is not None
    user = make_user(role="collector")
    return contact(case, party=case.party, template="reminder", by=user, key=key)


def is_whole(message: bytes, record: bytes, name: str) -> bool:
    asked: list[bytes] = []

    def look_up(domain: bytes, timeout: int = 5) -> bytes:
        del timeout
        asked.append(domain)
        return record

    whole = bool(dkim.verify(message, dnsfunc=look_up))
    assert asked == [name.encode()]
    return whole


def test_whoever_has_the_public_key_can_tell_that_mail_is_ours_and_whole(
    server: Server, settings: LazySettings, tmp_path: Path
) -> None:
    record = write_key(tmp_path / "dkim.pem")
    settings.SENDER = "collections@lender.example"
    settings.DKIM_SELECTOR, settings.DKIM_KEY_FILE = "s2026", str(tmp_path / "dkim.pem")
    name = "s2026._domainkey.lender.example."
    assert send().state == "sent"
    [message] = server.given
    assert is_whole(message, record, name)
    assert not is_whole(message, write_key(tmp_path / "another.pem"), name)
    one_click = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click"
    assert message.count(one_click) == 1
    for altered in (
        message.replace(one_click, b"List-Unsubscribe-Post: Another=Thing"),
        message.replace(b"List-Unsubscribe: <", b"List-Unsubscribe: <https://evil.example/?"),
        b"From: evil@lender.example\r\n" + message,
        message.replace(b"\r\n\r\n", b"\r\n\r\nPay here instead.\r\n", 1),
    ):
        assert altered != message
        assert not is_whole(altered, record, name)


def test_without_a_key_mail_goes_unsigned(server: Server) -> None:
    assert send().state == "sent"
    assert b"DKIM-Signature" not in server.given[0]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (("", "dkim.pem"), "one is not set"),
        (("s2026", ""), "one is not set"),
        (("s2026", "nowhere.pem"), "cannot be read"),
        (("s2026", "short.pem"), "no RSA key of 2048 bits"),
        (("s2026", "text.pem"), "cannot be read"),
    ],
)
def test_a_key_that_cannot_be_used_lets_nothing_leave_unsigned(
    server: Server, settings: LazySettings, tmp_path: Path, told: tuple[str, str], said: str
) -> None:
    write_key(tmp_path / "dkim.pem")
    write_key(tmp_path / "short.pem", bits=1024)
    (tmp_path / "text.pem").write_text("no key")
    settings.DKIM_SELECTOR, file = told
    settings.DKIM_KEY_FILE = str(tmp_path / file) if file else ""
    attempt = send()
    attempt.refresh_from_db()
    assert (attempt.state, server.given) == ("booked", [])
    assert said in attempt.error
