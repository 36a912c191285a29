"""The loan of a case while its events are replayed: rows, charges, entries."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from carrears.delinquency.ledger.cases.reading import CaseError
from carrears.delinquency.ledger.waterfall import Component, Portion, Row

COMPONENTS = {
    "penalty": Component.PENALTY,
    "fee": Component.FEE,
    "interest": Component.INTEREST,
    "principal": Component.PRINCIPAL,
}


@dataclass(slots=True, kw_only=True)
class Instalment(Row):
    """An instalment with what the cases ask about it beyond ``Row``.

    ``credited`` is principal that chargebacks and refunds added, ``credit_days`` when; ``settled``
    is the day nothing was owed any more.
    """

    is_additional: bool = False
    is_down_payment: bool = False
    in_advance: int = 0
    late: int = 0
    credited: int = 0
    credit_day: date | None = None
    paid_since_credit: int = 0
    settled: date | None = None
    extra: int = 0
    shown_balance: int | None = None


@dataclass(slots=True, kw_only=True)
class Charge:
    """A fee or penalty with a due date of its own."""

    event: str
    component: Component
    due_on: date
    amount: int
    row: int
    paid: int = 0
    waived: int = 0

    @property
    def open_amount(self) -> int:
        """What is still owed of it."""
        return self.amount - self.paid - self.waived


@dataclass(slots=True, kw_only=True)
class Booked:
    """What an event did: its portions by component, what was overpaid, the balance after it."""

    event: str
    type: str
    day: date
    amount: int
    parts: list[int] = field(default_factory=lambda: [0] * len(Component))
    overpaid: int = 0
    balance: int = 0
    is_reverted: bool = False


@dataclass(slots=True)
class Loan:
    """Rows in order of due date, charges, overpaid money and what was booked, in order of day."""

    rows: list[Instalment]
    charges: list[Charge] = field(default_factory=list)
    booked: list[Booked] = field(default_factory=list)
    overpaid: int = 0
    paid_out: int = 0
    is_closed_by: str | None = None

    @property
    def principal(self) -> int:
        """Principal outstanding of what was paid out so far."""
        repaid = sum(row.paid[Component.PRINCIPAL] for row in self.rows)
        credited = sum(row.credited for row in self.rows)
        return max(0, self.paid_out + credited - repaid)

    def sort(self) -> None:
        """Put the rows back in order of due date, and the charges' places with them."""
        order = sorted(range(len(self.rows)), key=lambda i: (self.rows[i].due_on, i))
        place = {old: new for new, old in enumerate(order)}
        self.rows = [self.rows[i] for i in order]
        for charge in self.charges:
            charge.row = place[charge.row]


def settle(row: Instalment, day: date) -> None:
    """Keep the day a row owes nothing any more; forget it where it owes again."""
    if row.open_amount > 0:
        row.settled = None
    elif row.settled is None and sum(row.paid) + sum(row.waived) > 0:
        row.settled = day


def note_payment(loan: Loan, portions: list[Portion], day: date) -> None:
    """Keep with the rows and charges what a payment did."""
    for portion in portions:
        row = loan.rows[portion.row]
        if day < row.due_on:
            row.in_advance += portion.amount
        elif day > row.due_on:
            row.late += portion.amount
        if row.credit_day is not None and day >= row.credit_day:
            row.paid_since_credit += portion.amount
        settle(row, day)
        if portion.component in {Component.FEE, Component.PENALTY}:
            _pay_charges(loan, portion)


def _pay_charges(loan: Loan, portion: Portion) -> None:
    left = portion.amount
    mine = [c for c in loan.charges if (c.row, c.component) == (portion.row, portion.component)]
    for charge in sorted(mine, key=lambda charge: charge.due_on):
        part = min(left, charge.open_amount)
        charge.paid += part
        left -= part


def find_charge(loan: Loan, event: str) -> Charge:
    """The charge an event made. Raises ``CaseError``."""
    for charge in loan.charges:
        if charge.event == event:
            return charge
    raise CaseError(f"no charge of event {event}")


def find_booked(loan: Loan, event: str) -> Booked:
    """What an event booked. Raises ``CaseError``."""
    for booked in loan.booked:
        if booked.event == event:
            return booked
    raise CaseError(f"nothing booked by event {event}")
