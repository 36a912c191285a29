"""E-mail: one message, built by RFC 5322, handed to one server by SMTP (RFC 5321)."""

from __future__ import annotations

import hashlib
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime
from typing import Literal
from urllib.parse import unquote, urlsplit

from carrears import outgoing
from carrears.outreach.templates import Message

_TIMEOUT_SECONDS = 20
_PERMANENT = 500
# What may stand in a header as it is: no space, no break, short enough for one line.
_PLAIN_URL = re.compile(r"[!-;=?-~]{1,900}")


_UNBROKEN = {"list-unsubscribe", "dkim-signature"}


class _Policy(EmailPolicy):
    """SMTP line ends; an unsubscribe link is one unbroken word, or no mail program reads it.

    The library would fold a long link into encoded words, which RFC 2369 does not know, and so
    the signature of a message, which is shorter than the longest line.
    """

    def fold(self, name: str, value: str) -> str:
        if name.lower() in _UNBROKEN:
            return f"{name}: {value}{self.linesep}"
        return str(super().fold(name, value))

    def fold_binary(self, name: str, value: str) -> bytes:
        if name.lower() in _UNBROKEN:
            return self.fold(name, value).encode("ascii")
        return super().fold_binary(name, value)


POLICY = _Policy(linesep="\r\n")


class EmailError(ValueError):
    """An address or a server setting that cannot be used; says which."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where messages are handed over. ``security`` is none, starttls or tls."""

    host: str
    port: int
    security: Literal["none", "starttls", "tls"] = "none"
    username: str = ""
    password: str = field(default="", repr=False)

    @classmethod
    def from_url(cls, url: str) -> SmtpServer:
        """``smtp://host:25``, ``smtp+starttls://user:password@host:587``, ``smtps://…:465``.

        Raises:
            EmailError: another scheme, or no host.
        """
        parts = urlsplit(url)
        kinds: dict[str, tuple[Literal["none", "starttls", "tls"], int]] = {
            "smtp": ("none", 25),
            "smtp+starttls": ("starttls", 587),
            "smtps": ("tls", 465),
        }
        if parts.scheme not in kinds or not parts.hostname:
            raise EmailError(f"a mail server is written {', '.join(k + '://host' for k in kinds)}")
        security, port = kinds[parts.scheme]
        return cls(
            host=parts.hostname,
            port=parts.port or port,
            security=security,
            username=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
        )


@dataclass(frozen=True, slots=True)
class Handover:
    """What the server answered: accepted, refused for good, or to be tried again."""

    result: Literal["accepted", "refused", "deferred"]
    answer: str = ""


def build_email(
    message: Message,
    *,
    key: str,
    message_id: str,
    sender: str,
    sender_name: str,
    to: str,
    to_name: str,
    language: str,
    opt_out_url: str,
    at: datetime,
) -> EmailMessage:
    """The message as it goes out: text and HTML, dated ``at`` (aware).

    The same attempt gives the same bytes, however often it is built.

    Raises:
        EmailError: an address that is none, a link or a subject that would break a header.
    """
    if not _PLAIN_URL.fullmatch(opt_out_url):
        raise EmailError("an unsubscribe link that cannot stand in a header")
    if message.subject != " ".join(message.subject.splitlines()):
        raise EmailError("a subject of more than one line")
    email = EmailMessage(policy=POLICY)
    email["From"] = address_of(sender, sender_name)
    email["To"] = address_of(to, to_name)
    email["Subject"] = message.subject
    email["Date"] = format_datetime(at)
    email["Message-ID"] = message_id
    email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies to us
    email["List-Unsubscribe"] = f"<{opt_out_url}>"  # RFC 2369
    email["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    email.set_content(message.text)
    email.add_alternative(message.html, subtype="html")
    email["Content-Language"] = language  # set_content drops what was set before it
    email.set_boundary(hashlib.sha256(f"carrears boundary {key}".encode()).hexdigest()[:32])
    return email


def address_of(address: str, name: str) -> Address:
    """An address with its name, as a header holds it.

    Raises:
        EmailError: nobody can be written to there.
    """
    clean = " ".join(name.split())
    try:
        parsed = Address(display_name=clean, addr_spec=address)
    except (ValueError, IndexError) as error:
        raise EmailError("an e-mail address that cannot be written to") from error
    if not parsed.domain:
        raise EmailError("an e-mail address without a domain")
    return parsed


class _Guarded(smtplib.SMTP):
    """A session whose line goes no further than ``carrears.outgoing`` lets it."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return outgoing.connect(host, port, timeout=timeout)


class _GuardedTls(smtplib.SMTP_SSL):
    """The same, within TLS from the first byte on."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = outgoing.connect(host, port, timeout=timeout)
        try:
            return self.context.wrap_socket(plain, server_hostname=host)
        except OSError:
            plain.close()
            raise


@contextmanager
def connect(server: SmtpServer) -> Iterator[smtplib.SMTP]:
    """An open session with the server; several messages may use it.

    Raises:
        OSError, smtplib.SMTPException: the server does not answer or refuses us.
    """
    context = ssl.create_default_context()
    session: smtplib.SMTP
    if server.security == "tls":
        session = _GuardedTls(server.host, server.port, timeout=_TIMEOUT_SECONDS, context=context)
    else:
        session = _Guarded(server.host, server.port, timeout=_TIMEOUT_SECONDS)
    with session:
        if server.security == "starttls":
            session.starttls(context=context)
        if server.username:
            session.login(server.username, server.password)
        yield session


def hand_over(session: smtplib.SMTP, email: EmailMessage, *, back_to: str = "") -> Handover:
    """Give one message to the server. A lost session is an error of the session, not of it.

    ``back_to`` is its return path (RFC 5321, 4.4); the sender without one.

    Raises:
        OSError, smtplib.SMTPServerDisconnected: the session is gone; try in another.
    """
    try:
        session.send_message(email, from_addr=back_to or None)
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        return _refusal(code, answer)
    except smtplib.SMTPResponseException as error:
        return _refusal(error.smtp_code, error.smtp_error)
    except smtplib.SMTPNotSupportedError as error:  # an address that this server cannot write
        return Handover("refused", str(error))
    return Handover("accepted")


def _refusal(code: int, answer: bytes | str) -> Handover:
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    return Handover("refused" if code >= _PERMANENT else "deferred", f"{code} {words}")
