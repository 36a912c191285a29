"""What agencies are owed: a statement, and their invoices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.money import Money
from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRow:
    """A payment and its commission."""

    paid_on: date
    loan_no: str
    payment_no: str
    batch: int
    amount: Money
    rate: str
    commission: Money
    is_tail: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementPage:
    """What an agency is owed for a period; ``query`` leads to the same again."""

    totals: tuple[tuple[Money, Money, int], ...]  # paid, commission, lines
    rows: tuple[StatementRow, ...]
    pager: Pager
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """An invoice; ``open_lines`` are those that are not agreed."""

    pk: int
    agency: str
    number: str
    first_on: date
    last_on: date
    brought_at: datetime
    lines: int
    open_lines: int
    rejects: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictRow:
    """The lines of a verdict, what they claim and what we owe for them."""

    verdict: str
    lines: int
    claimed: Money
    ours: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceLineRow:
    """A line of an invoice; ``row_no`` is None for one of ours that it does not claim."""

    row_no: int | None
    loan_no: str
    payment_no: str
    paid_on: date
    verdict: str
    claimed: Money | None
    ours: Money | None
    differs_by: Money | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePage:
    """One invoice; ``chosen`` is the verdict to which its lines are narrowed.

    ``payable`` is owed for what it claims and our ledger knows; ``signed_by`` is empty until it is
    signed off.
    """

    row: InvoiceRow
    file_name: str
    verdicts: tuple[VerdictRow, ...]
    claimed: Money
    ours: Money
    lines: tuple[InvoiceLineRow, ...]
    pager: Pager
    chosen: str
    rejects: tuple[tuple[int, str], ...]
    payable: Money
    reconciled_at: datetime
    signed_by: str = ""
    signed_at: datetime | None = None
