"""Batches for agencies: the proposals, and one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.money import Money
from carrears.workbench.view_models.common import Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingRow:
    """A proposal; ``state`` is a code of ``placing_state``."""

    pk: int
    first_on: date
    state: str
    made_by: str
    made_at: datetime
    decided_by: str
    decided_at: datetime | None
    reason: str
    people: int
    taken_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchRow:
    """What an agency gets by a rule, in one currency; ``rates`` as words, one a line."""

    pk: int
    agency_pk: int
    agency: str
    rule: str
    from_on: date
    until_on: date
    people: int
    loans: int
    arrears: Money
    placed: int
    rates: tuple[str, ...]
    tail_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOutRow:
    """Who is taken out, by a code of ``taken_out``."""

    why: str
    people: int
    loans: int
    arrears: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """A debtor of a proposal by his loans: the agency, or why he is taken out."""

    loan_nos: tuple[str, ...]
    agency: str
    why: str
    dpd: int
    arrears: Money
    is_placed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingPage:
    """One proposal; ``chosen`` is the reason or batch to which its lines are narrowed."""

    row: PlacingRow
    batches: tuple[BatchRow, ...]
    taken_out: tuple[TakenOutRow, ...]
    lines: tuple[LineRow, ...]
    pager: Pager
    chosen: str
    may_approve: bool
    may_refuse: bool
    is_mine: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchLineRow:
    """A debtor of a batch by his loans; ``state`` is a code of ``line_state``."""

    loan_nos: tuple[str, ...]
    state: str
    until_on: date | None
    reason: str
    arrears: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPage:
    """One batch: its terms, how its debtors stand, and each of them."""

    pk: int
    placing: int
    agency_pk: int
    agency: str
    rule: str
    from_on: date
    until_on: date
    rates: tuple[str, ...]
    tail_days: int
    states: tuple[tuple[str, int], ...]
    lines: tuple[BatchLineRow, ...]
    pager: Pager
    may_change: bool
