"""Pages and calls of which no recording was begun."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrecordedRow:
    """One visit of a ``page``, or one call; ``late_at`` is when its recording came after all."""

    pk: int
    loan_no: str
    kind: str
    page: str
    staff: str
    due_at: datetime
    late_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrecordedPage:
    """The list with its filters."""

    rows: tuple[UnrecordedRow, ...]
    pager: Pager
    first: date
    last: date
    staff: tuple[Option, ...]
    query: str
    active: bool
    misses_calls: bool
