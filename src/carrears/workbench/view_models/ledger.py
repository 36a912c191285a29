"""One loan by the ledger, on a day, by what was known on another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from carrears.money import Money

Parts = tuple[tuple[str, Money], ...]  # money by part


@dataclass(frozen=True, slots=True)
class PartRow:
    """What fell due and is owed of one part, and what is open of it in all."""

    kind: str
    arrears: Money
    outstanding: Money


@dataclass(frozen=True, slots=True)
class InstalmentRow:
    """One instalment; ``parts`` are what is open, in the order of the page's ``kinds``."""

    seq: int | None
    due_on: date
    agreed_on: date
    parts: Parts
    open_amount: Money
    is_due: bool


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry; ``parts`` are the money it moved, in the order of the page's ``kinds``."""

    number: str
    kind: str
    day: date
    amount: Money | None
    parts: Parts


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """The page; ``problem`` stands in for the figures where there are none."""

    loan_no: str
    on: date
    known: date | None
    problem: str = ""
    dpd: int = 0
    payoff: Money | None = None
    arrears: Money | None = None
    overpaid: Money | None = None
    kinds: tuple[str, ...] = ()
    parts: tuple[PartRow, ...] = ()
    instalments: tuple[InstalmentRow, ...] = ()
    entries: tuple[EntryRow, ...] = ()
