from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from smtplib import SMTPAuthenticationError
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from carrears.outgoing import OutgoingError
from carrears.outreach import mailbox
from carrears.outreach.email import (
    EmailError,
    SmtpServer,
    build_email,
    connect,
    hand_over,
)
from carrears.outreach.templates import Message

LONG_LINK = "http://localhost:8000/stop/" + "WyI2ZjA0" * 20 + ":1wAbCd:" + "x" * 43 + "/"
ZH = Message("示例汽车金融：还款提醒", "王小明，您好：\n请联系我们。\n", "<p>王小明，您好</p>")


def build(**changes: Any) -> EmailMessage:
    values: dict[str, Any] = {
        "key": "A1:2026-03-10:email:reminder",
        "message_id": "<1.2@lender.example>",
        "sender": "collections@lender.example",
        "sender_name": "示例汽车金融有限公司",
        "to": "wang@debtor.example",
        "to_name": "王小明",
        "language": "zh-CN",
        "opt_out_url": LONG_LINK,
        "at": datetime(2026, 3, 10, 2, 0, tzinfo=UTC),
    }
    message = changes.pop("message", ZH)
    return build_email(message, **{**values, **changes})


def test_message_reads_back_as_it_was_written() -> None:
    read = message_from_bytes(build().as_bytes(), policy=default)
    assert isinstance(read, EmailMessage)
    assert str(read["Subject"]) == ZH.subject
    assert str(read["From"]) == "示例汽车金融有限公司 <collections@lender.example>"
    assert str(read["To"]) == "王小明 <wang@debtor.example>"
    assert read["Date"].datetime == datetime(2026, 3, 10, 2, 0, tzinfo=UTC)
    assert read["Content-Language"] == "zh-CN"
    assert read["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in read.iter_parts()] == ["text/plain", "text/html"]
    text = read.get_body(("plain",))
    assert text is not None
    assert text.get_content().splitlines() == ZH.text.splitlines()
    assert text.get_content_charset() == "utf-8"


def test_unsubscribe_link_is_one_unbroken_word() -> None:
    # A library that folds the link into encoded words makes it unreadable to mail programs.
    assert f"\r\nList-Unsubscribe: <{LONG_LINK}>\r\n".encode() in build().as_bytes()
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in build().as_bytes()


def test_same_attempt_gives_the_same_bytes() -> None:
    assert build().as_bytes() == build().as_bytes()
    assert build(key="another").as_bytes() != build().as_bytes()


def test_no_line_is_longer_than_smtp_allows() -> None:
    message = Message("长" * 300, "字" * 2000, "<p>" + "字" * 2000 + "</p>")
    raw = build(message=message).as_bytes()
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    read = message_from_bytes(raw, policy=default)
    assert str(read["Subject"]) == "长" * 300


def test_line_breaks_in_a_name_add_neither_header_nor_receiver(tmp_path: Path) -> None:
    with mailbox.running(tmp_path) as server, connect(server) as session:
        hand_over(session, build(to_name="王\r\nBcc: spy@evil.example"))
    (kept,) = mailbox.list_messages(tmp_path)
    read = message_from_bytes((tmp_path / f"{kept.id}.eml").read_bytes())
    assert read["Bcc"] is None
    assert len(read.get_all("To") or []) == 1
    assert read.get_all("X-Envelope-To") == ["wang@debtor.example"]


@pytest.mark.parametrize(
    "change",
    [
        {"to": "nobody"},
        {"to": ""},
        {"to": "a@"},
        {"to": "a b@example.com"},
        {"to": "a@b.example, c@d.example"},
        {"to": "a@b.example\r\nBcc: c@d.example"},
        {"sender": ""},
        {"opt_out_url": "http://localhost/\r\nBcc: spy@evil.example"},
        {"opt_out_url": "http://localhost/ x"},
        {"message": Message("one\r\nBcc: spy@evil.example", "x", "<p>x</p>")},
    ],
)
def test_what_would_break_a_header_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(EmailError):
        build(**change)


def test_message_goes_over_real_smtp_and_is_kept_whole(tmp_path: Path) -> None:
    email = build()
    with mailbox.running(tmp_path) as server, connect(server) as session:
        assert hand_over(session, email).result == "accepted"
        assert (
            hand_over(session, build(key="another", message_id="<3.4@lender.example>")).result
            == "accepted"
        )
    kept = mailbox.list_messages(tmp_path)
    assert len(kept) == 2
    one = mailbox.read_message(tmp_path, mailbox.id_of(str(email["Message-ID"])))
    assert (one.subject, one.text) == (ZH.subject, ZH.text.strip())
    assert one.html == ZH.html
    assert one.to == "王小明 <wang@debtor.example>"


class Refusing:
    """A server that answers every recipient with one code."""

    def __init__(self, answer: str) -> None:
        self._answer = answer

    async def handle_RCPT(  # noqa: N802  the library's name
        self,
        _server: SMTP,
        _session: Session,
        _envelope: Envelope,
        _address: str,
        _options: list[str],
    ) -> str:
        return self._answer


@contextmanager
def serving(handler: object, **options: Any) -> Iterator[SmtpServer]:
    """A server of its own on loopback."""
    port = mailbox._free_port("127.0.0.1")
    controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield SmtpServer("127.0.0.1", port)
    finally:
        controller.stop()


@pytest.mark.parametrize(
    ("answer", "result"),
    [("550 5.1.1 no such user", "refused"), ("450 4.2.1 mailbox busy", "deferred")],
)
def test_servers_answer_is_told_as_refused_or_deferred(answer: str, result: str) -> None:
    with serving(Refusing(answer)) as server, connect(server) as session:
        handover = hand_over(session, build())
    assert (handover.result, handover.answer) == (result, answer)


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
) -> AuthResult:
    known = data.login == b"user" and data.password == b"p@ss:word"
    return AuthResult(success=known, handled=False)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
