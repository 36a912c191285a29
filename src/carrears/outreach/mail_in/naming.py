"""Whether a mail that was kept aside names somebody, whatever it is wrapped in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message

from carrears.conduct.striking import Erased

# As whoever writes Chinese mail declares it, or does not.
_USUAL = ("utf-8", "gb18030")


def mail_without(raw: str, pattern: re.Pattern[str], _one: Erased) -> str | None:
    """A mail kept aside (its bytes as Latin-1) as it is; None where it names him, or is from him.

    Nobody could read it as a mail, so nothing can be struck out of it and the rest still be one.
    """
    mail = raw.encode("latin-1")
    return None if any(pattern.search(text) for text in _texts(mail)) else raw


def _texts(mail: bytes) -> Iterator[str]:
    """All that it can be read as: as it lies there, its headers, and its parts unwrapped."""
    yield from _decoded(mail, "")
    message = message_from_bytes(mail)
    for part in message.walk():
        yield from (_header(str(value)) for value in part.values())
        if not part.is_multipart():
            yield from _decoded(_content(part), part.get_content_charset() or "")


def _content(part: Message) -> bytes:
    found = part.get_payload(decode=True)
    return found if isinstance(found, bytes) else b""


def _header(value: str) -> str:
    try:
        return str(make_header(decode_header(value)))
    except (ValueError, LookupError, MessageError):  # broken, or of no character set
        return value


def _decoded(content: bytes, told: str) -> Iterator[str]:
    for charset in dict.fromkeys((told or _USUAL[0], *_USUAL)):
        try:
            yield content.decode(charset, errors="replace")
        except (ValueError, LookupError):  # no character set, or none that reads bytes
            continue
