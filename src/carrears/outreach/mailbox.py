"""The built-in mail server: real SMTP on loopback, keeps what it receives as files.

It is for demonstrations, replays and tests. A message is one ``.eml`` file named by its
Message-ID; the same message again is counted, not kept twice. The envelope stands in headers
that begin with ``X-Envelope-``.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parsedate_to_datetime
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from carrears.outreach.email import SmtpServer

_LARGEST_BYTES = 5 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Kept:
    """One message that was received. ``id`` names its file."""

    id: str
    received_at: datetime
    dated: datetime | None
    to: str
    sender: str
    subject: str
    message_id: str
    text: str = ""
    html: str = ""
    received_again: int = 0


class Keeper:
    """What aiosmtpd calls for each message."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(  # noqa: N802  the library's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message before saying that it is accepted."""
        content = envelope.original_content or b""
        name = file_id(content)
        target = self._folder / f"{name}.eml"
        if target.exists():
            with _again(target).open("ab") as count:
                count.write(b".")
            return "250 2.6.0 had it already"
        fresh = self._folder / f".{name}.{os.getpid()}.{threading.get_ident()}"
        head = f"X-Envelope-From: {envelope.mail_from}\r\n" + "".join(
            f"X-Envelope-To: {to}\r\n" for to in envelope.rcpt_tos
        )
        with fresh.open("wb") as file:
            file.write(head.encode() + content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(target)
        return "250 2.0.0 kept"


def file_id(content: bytes) -> str:
    """The name of a message's file, from its Message-ID (or from its content without one)."""
    head = message_from_bytes(content, policy=default)
    return id_of(head["Message-ID"] or hashlib.sha256(content).hexdigest())


def id_of(message_id: str) -> str:
    """The name of the file that keeps the message of this Message-ID."""
    return hashlib.sha256(message_id.strip().encode()).hexdigest()[:32]


def _again(path: Path) -> Path:
    """The file that holds a dot for each time the same message came again."""
    return path.with_suffix(".again")


def _controller(folder: Path, host: str, port: int) -> Controller:
    return Controller(
        Keeper(folder), hostname=host, port=port, data_size_limit=_LARGEST_BYTES,
        enable_SMTPUTF8=True, server_hostname="mailbox.localhost",
    )  # fmt: skip


@contextmanager
def running(folder: Path, *, host: str = "127.0.0.1", port: int = 0) -> Iterator[SmtpServer]:
    """A mailbox in this process, on a free port unless one is given."""
    controller = _controller(folder, host, port)
    if port == 0:
        controller.port = _free_port(host)
    controller.start()
    try:
        yield SmtpServer(host=host, port=controller.port)
    finally:
        controller.stop()


def _free_port(host: str) -> int:
    import socket  # noqa: PLC0415  only without a given port

    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def serve(folder: Path, *, host: str = "127.0.0.1", port: int = 2525) -> None:
    """Run the mailbox until the process is told to end."""
    with running(folder, host=host, port=port):
        threading.Event().wait()


def list_messages(folder: Path) -> list[Kept]:
    """All messages, newest first, without their texts."""
    if not folder.is_dir():
        return []
    kept = [_read(path, whole=False) for path in folder.glob("*.eml")]
    return sorted(kept, key=lambda one: one.received_at, reverse=True)


def has_message(folder: Path, message_id: str) -> bool:
    """Whether the message of this Message-ID was received."""
    return (folder / f"{id_of(message_id)}.eml").is_file()


def read_message(folder: Path, name: str) -> Kept:
    """One message with its texts.

    Raises:
        KeyError: there is none of that id.
    """
    path = folder / f"{name}.eml"
    if not name.isalnum() or not path.is_file():
        raise KeyError(name)
    return _read(path, whole=True)


def _read(path: Path, *, whole: bool) -> Kept:
    email = message_from_bytes(path.read_bytes(), policy=default)
    return Kept(
        id=path.stem,
        received_at=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        dated=_dated(email),
        to=str(email["To"] or ""),
        sender=str(email["From"] or ""),
        subject=str(email["Subject"] or ""),
        message_id=str(email["Message-ID"] or ""),
        text=_part(email, "plain") if whole else "",
        html=_part(email, "html") if whole else "",
        received_again=_again(path).stat().st_size if _again(path).exists() else 0,
    )


def _dated(email: EmailMessage) -> datetime | None:
    """The message's own date; None where it has none that can be read."""
    try:
        return parsedate_to_datetime(email["Date"]) if email["Date"] else None
    except ValueError:
        return None


def _part(email: EmailMessage, kind: str) -> str:
    body = email.get_body((kind,))
    if body is None:
        return ""
    try:
        return "\n".join(str(body.get_content()).splitlines())
    except LookupError:  # a character set that Python does not know
        return bytes(body.get_payload(decode=True) or b"").decode("latin-1")
