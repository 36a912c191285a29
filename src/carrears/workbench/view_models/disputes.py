"""Disputes: the list, one with its course and next steps, and those of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.money import Money
from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.time_limits import LimitShown


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputedLoanShown:
    """A loan that is disputed; ``amount`` None: all that is owed on it."""

    loan_no: str
    amount: Money | None
    held: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRow:
    """One dispute of a list; ``due`` is a code of the group ``due``, or empty."""

    pk: int
    kind: str
    channel: str
    jurisdiction: str
    state: str
    outcome: str
    received_at: datetime
    due_on: date | None
    due: str
    assigned_to: str
    loans: tuple[DisputedLoanShown, ...]
    raised_to: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputesPage:
    """The list with its filters, and what is open, overdue and due soon in all."""

    rows: tuple[DisputeRow, ...]
    pager: Pager
    states: tuple[Option, ...]
    dues: tuple[Option, ...]
    kinds: tuple[Option, ...]
    jurisdictions: tuple[Option, ...]
    loan_no: str
    query: str
    open: int
    overdue: int
    soon: int
    over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeStepShown:
    """One line of a dispute's course."""

    kind: str
    at: datetime
    by: str
    detail: str
    text: str
    entry_no: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeFile:
    """A file that is attached; its name only to who may see files."""

    name: str
    kind: str
    attached_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeShown:
    """One dispute. ``text`` is None of somebody who was erased."""

    row: DisputeRow
    text: str | None
    asks: str
    registered_by: str
    limits: tuple[LimitShown, ...]
    steps: tuple[DisputeStepShown, ...]
    files: tuple[DisputeFile, ...]
    loan_no: str
