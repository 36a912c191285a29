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


@dataclass(frozen=True, slots=True)
class DeadLettersPage:
    """The list, open ones unless others are asked for."""

    rows: tuple[DeadLetter, ...]
    pager: Pager
    states: tuple[Option, ...]
    may_act: bool
