"""Complaints: the list, and one with its course and next steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.time_limits import LimitShown


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintRow:
    """One complaint of the list; ``due`` is a code of the group ``due``, or empty."""

    pk: int
    loan_no: str
    category: str
    channel: str
    agency: str
    jurisdiction: str
    state: str
    outcome: str
    received_at: datetime
    due_on: date | None
    due: str
    assigned_to: str
    raised_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintsPage:
    """The list with its filters and what is open, raised, overdue and due soon in all."""

    raised: int = 0
    rows: tuple[ComplaintRow, ...]
    pager: Pager
    states: tuple[Option, ...]
    dues: tuple[Option, ...]
    agencies: tuple[Option, ...]
    categories: tuple[Option, ...]
    jurisdictions: tuple[Option, ...]
    kept: tuple[tuple[str, str], ...]
    query: str
    open: int
    overdue: int
    soon: int
    closed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One line of a complaint's course."""

    kind: str
    at: datetime
    by: str
    detail: str
    text: str
    entry_no: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ComplaintShown:
    """One complaint. ``text`` is None of somebody who was erased."""

    row: ComplaintRow
    complainant: str
    collector: str
    reference: str
    escalated_to: str
    remedy: str
    attempt: int | None
    text: str | None
    held: bool
    limits: tuple[LimitShown, ...]
    steps: tuple[StepShown, ...]
    possible: tuple[str, ...]
