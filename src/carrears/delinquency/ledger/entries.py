"""What happens to a loan, and the terms it happens under: the input of the twin and the kernel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum

from carrears.delinquency.ledger.waterfall import Component, Waterfall

RATE_SCALE = 100_000_000  # a yearly rate is an integer count of hundred-millionths


class Kind(IntEnum):
    """The entries; what each reads beside its day is said in brackets."""

    PAYMENT = 0  # [amount]
    REVERSAL = 1  # 冲正: the target entry never counted [target]
    FEE = 2  # a fee that falls due on its day [amount]
    PENALTY_CHARGE = 3  # a lump penalty, beside what accrues [amount]
    WAIVER = 4  # 减免 of one component, oldest instalment first [amount, component]
    CHARGEBACK = 5  # money taken back by the payer's bank: principal again [amount]
    REFUND = 6  # overpaid money given back [amount]
    PAUSE = 7  # no penalty and no days counted from its day until ``until`` [until]
    RESUME = 8  # ends a running pause on its day
    MOVE_DUE = 9  # deferral, extension: one instalment falls due on ``until`` [row, until]
    RESTATE = 10  # re-age, re-amortise, reschedule: an instalment's new figures
    # [row, until, amount = principal, interest]
    PENALTY_RATE = 11  # a new yearly rate in hundred-millionths [amount]
    CHARGE_OFF = 12  # penalty stops where the terms say so
    RESTATE_FEE = 13  # an instalment's new fee [row, amount]


class GraceRule(IntEnum):
    """What the days of grace do."""

    FROM_DUE = 0  # within grace nothing; past it everything counts from the due date
    FROM_GRACE = 1  # counting starts where the grace ends


class PayoffInterest(IntEnum):
    """Which interest a payoff asks of the running instalment."""

    ELAPSED = 0  # by actual days elapsed of its period
    WHOLE = 1  # the running period's
    ALL = 2  # all that was ever scheduled


@dataclass(frozen=True, kw_only=True)
class LoanTerms:
    """The contract's (or product's) terms for what goes wrong.

    Rates count hundred-millionths a year: 18 % is 18_000_000. ``compound`` lets overdue interest
    bear the penalty rate (复利; only where the contract says so). ``dpd_components`` are those
    whose arrears make a loan count as behind. With ``gives_back_unearned`` a payoff gives back what
    was paid of interest that is not earned by its day.
    """

    waterfall: Waterfall = field(default_factory=Waterfall)
    penalty_rate: int = 0
    penalty_year_days: int = 360
    compound: bool = False
    penalty_grace_days: int = 0
    penalty_grace_rule: GraceRule = GraceRule.FROM_DUE
    grace_days: int = 0
    grace_rule: GraceRule = GraceRule.FROM_DUE
    materiality_minor: int = 0
    materiality_millionths: int = 0
    pause_stops_penalty: bool = True
    pause_stops_days: bool = True
    charge_off_stops_penalty: bool = False
    payoff_interest: PayoffInterest = PayoffInterest.ELAPSED
    gives_back_unearned: bool = True
    dpd_components: tuple[Component, ...] = tuple(Component)


@dataclass(frozen=True, kw_only=True)
class Due:
    """An instalment of the contract, in minor units; its period starts on ``starts_on``."""

    starts_on: date
    due_on: date
    principal: int
    interest: int = 0
    fee: int = 0


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry: the day it counts for and the day it became known (default the same).

    ``row`` is the place of an instalment, ``target`` of an earlier entry; both count from 0.
    """

    kind: Kind
    day: date
    known_on: date | None = None
    amount: int = 0
    interest: int = 0
    row: int = -1
    target: int = -1
    component: Component = Component.PENALTY
    until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Account:
    """A loan: terms, schedule, entries in order of entry."""

    terms: LoanTerms
    schedule: tuple[Due, ...]
    entries: tuple[Entry, ...] = ()


def replay_order(entries: tuple[Entry, ...]) -> list[int]:
    """Places of the entries by the day they count for, then as entered."""
    return sorted(range(len(entries)), key=lambda place: (entries[place].day, place))
