"""Loans that are watched before they fall behind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from carrears.money import Money
from carrears.workbench.view_models.case import Warned
from carrears.workbench.view_models.common import Option, Pager, Sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedRow:
    """One watched loan. ``next_due`` is what the next instalment asks."""

    loan_no: str
    name: Sensitive | None
    level: str
    reason: str
    score: int
    since_on: date
    next_due_on: date | None
    next_due: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFilters:
    """What the list is narrowed by; several levels may be chosen at once."""

    text: str
    levels: tuple[Option, ...]
    reasons: tuple[Option, ...]
    sorts: tuple[Option, ...]
    active: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedPage:
    """The list, and by ``_warning_rows.html`` its changing part."""

    filters: WatchedFilters
    rows: tuple[WatchedRow, ...]
    pager: Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningPage:
    """The page of one watched loan; ``has_case`` says that it has a case file too."""

    warned: Warned
    name: Sensitive | None
    has_case: bool
