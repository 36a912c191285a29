"""Penalty interest (罚息) and compound interest (复利), day by day.

Source: 中国人民银行关于人民币贷款利率有关问题的通知 (银发〔2003〕251号): from the first overdue day
until the debt is paid, at the contract rate plus 30 % to 50 %; interest not paid in time bears
compound interest at the penalty rate. The penalty rate stands in place of the contract rate, so
that no day of overdue principal bears both: the schedule's interest ends at the due date.

Day d after the due date has borne d days. Accruals are exact; what is owed is their sum rounded
half up to a minor unit, so that paying in parts costs neither side a unit.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from carrears.delinquency.ledger.entries import RATE_SCALE, GraceRule, LoanTerms
from carrears.delinquency.ledger.rounding import Rounding, round_to
from carrears.delinquency.ledger.steps import Run
from carrears.delinquency.ledger.waterfall import Component, Row


@dataclass(slots=True)
class Accrued:
    """What one instalment bore so far: lump penalties, exact penalty and compound interest.

    Of the ``runs`` of days that it is made of, the first ``counted`` are owed; what was borne
    since waits for the grace to end.
    """

    charged: int = 0
    penalty: Fraction = Fraction(0)
    compound: Fraction = Fraction(0)
    runs: list[Run] = field(default_factory=list)
    counted: int = 0


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
    paused = 0
    if days > 0 and terms.pause_stops_penalty:
        paused = pauses.days_between(start, until)
    if days > paused:
        _bear(row, accrued, start=start, until=until, paused=paused, terms=terms, rate=rate)
    if (until - row.due_on).days > grace and row.open_amount > 0:
        whole = round_to(accrued.penalty, rounding=Rounding.HALF_UP)
        row.owed[Component.PENALTY] = accrued.charged + whole
        row.owed[Component.COMPOUND] = round_to(accrued.compound, rounding=Rounding.HALF_UP)
        accrued.counted = len(accrued.runs)


def _bear(
    row: Row,
    accrued: Accrued,
    *,
    start: date,
    until: date,
    paused: int,
    terms: LoanTerms,
    rate: int,
) -> None:
    """Add a run of days on what is open, if anything is."""
    principal = max(0, row.open_part(Component.PRINCIPAL))
    interest = max(0, row.open_part(Component.INTEREST)) if terms.compound else 0
    if rate == 0 or not (principal or interest):
        return
    days = (until - start).days - paused
    part = Fraction(rate * days, RATE_SCALE * terms.penalty_year_days)
    run = Run(
        start=start,
        until=until,
        days=days,
        paused=paused,
        principal=principal,
        interest=interest,
        rate=rate,
        penalty=principal * part,
        compound=interest * part,
    )
    accrued.penalty += run.penalty
    accrued.compound += run.compound
    accrued.runs.append(run)
