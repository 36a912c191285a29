"""Who may act for the lender."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRow:
    """One mandate; both of its days are included."""

    pk: int
    agency: str
    starts_on: date
    ends_on: date | None
    state: str
    reason: str
    given_by: str
    given_at: datetime
    ended_by: str
    ended_at: datetime | None
    end_reason: str
    may_end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MandatesPage:
    """The list with its filters."""

    rows: tuple[MandateRow, ...]
    pager: Pager
    agency: str
    states: tuple[Option, ...]
    active: bool
    earliest_end: date
