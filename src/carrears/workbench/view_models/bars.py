"""The do-not-contact list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class BarRow:
    """One bar: on the person of ``loans``, or (none) on a number or address by its index."""

    pk: int
    loans: tuple[str, ...]
    erased: bool
    index: str
    channel: str
    product: str
    actor: str
    reason: str
    from_on: date
    until_on: date | None
    state: str
    added_by: str
    added_at: datetime
    lifted_by: str
    lifted_at: datetime | None
    lift_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BarsPage:
    """The list. Searched by a loan it has ``text``, by a number or address ``find``."""

    rows: tuple[BarRow, ...]
    pager: Pager
    text: str
    find: str  # what was searched by, hashed; not the number or address
    states: tuple[Option, ...]
