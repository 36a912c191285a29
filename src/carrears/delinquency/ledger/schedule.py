"""Repayment schedules: what falls due when, from the terms of the contract.

Formulas (P principal, i the rate of one period, n instalments, B the balance):

- equal instalment (等额本息): A = P·i·(1+i)^n / ((1+i)^n - 1), P/n where i is 0; the interest of
  a period is B·i, its principal A less that. https://www.cnblogs.com/boye169/p/18099086
- equal principal (等额本金): P/n each time, interest on the balance. Same source.
- interest only (先息后本): interest each time, the principal with the last instalment.
- flat (等本等息): P/n each time, interest always on the first principal.
  https://blog.csdn.net/chinawubin118/article/details/124467777

Where periods differ in length (actual days) the level payment is the one that, with exact
interest on each period, leaves nothing: A = P·∏f_k / Σ_k ∏_{j>k} f_j with f_k = 1 + rate of
period k. The last instalment takes what the roundings left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from carrears.delinquency.ledger.daycount import DayCount, add_months, year_fraction
from carrears.delinquency.ledger.rounding import Rounding, round_to


class Style(StrEnum):
    """How a loan is paid back."""

    EQUAL_INSTALMENT = "equal_instalment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_ONLY = "interest_only"
    FLAT = "flat"


class LevelRate(StrEnum):
    """From which rate the level payment comes: each period's own, or a twelfth of the year's."""

    PERIODS = "periods"
    MONTH_12 = "month=year/12"


@dataclass(frozen=True, kw_only=True)
class ScheduleTerms:
    """What a contract says of its schedule.

    ``principal`` is in minor units; ``annual_rate`` a share (0.12 is 12 %); ``level_unit`` is
    what the level payment is rounded to, in minor units.
    """

    principal: int
    annual_rate: Decimal
    style: Style
    day_count: DayCount
    rounding: Rounding = Rounding.HALF_UP
    level_rate: LevelRate = LevelRate.PERIODS
    level_unit: int = 1


@dataclass(frozen=True, kw_only=True)
class Instalment:
    """One line of a schedule, in minor units; ``balance`` is what stays owed after it."""

    starts_on: date
    due_on: date
    principal: int
    interest: int
    balance: int

    @property
    def amount(self) -> int:
        """What falls due."""
        return self.principal + self.interest


def due_dates(start: date, *, number: int, every: int = 1, unit: str = "months") -> list[date]:
    """The due dates after ``start``; months keep the start's day (31 January → 28 February).

    Raises ``ValueError`` for a unit other than ``days``, ``weeks``, ``months`` or ``years``.
    """
    if unit in {"days", "weeks"}:
        step = timedelta(days=every * (7 if unit == "weeks" else 1))
        return [start + step * k for k in range(1, number + 1)]
    if unit not in {"months", "years"}:
        raise ValueError(f"no unit of time: {unit}")
    months = every * (12 if unit == "years" else 1)
    return [add_months(start, months * k) for k in range(1, number + 1)]


def make_schedule(terms: ScheduleTerms, *, start: date, due: Sequence[date]) -> list[Instalment]:
    """The schedule of a loan paid out on ``start`` that falls due on the given dates.

    Principal sums to the amount paid out; no instalment's principal is negative. Raises
    ``ValueError`` where there is no due date, or the dates do not rise.
    """
    starts = [start, *due[:-1]]
    if not due or any(a > b for a, b in zip(starts, due, strict=True)):
        raise ValueError("due dates must rise from the day the money is paid out")
    rate = Fraction(terms.annual_rate)
    rates = [
        rate * year_fraction(a, b, day_count=terms.day_count)
        for a, b in zip(starts, due, strict=True)
    ]
    level = _level(terms, rates)
    balance, rows = terms.principal, []
    for index, (a, b) in enumerate(zip(starts, due, strict=True)):
        base = terms.principal if terms.style is Style.FLAT else balance
        interest = round_to(base * rates[index], rounding=terms.rounding)
        is_last = index == len(due) - 1
        part = balance if is_last else min(balance, max(0, _part(terms, level, interest)))
        balance -= part
        rows.append(
            Instalment(starts_on=a, due_on=b, principal=part, interest=interest, balance=balance)
        )
    return rows


def _part(terms: ScheduleTerms, level: int, interest: int) -> int:
    return level - interest if terms.style is Style.EQUAL_INSTALMENT else level


def _level(terms: ScheduleTerms, rates: Sequence[Fraction]) -> int:
    """What every instalment brings: payment or principal, by the style."""
    if terms.style is Style.INTEREST_ONLY:
        return 0
    exact = Fraction(terms.principal, len(rates))
    if terms.style is Style.EQUAL_INSTALMENT:
        if terms.level_rate is LevelRate.MONTH_12:
            rates = [Fraction(terms.annual_rate) / 12] * len(rates)
        exact = level_payment(terms.principal, rates)
    return round_to(exact, rounding=terms.rounding, unit=terms.level_unit)


def level_payment(principal: int, rates: Sequence[Fraction]) -> Fraction:
    """The exact payment, the same every period, that pays ``principal`` back with interest."""
    growth, annuity = Fraction(1), Fraction(0)
    for rate in rates:
        annuity = annuity * (1 + rate) + 1
        growth *= 1 + rate
    return principal * growth / annuity
