"""A mail to a member of staff: what the house tells its own people, with files."""

from __future__ import annotations

import hashlib
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Protocol

from carrears.outreach.email import POLICY, EmailError, address_of


class Enclosure(Protocol):
    """A file that goes with a mail."""

    @property
    def name(self) -> str:
        """As the reader sees it."""

    @property
    def content(self) -> bytes:
        """What is in it."""

    @property
    def media(self) -> str:
        """Of what type it is; text is UTF-8."""


class Letter(Protocol):
    """What a mail says, as text and as HTML."""

    @property
    def subject(self) -> str:
        """Of one line."""

    @property
    def text(self) -> str:
        """For readers without HTML."""

    @property
    def html(self) -> str:
        """The same."""

    @property
    def files(self) -> tuple[Enclosure, ...]:
        """What goes with it."""


def build_staff_email(
    letter: Letter,
    *,
    key: str,
    sender: str,
    sender_name: str,
    to: str,
    to_name: str,
    language: str,
    at: datetime,
) -> EmailMessage:
    """The mail as it goes out, dated ``at`` (aware): the same ``key`` gives the same bytes.

    Its Message-ID is none of those that name an attempt (``message_ids``): what comes back of it is
    nobody's reply.

    Raises:
        EmailError: an address that is none, or a subject that would break a header.
    """
    if letter.subject != " ".join(letter.subject.splitlines()):
        raise EmailError("a subject of more than one line")
    digest = hashlib.sha256(f"carrears staff mail {key}".encode()).hexdigest()
    email = EmailMessage(policy=POLICY)
    email["From"] = address_of(sender, sender_name)
    email["To"] = address_of(to, to_name)
    email["Subject"] = letter.subject
    email["Date"] = format_datetime(at)
    email["Message-ID"] = f"<{digest[:40]}@{sender.rpartition('@')[2]}>"
    email["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday replies to us
    email.set_content(letter.text)
    email.add_alternative(letter.html, subtype="html")
    for one in letter.files:
        main, sub = one.media.split("/")
        told = {"charset": "utf-8"} if main == "text" else {}
        email.add_attachment(
            one.content, maintype=main, subtype=sub, filename=one.name, params=told
        )
    email["Content-Language"] = language  # set_content drops what was set before it
    _set_boundaries(email, digest)
    return email


def _set_boundaries(email: EmailMessage, digest: str) -> None:
    """Boundaries of the key instead of the library's random ones."""
    parts = (one for one in email.walk() if one.is_multipart())
    for number, part in enumerate(parts):
        part.set_boundary(f"{digest[:30]}.{number}")
