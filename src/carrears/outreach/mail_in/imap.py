"""The mailbox to which replies, bounces and complaints come, read by IMAP (RFC 3501).

What is kept is marked as seen, and nothing is taken away: whoever keeps the mailbox decides for how
long. A crash between both has the mail read again, and known by its Message-ID.
"""

from __future__ import annotations

import imaplib
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

from carrears import outgoing

_SECONDS = 30
_LARGEST = 25 * 1024 * 1024  # photos of a phone among it
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class MailboxError(RuntimeError):
    """The mailbox cannot be read; the message says why, and never the password."""


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """Where the mailbox is, and whose."""

    host: str
    port: int
    user: str
    folder: str
    by_tls: bool
    password: str = field(repr=False)

    @classmethod
    def from_url(cls, url: str, *, password: str) -> MailboxAddress:
        """Read ``imaps://user@host[:port][/folder]``.

        Without TLS (``imap://``) only a server on this machine is asked.

        Raises:
            ValueError: it is no such address.
        """
        parts = urlsplit(url)
        if parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username:
            raise ValueError("a mailbox is imaps://user@host[:port][/folder]")
        if parts.scheme == "imap" and parts.hostname not in _LOOPBACK:
            raise ValueError("a mailbox elsewhere is read by TLS only (imaps://)")
        return cls(
            parts.hostname,
            parts.port or (993 if parts.scheme == "imaps" else 143),
            unquote(parts.username),
            unquote(parts.path.strip("/")) or "INBOX",
            parts.scheme == "imaps",
            password or unquote(parts.password or ""),
        )


class _Plain(imaplib.IMAP4):
    """A session whose line goes no further than ``carrears.outgoing`` lets it."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return outgoing.connect(self.host, self.port, timeout=timeout or _SECONDS)


class _Sealed(imaplib.IMAP4_SSL):
    """The same by TLS."""

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = outgoing.connect(self.host, self.port, timeout=timeout or _SECONDS)
        sealed: socket.socket = self.ssl_context.wrap_socket(plain, server_hostname=self.host)
        return sealed


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An open mailbox."""

    session: imaplib.IMAP4

    def validity(self) -> str:
        """Of what age its UIDs are: with another they are given anew (RFC 3501, 2.3.1.1).

        Raises:
            MailboxError: the server did not tell, as it must where a folder is opened.
        """
        _, told = self.session.response("UIDVALIDITY")
        if not told or not isinstance(told[0], bytes):
            raise MailboxError("the mailbox tells no UIDVALIDITY")
        return told[0].decode()

    def unseen(self, at_most: int) -> Iterator[tuple[str, bytes | None]]:
        """The mails that nobody has seen: their UIDs, and their octets; None of too large a one.

        Raises:
            MailboxError: the server refuses, or the line broke.
        """
        [found] = self._ask("SEARCH", None, "UNSEEN")
        for uid in (found or b"").split()[:at_most]:
            number = uid.decode()
            sized = b" ".join(_bytes(one) for one in self._ask("FETCH", number, "(RFC822.SIZE)"))
            size = re.search(rb"RFC822\.SIZE (\d+)", sized)
            if size is None:
                continue  # somebody took it away meanwhile
            if int(size[1]) > _LARGEST:
                yield number, None
                continue
            told = self._ask("FETCH", number, "(BODY.PEEK[])")
            yield number, next((one[1] for one in told if isinstance(one, tuple)), b"")

    def mark_seen(self, uid: str) -> None:
        """Note that a mail is kept here.

        Raises:
            MailboxError: the server refuses, or the line broke.
        """
        self._ask("STORE", uid, "+FLAGS.SILENT", r"(\Seen)")

    def _ask(self, *said: str | None) -> list[Any]:
        try:
            answer, told = self.session.uid(*said)  # type: ignore[arg-type]
        except (imaplib.IMAP4.error, OSError) as error:
            raise MailboxError(f"the mailbox: {error}") from error
        if answer != "OK":
            raise MailboxError(f"the mailbox refused {said[0]}")
        return list(told)


def _bytes(told: object) -> bytes:
    if isinstance(told, tuple):
        return b" ".join(_bytes(one) for one in told)
    return told if isinstance(told, bytes) else b""


@contextmanager
def open_mailbox(address: MailboxAddress) -> Iterator[Mailbox]:
    """A session with the folder open.

    Raises:
        MailboxError: nobody answers, the password is refused, or there is no such folder.
    """
    try:
        session: imaplib.IMAP4 = (
            _Sealed(
                address.host,
                address.port,
                ssl_context=ssl.create_default_context(),
                timeout=_SECONDS,
            )
            if address.by_tls
            else _Plain(address.host, address.port, timeout=_SECONDS)
        )
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(f"the mailbox does not answer: {error}") from error
    try:
        session.login(address.user, address.password)
        answer, _ = session.select(f'"{address.folder}"')
        if answer != "OK":
            raise MailboxError(f"the mailbox has no folder {address.folder}")
        yield Mailbox(session)
    except imaplib.IMAP4.error as error:
        raise MailboxError("the mailbox refused the user or the password") from error
    finally:
        try:
            session.logout()
        except (imaplib.IMAP4.error, OSError):  # it is gone already
            session.shutdown()
