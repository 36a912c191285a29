"""Turn months of behaviour into dated payments, events, deferrals and endings.

Everything a loan does in a month stays within that month, so that the month-ends are those
that the chain drew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from carrears.samplebook.behaviour import LOST, SETTLED, STILL_OPEN, Month
from carrears.samplebook.calibration import read_data
from carrears.samplebook.contracts import Contracts, between, whole_between
from carrears.samplebook.measure import Flags, Ints

PAYMENT, REVERSAL, RECOVERY = range(3)
PAYMENT_KINDS = ("payment", "reversal", "recovery")
DEFERRAL, RETURNED_DEBIT, REPOSSESSION, CHARGE_OFF = range(4)
EVENT_KINDS = ("deferral", "returned_debit", "repossession", "charge_off")
NEVER = np.iinfo(np.int32).max
_FIRST_DAYS = np.arange(130 * 12).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)


@dataclass(frozen=True)
class Rows:
    """Dated rows of loans (by place in the chunk); days since 1970, money in minor units."""

    loan: Ints
    day: Ints
    kind: Ints
    amount: Ints
    months: Ints

    def sorted_until(self, last_day: int) -> Rows:
        """Rows up to a day, by loan and day, in the order in which they were added."""
        kept = np.flatnonzero(self.day <= last_day)
        kept = kept[np.argsort(self.loan[kept] << 32 | self.day[kept], kind="stable")]
        return Rows(*(column[kept] for column in self._columns()))

    def _columns(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        return self.loan, self.day, self.kind, self.amount, self.months


@dataclass(frozen=True)
class Moved:
    """Deferrals: from which instalment on (0-based) a loan is moved, how far in all, and when."""

    loan: Ints
    first: Ints
    shift: Ints
    day: Ints


@dataclass(frozen=True)
class Cash:
    """What a chunk of loans did, dated. ``closed_on`` is NEVER for a loan still open."""

    payments: Rows
    events: Rows
    moved: Moved
    closed_on: Ints
    ended: Ints


class _Ledger:
    """Collects rows month by month."""

    def __init__(self) -> None:
        self._parts: list[tuple[Ints, ...]] = []

    def add(
        self, loan: Ints, day: Ints, kind: int, amount: Ints, months: Ints | None = None
    ) -> None:
        n = len(loan)
        filled = np.zeros(n, np.int64) if months is None else months
        self._parts.append((loan, day, np.full(n, kind), amount, filled))

    def rows(self) -> Rows:
        empty = (np.zeros(0, np.int64),) * 5
        return Rows(*(np.concatenate(c) for c in zip(*([*self._parts, empty]), strict=True)))


def date_cash(
    rng: np.random.Generator, contracts: Contracts, lived: list[Month], *, last_day: int
) -> Cash:
    """Dated rows of what was lived, nothing later than ``last_day`` (days since 1970)."""
    data = read_data("assumptions.yaml")
    payments, events = _Ledger(), _Ledger()
    n = len(contracts.index)
    closed_on, ended = np.full(n, NEVER, np.int64), np.zeros(n, np.int64)
    moved: list[Moved] = []
    for month in lived:
        days = _Days(rng, contracts, month, data)
        _add_payments(rng, payments, events, days, month, contracts, data)
        _add_ending(rng, payments, events, days, month, data, closed_on)
        ended[month.rows] = month.ended
        moved.append(_add_deferrals(events, days, month, last_day))
    ended = np.where(closed_on > last_day, STILL_OPEN, ended)
    return Cash(
        payments=payments.rows().sorted_until(last_day),
        events=events.rows().sorted_until(last_day),
        moved=_join(moved),
        closed_on=closed_on,
        ended=ended,
    )


class _Days:
    """The days of one month for the loans of a ``Month``."""

    def __init__(
        self, rng: np.random.Generator, contracts: Contracts, month: Month, data: dict[str, Any]
    ) -> None:
        number = contracts.first_month[month.rows] + month.place
        n = len(month.rows)
        self.first = first_day(number)
        self.last = first_day(number + 1) - 1
        self.due = self.first + contracts.due_day[month.rows] - 1
        granted = self.first + np.floor(rng.random(n) * (self.due - self.first)).astype(np.int64)
        self.granted = np.where(month.deferred_from >= 0, granted, self.first)
        offsets = np.array(data["payment_day"]["days"])
        chance = np.cumsum(data["payment_day"]["shares"])
        drawn = np.searchsorted(chance, rng.random(n) * chance[-1], side="right")
        self.regular = np.clip(self.due + offsets[drawn], self.granted, self.last)
        self.any = self.granted + np.floor(rng.random(n) * (self.last - self.granted + 1)).astype(
            np.int64
        )


def first_day(month: Ints) -> Ints:
    """The first day of a month (months since 1970, up to 2099), in days since 1970."""
    return _FIRST_DAYS[month]


def _add_payments(  # noqa: PLR0917  one month's ledger entries
    rng: np.random.Generator, payments: _Ledger, events: _Ledger, days: _Days, month: Month,
    contracts: Contracts, data: dict[str, Any],
) -> None:  # fmt: skip
    n, loan = len(month.rows), month.rows
    returned = data["returned_debit"]
    chance = rng.random(n)
    settles = month.ended == SETTLED
    in_two = (month.arrears > 0) & (month.arrears < month.paid) & ~settles
    in_two &= rng.random(n) < data["two_payments_to_cure"]
    single_day = np.where(settles | (month.arrears > 0), days.any, days.regular)
    single_day = np.where(in_two, np.maximum(days.regular, days.due), single_day)
    pays = month.paid > 0
    plain = pays & (month.arrears == 0) & ~settles
    bounced = np.where(plain, chance < returned["of_payments"], False)
    bounced |= month.missed & ~pays & (chance < returned["of_misses"])
    back = np.minimum(days.due + returned["days_to_return"], days.last)
    single_day = np.where(
        bounced, np.maximum(single_day, np.minimum(back + 1, days.last)), single_day
    )
    asked = np.where(pays, month.paid, contracts.instalment[loan])

    def take(chosen: Flags, day: Ints, kind: int, amount: Ints) -> None:
        payments.add(loan[chosen], day[chosen], kind, amount[chosen])

    early = np.minimum(days.any, days.due)
    take(in_two, early, PAYMENT, month.arrears)
    take(bounced, days.due, PAYMENT, asked)
    take(bounced, back, REVERSAL, -asked)
    take(pays, single_day, PAYMENT, np.where(in_two, month.paid - month.arrears, month.paid))
    events.add(loan[bounced], back[bounced], RETURNED_DEBIT, asked[bounced])
    days.any = np.where(pays, single_day, days.any)


def _add_ending(  # noqa: PLR0917  one month's ledger entries
    rng: np.random.Generator, payments: _Ledger, events: _Ledger, days: _Days, month: Month,
    data: dict[str, Any], closed_on: Ints,
) -> None:  # fmt: skip
    ends = month.ended != STILL_OPEN
    closed_on[month.rows[ends]] = days.any[ends]
    lost = month.ended == LOST
    loan, day, left = month.rows[lost], days.any[lost], month.left[lost]
    n = len(loan)
    events.add(loan, day, CHARGE_OFF, left)
    taken = rng.random(n) < data["charge_off"]["repossessed_share"]
    before = whole_between(rng, data["charge_off"]["repossession_days_before"], n)
    events.add(
        loan[taken], (day - before)[taken], REPOSSESSION, np.zeros(int(taken.sum()), np.int64)
    )
    recovers = rng.random(n) < data["recovery"]["share"]
    share = between(rng, data["recovery"]["of_balance"], n)
    after = whole_between(rng, data["recovery"]["days_after"], n)
    amount = np.floor(left * share / 100).astype(np.int64) * 100
    payments.add(loan[recovers], (day + after)[recovers], RECOVERY, amount[recovers])


def _add_deferrals(events: _Ledger, days: _Days, month: Month, last_day: int) -> Moved:
    granted = (month.deferred_from >= 0) & (days.granted <= last_day)
    loan, day = month.rows[granted], days.granted[granted]
    months = month.moved[granted]
    events.add(loan, day, DEFERRAL, np.zeros(len(loan), np.int64), months)
    return Moved(loan=loan, first=month.deferred_from[granted], shift=month.shift[granted], day=day)


def _join(parts: list[Moved]) -> Moved:
    empty = Moved(*(np.zeros(0, np.int64),) * 4)
    columns = zip(*((p.loan, p.first, p.shift, p.day) for p in [*parts, empty]), strict=True)
    return Moved(*(np.concatenate(column) for column in columns))
