"""One loan by the ledger, on a day, by what was known on another."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from carrears.money import Money

Parts = tuple[tuple[str, Money], ...]  # money by part


@dataclass(frozen=True, slots=True)
class PartRow:
    """What fell due and is owed of one part, and what is open of it in all."""

    kind: str
    arrears: Money
    outstanding: Money


@dataclass(frozen=True, slots=True)
class MadeOf:
    """One part of an instalment: what it is made of, and what is open of it."""

    kind: str
    agreed: Money
    charged: Money
    borne: Money
    paid: Money
    waived: Money
    open_amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """Days on which the same was borne; ``exact`` in major units, ``rate`` a fraction a year.

    ``counts`` is False while the days of grace are not over.
    """

    kind: str
    start: date
    until: date
    days: int
    paused: int
    base: Money
    rate: Decimal
    exact: str
    counts: bool = True


@dataclass(frozen=True, slots=True)
class SumRow:
    """The exact sum of all runs of a part, in major units, and what is owed of it."""

    kind: str
    exact: str
    rounded: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class PortionRow:
    """What one entry changed of one part of one instalment; ``timing`` as of its day."""

    number: str
    day: date
    seq: int | None
    due_on: date
    timing: str
    kind: str
    column: str
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalmentRow:
    """One instalment; ``parts`` are what is open, in the order of the page's ``kinds``."""

    seq: int | None
    due_on: date
    agreed_on: date
    parts: Parts
    owed: Money
    paid: Money
    open_amount: Money
    is_due: bool
    days: int
    made_of: tuple[MadeOf, ...] = ()
    runs: tuple[RunRow, ...] = ()
    sums: tuple[SumRow, ...] = ()
    portions: tuple[PortionRow, ...] = ()


@dataclass(frozen=True, slots=True)
class MovedDue:
    """The due date of an instalment before and after an entry moved it."""

    seq: int | None
    was: date
    now: date


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry and what it moved, in order; ``parts`` in the order of the page's ``kinds``.

    ``taken`` is what of the money was taken back, ``left`` what nothing was owed for, ``used`` what
    of a refund there was to give back, or of a waiver to waive where that is less. ``until`` is the
    end of a pause, ``moved`` a new due date.
    """

    number: str
    kind: str
    day: date
    amount: Money | None
    parts: Parts
    portions: tuple[PortionRow, ...] = ()
    taken: Money | None = None
    left: Money | None = None
    rate: Decimal | None = None
    used: Money | None = None
    until: date | None = None
    moved: MovedDue | None = None

    @property
    def is_still(self) -> bool:
        """Whether it moved no money at all."""
        return not self.portions and self.left is None and self.used is None


@dataclass(frozen=True, slots=True)
class TakenBackRow:
    """Money that was taken back."""

    number: str
    day: date
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The terms that the figures follow; rates are fractions a year."""

    style: str
    order: tuple[str, ...]
    advance: str
    contract_rate: Decimal
    surcharge: Decimal | None
    penalty_rate: Decimal
    year_days: int
    compound: bool
    penalty_grace_days: int
    penalty_grace_counts: str
    grace_days: int
    payoff_interest: str
    payoff_unearned: str
    pause_stops_penalty: bool
    pause_stops_days: bool
    material_amount: Money
    material_share: Decimal
    behind_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AskedRow:
    """What an instalment adds to the payoff; interest by ``days`` of ``of_days`` where it runs.

    ``given_back`` is what was paid of its interest and is not earned.
    """

    seq: int | None
    due_on: date
    rest: Money
    interest: Money
    whole: Money
    days: int
    of_days: int
    given_back: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """The page; ``problem`` stands in for the figures where there are none.

    ``instalments`` are those that are open, with ``is_whole`` all; ``entries`` the newest, or all.
    """

    loan_no: str
    on: date
    known: date | None
    problem: str = ""
    is_whole: bool = False
    dpd: int = 0
    oldest_due_on: date | None = None
    payoff: Money | None = None
    arrears: Money | None = None
    overpaid: Money | None = None
    kinds: tuple[str, ...] = ()
    parts: tuple[PartRow, ...] = ()
    instalments: tuple[InstalmentRow, ...] = ()
    entries: tuple[EntryRow, ...] = ()
    hidden: int = 0
    taken_back: tuple[TakenBackRow, ...] = ()
    asked: tuple[AskedRow, ...] = ()
    rules: Rules | None = None

    @property
    def coming(self) -> int:
        """How many of the instalments have not fallen due."""
        return sum(not one.is_due for one in self.instalments)
