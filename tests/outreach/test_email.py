"""E-mail over real SMTP on loopback."""

from __future__ import annotations

import smtplib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carrears.outreach.email import (
    EmailError,
    SmtpServer,
    build_email,
    connect,
    hand_over,
    message_id,
)
from carrears.outreach.mailbox import has_message, list_messages, read_message, running
from carrears.outreach.templates import Message

AT = datetime(2026, 6, 30, 2, 0, tzinfo=UTC)
SENDER = "collections@lender.example"


def email(key: str = "A-03:2026-06-30", **changes: str) -> object:
    parts = {
        "to": "debtor@example.com",
        "to_name": "赵试一",
        "sender": SENDER,
        "sender_name": "示例汽车金融有限公司",
        "language": "zh-CN",
        "opt_out_url": "https://lender.example/o/abc",
    } | changes
    message = Message("逾期提醒", "赵试一，您好：\n\n请还款。\n", "<p>赵试一，您好：</p>")
    return build_email(message, key=key, at=AT, **parts)


def test_what_was_sent_is_what_is_kept(tmp_path: Path) -> None:
    with running(tmp_path) as server, connect(server) as session:
        assert hand_over(session, email()).result == "accepted"

    [kept] = list_messages(tmp_path)
    whole = read_message(tmp_path, kept.id)
    assert (kept.subject, kept.dated) == ("逾期提醒", AT)
    assert whole.text.replace("\r\n", "\n") == "赵试一，您好：\n\n请还款。\n"
    assert "赵试一" in kept.to
    assert has_message(tmp_path, message_id("A-03:2026-06-30", SENDER))


def test_the_same_message_twice_is_kept_once(tmp_path: Path) -> None:
    with running(tmp_path) as server, connect(server) as session:
        hand_over(session, email())
        hand_over(session, email())
        hand_over(session, email("another"))
    assert len(list_messages(tmp_path)) == 2


def test_headers_let_a_person_out_with_one_click() -> None:
    built = email()
    assert built["List-Unsubscribe"] == "<https://lender.example/o/abc>"  # type: ignore[index]
    assert built["Auto-Submitted"] == "auto-generated"  # type: ignore[index]


@pytest.mark.parametrize(
    "address", ["", "nobody", "a@", "a b@example.com", "a@x\r\nBcc: z@x.example"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(EmailError):
        email(to=address)


def test_a_name_cannot_add_a_header(tmp_path: Path) -> None:
    with running(tmp_path) as server, connect(server) as session:
        hand_over(session, email(to_name="赵\r\nBcc: other@example.com"))
    [kept] = list_messages(tmp_path)
    raw = (tmp_path / f"{kept.id}.eml").read_text("utf-8")
    assert raw.count("X-Envelope-To") == 1
    assert "\nBcc:" not in raw


class RefusingServer:
    """An aiosmtpd handler that refuses as a real server would."""

    def __init__(self, answer: str) -> None:
        self.answer = answer

    async def handle_RCPT(self, *_: object) -> str:  # noqa: N802
        return self.answer


@pytest.mark.parametrize(
    ("answer", "result"),
    [("550 5.1.1 no such user", "refused"), ("451 4.7.1 try later", "deferred")],
)
def test_a_refusal_for_good_differs_from_one_for_now(answer: str, result: str) -> None:
    from aiosmtpd.controller import Controller  # noqa: PLC0415

    controller = Controller(RefusingServer(answer), hostname="127.0.0.1", port=0)
    controller.port = _free_port()
    controller.start()
    try:
        with connect(SmtpServer("127.0.0.1", controller.port)) as session:
            handed = hand_over(session, email())
    finally:
        controller.stop()
    assert (handed.result, handed.answer) == (result, answer)


def _free_port() -> int:
    import socket  # noqa: PLC0415

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_server_is_an_error_of_the_session() -> None:
    with pytest.raises((OSError, smtplib.SMTPException)), connect(SmtpServer("127.0.0.1", 1)):
        pass


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://127.0.0.1:2525", SmtpServer("127.0.0.1", 2525)),
        ("smtps://u:p%40ss@mail.example", SmtpServer("mail.example", 465, "tls", "u", "p@ss")),
        ("smtp+starttls://mail.example", SmtpServer("mail.example", 587, "starttls")),
    ],
)
def test_a_server_is_written_as_a_url(url: str, expected: SmtpServer) -> None:
    assert SmtpServer.from_url(url) == expected


@pytest.mark.parametrize("url", ["http://mail.example", "smtp://", "mail.example"])
def test_what_is_no_mail_server_is_refused(url: str) -> None:
    with pytest.raises(EmailError):
        SmtpServer.from_url(url)
