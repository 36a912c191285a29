"""What the screen of alerts shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True)
class AlertRow:
    """Something amiss; ``line`` is in the reader's language."""

    kind: str
    line: str
    since: datetime
    over_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetRow:
    """Where alerts go. ``key`` is the file that is lacking, or empty; ``routes`` say when."""

    name: str
    kind: str
    alerts: tuple[str, ...]
    routes: tuple[str, ...]
    key: str
    sent_at: datetime | None
    failed_at: datetime | None
    failed: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRow:
    """One message to a target."""

    pk: int
    target: str
    text: str
    state: str
    is_test: bool
    made_by: str
    made_at: datetime
    sent_at: datetime | None
    next_at: datetime | None
    tries: int
    error: str


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """What is amiss, what was over lately, where alerts go, and what was sent."""

    standing: tuple[AlertRow, ...]
    over: tuple[AlertRow, ...]
    targets: tuple[TargetRow, ...]
    messages: tuple[MessageRow, ...]
    pager: Pager
    may_test: bool
