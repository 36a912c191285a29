"""What a mail that came in is: a bounce, a complaint, an answer of a machine, or a reply.

Bounces are delivery status notifications (RFC 3464 within RFC 6522), complaints come in the abuse
reporting format (RFC 5965), machines say so by ``Auto-Submitted`` (RFC 3834). All of them name the
message that they are about by its Message-ID, as replies do in ``In-Reply-To`` and ``References``.
A bounce is known by the return path that it came to as well (``return_paths``), and one that is no
report at all, as old servers write it, by that alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import getaddresses, parseaddr
from html.parser import HTMLParser

from carrears.outreach.mail_in.attached import Attached, attached_to
from carrears.outreach.return_paths import ReturnPaths

_IDS = re.compile(r"<[^<>\s]{3,250}>")
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
# The same among other words: no part of an address of the Internet.
_FAILED = re.compile(r"(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]*\d)")
# A server that goes on trying says so; what it has given up it sends back without these words.
_LATE = re.compile(
    r"\b(?:delayed|warning message|still trying|will (?:keep|continue)\b.{0,20}try)", re.IGNORECASE
)
_MOST_WORDS = 20_000
# Where the words of a reply end and those that it answers begin.
_QUOTED = re.compile(
    r"^\s*(?:>|-{2,}\s*(?:原始邮件|original message|forwarded message|转发邮件)"
    r"|on .{5,120} wrote:\s*$|.{0,80}(?:写道|于.{4,60}写道)\s*[:：]\s*$"
    r"|(?:发件人|from)\s*[:：].{0,120}@)",
    re.IGNORECASE | re.MULTILINE,
)


class MailError(ValueError):
    """A mail that cannot be read; the message says why."""


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a mail server says of a message: ``status`` by RFC 3463, empty where it gives none.

    ``recipients`` are those that it failed for, the original one too where it is told.
    ``action`` is ``failed``, ``delayed``, ``delivered``, ``relayed`` or ``expanded``.
    """

    message_id: str
    recipients: tuple[str, ...]
    action: str
    status: str
    words: str


@dataclass(frozen=True, slots=True)
class Complaint:
    """Somebody called a message unwanted (``kind`` is ``abuse``), or said that it was not."""

    message_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Automatic:
    """A machine's answer, such as that somebody is away."""

    message_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a person wrote; ``text`` without the words that he answers, ``files`` hang on it."""

    message_ids: tuple[str, ...]
    sender: str
    subject: str
    text: str
    files: tuple[Attached, ...] = ()


MailIn = Bounce | Complaint | Automatic | Reply


def read_mail(raw: bytes, *, paths: ReturnPaths | None = None) -> MailIn:
    """What a mail says; ``paths`` are those from which our own mails leave.

    Raises:
        MailError: a report that lacks what it has to tell, or no mail at all.
    """
    try:
        mail = BytesParser(policy=policy.default).parsebytes(raw)
        return _read(mail, paths.message_of(_came_to(mail)) if paths else "")
    except MailError:
        raise
    except Exception as error:  # the library raises whatever a malformed header leads it to
        raise MailError(f"it cannot be read: {type(error).__name__}") from error


def own_id(raw: bytes) -> str:
    """The mail's own Message-ID; empty where it has none that can be read."""
    head = raw.split(b"\r\n\r\n", 1)[0].split(b"\n\n", 1)[0]
    found = re.search(rb"^message-id:\s*(<[^<>\s]{3,250}>)", head, re.IGNORECASE | re.MULTILINE)
    return found[1].decode("ascii", errors="replace") if found else ""


def _read(mail: EmailMessage, sent_as: str) -> MailIn:
    if not mail.keys():
        raise MailError("it has no headers")
    if mail.get_content_type() == "multipart/report":
        match str(mail.get_param("report-type", "")).lower():
            case "delivery-status":
                return _bounce(mail, sent_as)
            case "feedback-report":
                return _complaint(mail)
            case _:
                return Automatic(_answered(mail))
    if sent_as and _is_of_postmaster(mail):
        return _plain_bounce(mail, sent_as)
    if _is_automatic(mail):
        return Automatic(_answered(mail))
    text = _words(mail)
    quoted = _QUOTED.search(text)
    text = text[: quoted.start()] if quoted else text
    sender = parseaddr(str(mail.get("From", "")))[1]
    return Reply(
        message_ids=_answered(mail),
        sender=sender,
        subject=str(mail.get("Subject", "")),
        text=text.strip()[:_MOST_WORDS],
        files=attached_to(mail),
    )


def _is_automatic(mail: EmailMessage) -> bool:
    said = str(mail.get("Auto-Submitted", "no")).split(";")[0].strip().lower()
    precedence = str(mail.get("Precedence", "")).strip().lower()
    return said != "no" or precedence in {"bulk", "junk", "list", "auto_reply"}


