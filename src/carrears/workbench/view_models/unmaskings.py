"""Who looked at whose data in clear, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmaskingRow:
    """One look; ``note`` is empty where no words were given, or the person was erased."""

    pk: int
    at: datetime
    by: str
    loan_no: str
    kind: str
    reason: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LookerRow:
    """How often somebody looked, at how many people, on the days that are shown."""

    by: str
    query: str
    looks: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnmaskingsPage:
    """The list with its filters, and who looked most."""

    rows: tuple[UnmaskingRow, ...]
    pager: Pager
    lookers: tuple[LookerRow, ...]
    loan_no: str
    first: date
    last: date
    staff: tuple[Option, ...]
    kinds: tuple[Option, ...]
    reasons: tuple[Option, ...]
    query: str
    active: bool
