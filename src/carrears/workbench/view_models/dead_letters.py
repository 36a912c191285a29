"""What the screen of messages that did not get through shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Option, Pager, Sensitive


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One message that did not get through, or of which nobody knows."""

    pk: int
    attempt: int
    loan_no: str
    channel: str
    to: Sensitive
    template: str
    state: str
    error: str
    tries: int
    at: datetime
    closing: str
    close_reason: str
    closed_by: str
    closed_at: datetime | None
    replaced_by: int | None

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to look at it."""
        return not self.closing


@dataclass(frozen=True, slots=True, kw_only=True)
class ManyPart:
    """What sending all that fit again would come to: counts by channel and by what was answered."""

    many: int
    uncertain: int
    at_most: int
    channels: tuple[tuple[str, int], ...]
    errors: tuple[tuple[str, int], ...]
    asked: tuple[tuple[str, str], ...]  # the filter, as hidden fields carry it
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order to send many again, and how far it is; ``share`` of 100 had their turn."""

    pk: int
    asked_at: datetime
    asked_by: str
    reason: str
    done_at: datetime | None
    stopped_by: str
    total: int
    waiting: int
    sent: int
    blocked: int
    gone: int
    stopped: int
    broken: int
    may_stop: bool

    @property
    def share(self) -> int:
        """How much of it had its turn, of 100."""
        return 100 * (self.total - self.waiting) // self.total if self.total else 100


@dataclass(frozen=True, slots=True)
class OrdersPart:
    """The newest orders; ``waits``: one is not done."""

    rows: tuple[OrderRow, ...]
    waits: bool


@dataclass(frozen=True, slots=True)
class DeadLettersPage:
    """The list, open ones unless others are asked for."""

    rows: tuple[DeadLetter, ...]
    pager: Pager
    states: tuple[Option, ...]
    channels: tuple[Option, ...]
    error: str
    first: str
    last: str
    may_act: bool
    again: ManyPart | None
    orders: OrdersPart
