"""What an agency is paid (佣金): a share of what is paid while it has the debtor or soon after.

Pure. Each payment's commission is rounded half up to a minor unit once; what is taken back of a
payment takes back the commission of what is left of it, so that the lines of a payment that was
taken back whole add up to nothing, in whatever parts it was taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from carrears.casework.matching import Paid


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """A debtor with an agency: payments count from ``from_on`` until ``counts_until``, included.

    After ``until_on`` comes the tail. ``rate`` is a share from 0 to 1.
    """

    batch: int
    from_on: date
    until_on: date
    counts_until: date
    rate: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionLine:
    """A payment of a loan, or below zero one taken back, and its commission; minor units."""

    payment_no: str
    loan_no: str
    batch: int
    paid_on: date
    amount: int
    currency: str
    rate: Decimal
    commission: int
    is_tail: bool = False


def commission_of(amount: int, rate: Decimal) -> int:
    """The share of an amount in minor units, rounded half up."""
    return int((Decimal(amount) * rate).to_integral_value(rounding=ROUND_HALF_UP))


def commission_lines(
    payments: Iterable[Paid], stay: Stay, *, loan_no: str, currency: str
) -> list[CommissionLine]:
    """The lines of one loan during a stay, by their days.

    Money that is taken back counts whenever that happens, where the payment did. One that names no
    payment takes from the newest before it, first from one of its very amount.
    """
    # Of what came and went on one day the coming is first.
    ordered = sorted(payments, key=lambda one: (one.paid_on, one.amount < 0, one.no))
    of = _Loan(stay, loan_no, currency)
    left: dict[str, int] = {}
    days: dict[str, date] = {}
    lines: list[CommissionLine] = []
    for one in ordered:
        if one.amount > 0:
            left[one.no], days[one.no] = one.amount, one.paid_on
            if stay.from_on <= one.paid_on <= stay.counts_until:
                earned = commission_of(one.amount, stay.rate)
                lines.append(of.line(one, one.amount, earned))
            continue
        taken = back = 0
        for no, amount in _taken_from(one, left):
            before, after = left[no], left[no] - amount
            left[no] = after
            if stay.from_on <= days[no] <= stay.counts_until:
                taken += amount
                back += commission_of(before, stay.rate) - commission_of(after, stay.rate)
        if taken:
            lines.append(of.line(one, -taken, -back))
    return lines


def _taken_from(one: Paid, left: dict[str, int]) -> Sequence[tuple[str, int]]:
    """From which payments money is taken back, and how much of each."""
    rest = -one.amount
    if one.reverses_no:
        held = min(rest, left.get(one.reverses_no, 0))
        return [(one.reverses_no, held)] if held else []
    newest = [no for no in reversed(left) if left[no]]
    newest.sort(key=lambda no: left[no] != rest)  # stable: of equals the newest
    found = []
    for no in newest:
        if not rest:
            break
        amount = min(rest, left[no])
        found.append((no, amount))
        rest -= amount
    return found


@dataclass(frozen=True, slots=True)
class _Loan:
    stay: Stay
    loan_no: str
    currency: str

    def line(self, one: Paid, amount: int, commission: int) -> CommissionLine:
        return CommissionLine(
            payment_no=one.no,
            loan_no=self.loan_no,
            batch=self.stay.batch,
            paid_on=one.paid_on,
            amount=amount,
            currency=self.currency,
            rate=self.stay.rate,
            commission=commission,
            is_tail=one.paid_on > self.stay.until_on,
        )
