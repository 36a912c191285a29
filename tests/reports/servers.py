"""A real mail server on loopback that keeps octets, and can refuse, defer or hang up."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class MailServer:
    """``answers`` are used up one a mail; ``drop`` takes the mail and hangs up without a word."""

    def __init__(self) -> None:
        self.url = ""
        self.given: list[bytes] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  aiosmtpd's name
        del session
        answer = self.answers.pop(0) if self.answers else "250 OK"
        assert isinstance(envelope.original_content, bytes)
        if answer == "drop":
            self.given.append(envelope.original_content)
            server.transport.abort()
            return "421 gone"
        if answer.startswith("2"):
            self.given.append(envelope.original_content)
        return answer

    @property
    def mails(self) -> list[EmailMessage]:
        return [message_from_bytes(one, policy=default) for one in self.given]  # type: ignore[misc]


@contextmanager
def running_mail_server() -> Iterator[MailServer]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    handler = MailServer()
    controller = Controller(handler, hostname="127.0.0.1", port=port, ready_timeout=30)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    try:
        yield handler
    finally:
        controller.stop()
