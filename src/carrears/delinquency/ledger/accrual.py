"""Penalty interest (罚息) and compound interest (复利), day by day.

Source: 中国人民银行关于人民币贷款利率有关问题的通知 (银发〔2003〕251号): from the first overdue day
until the debt is paid, at the contract rate plus 30 % to 50 %; interest not paid in time bears
compound interest at the penalty rate. The penalty rate stands in place of the contract rate, so
that no day of overdue principal bears both: the schedule's interest ends at the due date.

Day d after the due date has borne d days. Accruals are exact; what is owed is their sum rounded
half up to a minor unit, so that paying in parts costs neither side a unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from carrears.delinquency.ledger.entries import RATE_SCALE, GraceRule, LoanTerms
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.waterfall import Component, Row


@dataclass(slots=True)
class Accrued:
    """What one instalment bore so far: lump penalties, exact penalty and compound interest."""

    charged: int = 0
    penalty: Fraction = Fraction(0)
    compound: Fraction = Fraction(0)


@dataclass(slots=True)
class Pauses:
    """The running or last pause and the days of those that ended before it."""

    start: date | None = None
    end: date | None = None
    before: int = 0

    def add(self, start: date, end: date) -> None:
        """Pause from ``start``; one that overlaps a running pause lengthens it."""
        if self.start is not None and self.end is not None and start <= self.end:
            self.end = max(self.end, end)
            return
        self.before += self.days_between(date.min, start)
        self.start, self.end = start, max(start, end)

    def stop(self, day: date) -> None:
        """End the pause that is running on ``day``."""
        if self.end is not None and day < self.end:
            self.end = day

    def days_between(self, start: date, end: date) -> int:
        """Days of the running pause that lie between."""
        if self.start is None or self.end is None:
            return 0
        return max(0, (min(end, self.end) - max(start, self.start)).days)

    def total(self, day: date) -> int:
        """All paused days until ``day``."""
        return self.before + self.days_between(date.min, day)


def penalty_rate(annual_rate: Fraction, *, surcharge: Fraction) -> int:
    """The contract rate raised by a share (12 %, 0.5 → 18 %), in hundred-millionths, half up."""
    return round_to(annual_rate * (1 + surcharge) * RATE_SCALE, rounding=Rounding.HALF_UP)


def accrue(
    row: Row,
    accrued: Accrued,
    *,
    since: date,
    until: date,
    terms: LoanTerms,
    rate: int,
    pauses: Pauses,
) -> None:
    """Let one instalment bear penalty and compound interest from ``since`` to ``until``."""
    shifts = terms.penalty_grace_rule is GraceRule.FROM_GRACE
    grace = terms.penalty_grace_days
    first = row.due_on.toordinal() + (grace if shifts else 0)
    start = max(since, date.fromordinal(first))
    days = (until - start).days
    if days > 0 and terms.pause_stops_penalty:
        days -= pauses.days_between(start, until)
    if days > 0:
        part = Fraction(rate * days, RATE_SCALE * terms.penalty_year_days)
        accrued.penalty += max(0, row.open_part(Component.PRINCIPAL)) * part
        if terms.compound:
            accrued.compound += max(0, row.open_part(Component.INTEREST)) * part
    if (until - row.due_on).days > grace and row.open_amount > 0:
        whole = round_to(accrued.penalty, rounding=Rounding.HALF_UP)
        row.owed[Component.PENALTY] = accrued.charged + whole
        row.owed[Component.COMPOUND] = round_to(accrued.compound, rounding=Rounding.HALF_UP)
