"""What hangs on a mail: its files, as they are called and what they say they are.

Signatures, the words themselves and the small pictures within them (a logo, a dot that counts who
reads) are no files of a person. A mail that hangs on a mail is one file and not looked into.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage, Message

_LONGEST_NAME = 200
_LEAST_WITHIN = 10_000  # octets of a picture within the words that somebody took
_SIGNATURES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)


@dataclass(frozen=True, slots=True)
class Attached:
    """One file; ``declared`` is the media type that the mail says, which need not be so."""

    name: str
    declared: str
    content: bytes = field(repr=False)


def attached_to(mail: EmailMessage) -> tuple[Attached, ...]:
    """The files of a mail, in its order."""
    body = mail.get_body(preferencelist=("plain", "html"))
    return tuple(
        Attached(_name(part), part.get_content_type(), content)
        for part in _leaves(mail)
        if part is not body and not _is_words(part)
        for content in [_content(part)]
        if not _is_trimming(part, content)
    )


def _leaves(part: Message) -> Iterator[Message]:
    """The parts that hold something, without those of a mail within."""
    held = part.get_payload()
    if part.get_content_maintype() == "multipart" and isinstance(held, list):
        for one in held:
            if isinstance(one, Message):
                yield from _leaves(one)
    else:
        yield part


def _is_words(part: Message) -> bool:
    """The same words in another form, and what else is meant to be read at once."""
    is_text = part.get_content_type() in {"text/plain", "text/html"}
    return is_text and part.get_content_disposition() != "attachment" and not _name(part)


def _is_trimming(part: Message, content: bytes) -> bool:
    if part.get_content_type() in _SIGNATURES:
        return True
    within = part.get_content_disposition() != "attachment" and part.get("Content-ID") is not None
    is_picture = part.get_content_maintype() == "image"
    return within and is_picture and len(content) < _LEAST_WITHIN


def _content(part: Message) -> bytes:
    if part.get_content_maintype() == "message":
        held = part.get_payload()
        mails = held if isinstance(held, list) else []
        return b"".join(one.as_bytes() for one in mails if isinstance(one, Message))
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _name(part: Message) -> str:
    """What it is called, without folders and without what turns the reading of a name around."""
    told = str(part.get_filename() or "").replace("\\", "/").rpartition("/")[2]
    plain = "".join(one for one in told if unicodedata.category(one)[0] != "C")
    return plain.strip()[-_LONGEST_NAME:]
