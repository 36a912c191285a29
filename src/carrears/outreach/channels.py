"""The one interface of everything that takes a message from us and brings it to a person.

A *channel* (e-mail, SMS) goes by a *gateway*: a mail server, an SMSC, a vendor's HTTP service. A
gateway opens a *line*; over it parcels are handed over, and for each the line says once what came
of it. A message's way, of which the database keeps every step (``delivery_models``):

    waiting ─▶ handed ─▶ accepted ─▶ delivered | undelivered
       ▲          ├─▶ refused (failed)
       └──────────┼── deferred: tried again after a pause (``retries``), then failed
                  └─▶ uncertain: given away, and nobody answered
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from carrears.outreach.templates import Message
from carrears.starred import without_person

Result = Literal["accepted", "refused", "deferred", "uncertain"]


class LineError(OSError):
    """The line is gone or was never there; nothing is said of any parcel."""


@dataclass(frozen=True, slots=True)
class Parcel:
    """One message on its way, in clear; ``key`` is the same however often it is tried."""

    key: str
    party: UUID
    to: str
    to_name: str = field(repr=False)
    message: Message = field(repr=False)
    locale: str
    at: datetime
    template: str = ""
    message_id: str = ""  # of a mail

    def without_person(self, words: str) -> str:
        """What a gateway said of it, without the name and the number or address of its person."""
        return without_person(words, name=self.to_name, reached_at=(self.to,))


@dataclass(frozen=True, slots=True)
class Handed:
    """What a gateway answered for the parcel ``key``.

    ``refused`` is for good, ``deferred`` may be tried again, ``uncertain`` was given away without
    an answer. ``answer`` is without the person. ``references`` are the gateway's own ids, one for
    each of its ``parts``; or ours and the gateway's of the same part, where receipts may name
    either. ``arrived``: what was accepted is with its person, and no receipt is waited for.
    ``is_full``: what is deferred is not at fault, the line takes no more at present.
    ``may_be_there``: it was given away and the line broke, so nothing but the same, under the same
    key, may go again.
    """

    key: str
    result: Result
    answer: str = ""
    references: tuple[str, ...] = ()
    parts: int = 1
    arrived: bool = False
    is_full: bool = False
    may_be_there: bool = False


class Line(Protocol):
    """An open session with a gateway."""

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        """Give parcels away, at most ``Gateway.window`` of them; says once of each what came of it.

        Raises:
            LineError: the line broke. A parcel of which nothing was said was not given away.
        """


class Gateway(Protocol):
    """Something that takes messages. Opening it costs; a line is used for many."""

    @property
    def name(self) -> str:
        """As deliveries and receipts name it."""

    @property
    def window(self) -> int:
        """How many parcels may be under way at once, and so how many a crash can leave open."""

    @property
    def repeatable(self) -> bool:
        """Whether the same parcel given twice reaches the person once, by its key."""

    def open(self) -> AbstractContextManager[Line]:
        """A line.

        Raises:
            LineError: nobody answers, or it refuses us.
        """
