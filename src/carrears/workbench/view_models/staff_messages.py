"""Messages to staff by WeCom that reached nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMessageRow:
    """One message: for whom, of what kind of notification, since when, and what WeCom said."""

    pk: int
    user: str
    kind: str
    notice_at: datetime
    tries: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMessagesPage:
    """Those that were given up, the newest first; ``waiting`` are on their way."""

    rows: tuple[StaffMessageRow, ...]
    pager: Pager
    waiting: int
    may_send: bool