@pytest.mark.filterwarnings("ignore:Session.login_data is deprecated")  # by the library itself
def test_login_from_a_url_with_escaped_password(tmp_path: Path) -> None:
    options = {"auth_required": True, "auth_require_tls": False, "authenticator": _authenticate}
    with serving(mailbox.Keeper(tmp_path), **options) as where:
        right = SmtpServer.from_url(f"smtp://user:p%40ss%3Aword@127.0.0.1:{where.port}")
        with connect(right) as session:
            assert hand_over(session, build()).result == "accepted"
        wrong = SmtpServer("127.0.0.1", where.port, username="user", password="wrong")
        with pytest.raises(SMTPAuthenticationError), connect(wrong):
            pass
    assert len(mailbox.list_messages(tmp_path)) == 1
    assert "word" not in repr(right)


def _self_signed(folder: Path) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def test_certificate_that_nobody_vouches_for_is_refused(tmp_path: Path) -> None:
    options = {"tls_context": _self_signed(tmp_path), "require_starttls": True}
    with serving(mailbox.Keeper(tmp_path / "mail"), **options) as where:
        server = SmtpServer("127.0.0.1", where.port, security="starttls")
        with pytest.raises(ssl.SSLCertVerificationError), connect(server):
            pass
        with connect(where) as session:  # without TLS the server takes nothing
            assert hand_over(session, build()).result == "refused"
    assert mailbox.list_messages(tmp_path / "mail") == []


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtp://mail.example", "none", 25),
        ("smtp+starttls://u:p@mail.example", "starttls", 587),
        ("smtps://mail.example", "tls", 465),
        ("smtp://mail.example:2525", "none", 2525),
    ],
)
def test_server_url(url: str, security: str, port: int) -> None:
    server = SmtpServer.from_url(url)
    assert (server.host, server.security, server.port) == ("mail.example", security, port)


@pytest.mark.parametrize("url", ["http://mail.example", "mail.example", "smtp://"])
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(EmailError):
        SmtpServer.from_url(url)


def test_server_that_is_not_there_is_an_error_of_the_session() -> None:
    port = mailbox._free_port("127.0.0.1")
    with pytest.raises(OSError, match="refused"), connect(SmtpServer("127.0.0.1", port)):
        pass


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
def test_a_mail_server_is_asked_within_the_networks_that_are_open_and_nowhere_else(
    security: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mailbox.running(tmp_path) as server:
        monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", "10.0.0.0/8")
        told = SmtpServer(server.host, server.port, security)
        with pytest.raises(OutgoingError, match="not to be asked"), connect(told):
            pass
        monkeypatch.setenv("CARREARS_OUTGOING_NETWORKS", "127.0.0.1/32")
        with connect(server) as session:
            assert hand_over(session, build()).result == "accepted"
