"""Requests that a contact under review be made, waiting and decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.compliance import AttemptShown


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRow:
    """One request.

    ``state`` is the override's, or ``used`` once its contact was made, or
    ``lapsed`` once it was approved and may no longer be used.
    """

    pk: int
    loan_no: str
    token: str
    name: str
    channel: str
    rules: tuple[str, ...]
    reason: str
    asked_by: str
    asked_at: datetime
    state: str
    decision: str = ""
    decided_by: str = ""
    decided_at: datetime | None = None
    valid_until: datetime | None = None
    may_use: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OverridesPage:
    """The list, what waits first, with its filters."""

    rows: tuple[OverrideRow, ...]
    pager: Pager
    loan_no: str
    first: date | None
    last: date | None
    states: tuple[Option, ...]
    channels: tuple[Option, ...]
    people: tuple[Option, ...]
    waiting: int
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideShown:
    """One request with all that the gate was told, and the words that would be said.

    ``is_own`` says that the reader asked for it himself, so that somebody else decides.
    """

    row: OverrideRow
    attempt: AttemptShown
    subject: str
    body: str
    may_decide: bool
    is_own: bool
    made: int | None
    entries: tuple[int, ...]
