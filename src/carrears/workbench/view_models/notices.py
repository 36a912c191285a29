"""What somebody is told of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from carrears.workbench.view_models.common import Option, Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeRow:
    """One notification. ``kind`` is a code of ``notice``; ``detail`` in the reader's words."""

    pk: int
    kind: str
    loan_no: str
    by: str
    detail: str
    at: datetime
    is_read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage:
    """One's notifications, newest first; ``by_wecom`` which kinds he gets there besides."""

    rows: tuple[NoticeRow, ...]
    pager: Pager
    unread: int
    only_unread: bool
    by_wecom: tuple[Option, ...] = ()