def _answered(mail: EmailMessage) -> tuple[str, ...]:
    """The messages that it answers, the nearest first."""
    nearest = _IDS.findall(str(mail.get("In-Reply-To", "")))
    before = _IDS.findall(str(mail.get("References", "")))
    return tuple(dict.fromkeys([*nearest, *reversed(before)]))


def _came_to(mail: EmailMessage) -> Iterator[str]:
    """The addresses to which a mail was delivered, as servers and mailboxes write them down."""
    for name in ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc"):
        for value in mail.get_all(name, []):
            yield from (address for _, address in getaddresses([str(value)]))


def _is_of_postmaster(mail: EmailMessage) -> bool:
    """Whether a mail server wrote it, and nobody who is away: both answer the return path."""
    sender = parseaddr(str(mail.get("From", "")))[1].partition("@")[0].lower()
    return sender in {"mailer-daemon", "postmaster"}


def _plain_bounce(mail: EmailMessage, sent_as: str) -> Bounce:
    """A failure in plain words, which name no address that could be told from others."""
    words = _words(mail)
    is_late = _LATE.search(f"{mail.get('Subject', '')}\n{words}") is not None
    status = _FAILED.search(words)
    return Bounce(
        message_id=sent_as,
        recipients=(),
        action="delayed" if is_late else "failed",
        status=status[0] if status else "",
        words=" ".join(words.split())[:300],
    )


def _bounce(mail: EmailMessage, sent_as: str) -> Bounce:
    blocks = list(_fields(mail, "message/delivery-status"))
    about = [block for block in blocks if block.get("Action")]
    if not about:
        raise MailError("a delivery status without an action")
    # Our messages go to one person each: of several the worst is told.
    order = {"failed": 0, "delayed": 1}
    worst = min(about, key=lambda block: order.get(_value(block, "Action").lower(), 2))
    names = ("Final-Recipient", "Original-Recipient")
    recipients = (_value(worst, name).partition(";")[2].strip() for name in names)
    status = _STATUS.search(_value(worst, "Status")) or _STATUS.search(
        _value(worst, "Diagnostic-Code")
    )
    return Bounce(
        message_id=sent_as or _original_id(mail),
        recipients=tuple(dict.fromkeys(one for one in recipients if one)),
        action=_value(worst, "Action").lower(),
        status=status[0] if status else "",
        words=_value(worst, "Diagnostic-Code")[:300],
    )


def _complaint(mail: EmailMessage) -> Complaint:
    [*blocks] = _fields(mail, "message/feedback-report")
    kind = next((_value(one, "Feedback-Type") for one in blocks if one.get("Feedback-Type")), "")
    if not kind:
        raise MailError("a report without a feedback type")
    return Complaint(_original_id(mail), kind.lower())


def _fields(mail: EmailMessage, kind: str) -> Iterator[Message]:
    """The groups of fields of a report's second part."""
    for part in mail.walk():
        if part.get_content_type() == kind:
            held = part.get_payload()
            if isinstance(held, list):
                yield from (one for one in held if isinstance(one, Message))
            elif isinstance(held, str):
                yield from _groups(held)


def _groups(text: str) -> Iterator[Message]:
    parser = BytesParser(policy=policy.compat32)
    for group in re.split(r"\r?\n\s*\r?\n", text.strip()):
        yield parser.parsebytes(group.encode("utf-8", errors="replace"))


def _value(block: Message, name: str) -> str:
    return " ".join(str(block.get(name, "")).split())


def _original_id(mail: EmailMessage) -> str:
    """The Message-ID of the message that came back, whole or by its headers."""
    for part in mail.walk():
        match part.get_content_type():
            case "message/rfc822":
                held = part.get_payload()
                within = held[0] if isinstance(held, list) and held else None
                text = str(within.get("Message-ID", "")) if isinstance(within, Message) else ""
            case "text/rfc822-headers" | "message/rfc822-headers":
                text = _headers_of(part)
            case _:
                continue
        if found := _IDS.search(text):
            return found[0]
    raise MailError("a report that does not name the message")


def _headers_of(part: Message) -> str:
    held = part.get_payload(decode=True)
    if not isinstance(held, bytes):
        return ""
    return str(BytesParser(policy=policy.compat32).parsebytes(held).get("Message-ID", ""))


class _Plain(HTMLParser):
    """The words of a page, without what is not read."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._unread = 0

    def handle_starttag(self, tag: str, attrs: Iterable[object]) -> None:
        del attrs
        if tag in {"style", "script", "blockquote"}:
            self._unread += 1
        elif tag in {"br", "p", "div"}:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"style", "script", "blockquote"}:
            self._unread = max(self._unread - 1, 0)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.words.append(data)


def _words(mail: EmailMessage) -> str:
    body = mail.get_body(preferencelist=("plain", "html"))
    if body is None:
        return ""
    text = str(body.get_content())
    if body.get_content_type() == "text/html":
        plain = _Plain()
        plain.feed(text)
        text = "".join(plain.words)
    return text.replace("\r\n", "\n").replace("\0", "")
