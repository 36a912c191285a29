"""Disputes: the list, one with its course and next steps, and those of a case."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.money import Money
from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.time_limits import LimitShown


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputedLoanShown:
    """A loan that is disputed; ``amount`` None: all that is owed on it.

    ``collection`` is a code of the group of that name; ``has_case``: there is, or was, one.
    """

    loan_no: str
    amount: Money | None
    collection: str
    has_case: bool


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
    uncased: int
    over: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeAside:
    """A dispute, or hardship, that an event told and that could not be raised, and why.

    ``kind`` is what it said, as a code; ``text`` are the borrower's words.
    ``channel`` says how they came; ``until_on`` is the last day of a hardship, as it was told.
    """

    pk: int
    loan_no: str
    source: str
    key: str
    at: datetime
    channel: str
    kind: str
    why: str
    text: str
    is_hardship: bool = False
    until_on: str = ""


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

    @property
    def has_case(self) -> bool:
        """Whether its first loan has a case to go to."""
        return any(one.has_case for one in self.row.loans if one.loan_no == self.loan_no)

    @property
    def without_case(self) -> bool:
        """Whether it is open, and a loan of it has no open case that could be held."""
        return any(one.collection == "no_case" for one in self.row.loans)
