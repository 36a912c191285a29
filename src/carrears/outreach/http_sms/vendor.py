"""What every vendor's HTTP service can do for us, whatever its words for it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

Fate = Literal["delivered", "undelivered", "under_way"]


class AccountError(OSError):
    """The service refuses us and not a text: wrong key, no money, closed. Nothing was taken."""


class PushError(ValueError):
    """What was pushed to us cannot be read, or is not from whom it says it is."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request, signed. ``body`` None is a GET."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Answered:
    """An HTTP answer."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Text:
    """One text; ``to`` is ``+`` and digits, ``reference`` is ours.

    Vendors of templates take ``code`` and ``values`` (in the order of the placeholders), the
    others ``words``.
    """

    to: str
    reference: str
    words: str = field(repr=False)
    code: str = ""
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an answer says of one text; ``reference`` is the service's own id of it."""

    result: Literal["accepted", "refused", "deferred", "uncertain"]
    words: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a text: ``reference`` is ours where the service tells it, else its own.

    ``number`` stands only where the service never tells ours: then a text to that number of which
    nobody knows may be meant.
    """

    reference: str
    fate: Fate
    words: str
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """A text that somebody sent to us."""

    number: str = field(repr=False)
    words: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a service told of itself, and what it wants to hear once it is kept."""

    reports: tuple[Report, ...] = ()
    replies: tuple[Reply, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """A text of which we want to know what became.

    Its references, ours first; its number; on which day, where the service stands, it was given.
    """

    references: tuple[str, ...]
    to: str = field(repr=False)
    day: date = date.min


class Vendor(Protocol):
    """A service. Nothing here speaks to anybody: it makes requests and reads answers."""

    @property
    def name(self) -> str:
        """As deliveries, receipts and addresses of pushes name it."""

    @property
    def by_template(self) -> bool:
        """Whether it takes codes of templates that it approved itself, and no other words."""

    @property
    def sign(self) -> str:
        """The signature (短信签名) that it puts before a template's words; empty without."""

    @property
    def window(self) -> int:
        """How many requests may be under way at once."""

    def to_send(self, text: Text, *, at: datetime, nonce: str) -> Request:
        """The request that gives one text away."""

    def read_sent(self, answer: Answered) -> Taken:
        """What came of it.

        Raises:
            AccountError: it refuses us, not the text.
        """

    def to_ask(self, asked: Sequence[Asked], *, at: datetime, nonce: str) -> list[Request]:
        """Requests that ask what became of texts."""

    def read_asked(self, answer: Answered) -> Pushed:
        """What it told. Of an answer that is none, nothing."""

    def is_genuine(self, url: str, body: bytes, headers: Mapping[str, str]) -> bool:
        """Whether a push is signed by the service; of one that does not sign, never."""

    def read_push(self, url: str, body: bytes) -> Pushed:
        """What was pushed to us.

        Raises:
            PushError: it cannot be read.
        """

    @property
    def thanks(self) -> tuple[str, bytes]:
        """The media type and the words by which a push is answered once it is kept."""


def own_reference(key: str) -> str:
    """Our name of an attempt with a service: the same for the same key, and it tells nothing."""
    return hashlib.sha256(f"carrears text {key}".encode()).hexdigest()[:32]
