"""Contract schedules: what each instalment asks of principal and of interest.

Interest is by the month, a twelfth of the annual rate on the balance (the Chinese practice:
https://m.juanbaike.com/changshi/9J7zEPq2zl.html ). Each amount is rounded half up to a whole
minor unit; the last instalment takes what rounding left, so that principal adds up exactly.
Formulas: https://www.cnblogs.com/boye169/p/18099086 ; flat interest:
https://juejin.cn/post/7525657014702620687 .
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, localcontext
from enum import StrEnum

MONTHS_A_YEAR = 12
_EXACT = Context(prec=60, rounding=ROUND_HALF_UP)  # far beyond any minor unit


class Method(StrEnum):
    """How a loan is paid back."""

    EQUAL_INSTALMENT = "equal_instalment"  # 等额本息
    EQUAL_PRINCIPAL = "equal_principal"  # 等额本金
    INTEREST_ONLY = "interest_only"  # 先息后本, the principal with the last instalment
    FLAT = "flat"  # 等本等息, interest on the first principal throughout


@dataclass(frozen=True, slots=True)
class Instalment:
    """One instalment, in minor units."""

    number: int
    principal: int
    interest: int

    @property
    def amount(self) -> int:
        """What falls due."""
        return self.principal + self.interest


def monthly_schedule(
    principal: int, *, annual_rate: Decimal, months: int, method: Method
) -> list[Instalment]:
    """The instalments of ``principal`` minor units over ``months`` months.

    ``annual_rate`` is a fraction a year (``Decimal("0.12")`` is 12 %).

    Raises:
        ValueError: no principal, no months, or a rate below zero.
    """
    if principal <= 0 or months <= 0 or annual_rate < 0:
        raise ValueError("a schedule needs principal and months above 0, and a rate not below 0")
    with localcontext(_EXACT):
        rate = annual_rate / MONTHS_A_YEAR
        return list(_instalments(principal, rate, months, method))


def level_amount(principal: int, rate: Decimal, months: int) -> int:
    """The level instalment P·i·(1+i)^n / ((1+i)^n − 1), a whole minor unit; P/n without interest.

    ``rate`` is a fraction a month.
    """
    with localcontext(_EXACT):
        if rate == 0:
            return _rounded(Decimal(principal) / months)
        growth = (1 + rate) ** months
        return _rounded(principal * rate * growth / (growth - 1))


def _instalments(
    principal: int, rate: Decimal, months: int, method: Method
) -> Iterator[Instalment]:
    balance = principal
    level = level_amount(principal, rate, months)
    share = _rounded(Decimal(principal) / months)
    for number in range(1, months + 1):
        base = principal if method is Method.FLAT else balance
        interest = _rounded(base * rate)
        wanted = {
            Method.EQUAL_INSTALMENT: level - interest,
            Method.EQUAL_PRINCIPAL: share,
            Method.FLAT: share,
            Method.INTEREST_ONLY: 0,
        }[method]
        part = balance if number == months else max(min(wanted, balance), 0)
        yield Instalment(number, part, interest)
        balance -= part


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
