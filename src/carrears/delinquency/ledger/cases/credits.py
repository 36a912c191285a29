"""Money that goes back: chargebacks and refunds of overpaid money, and the extra instalment.

What is overpaid covers it first. The rest is principal again, in the instalment whose period
holds the day (the first due after it, or the last where it falls on its due date), or in an
extra instalment after the last one. The row shows the whole amount, and what was covered as
paid. With ``chargeback_allocation`` the amount goes back to the components the payment had paid.
"""

from __future__ import annotations

from datetime import date

from carrears.delinquency.ledger.cases.reading import Case, Event
from carrears.delinquency.ledger.cases.state import (
    COMPONENTS,
    Instalment,
    Loan,
    find_booked,
    settle,
)
from carrears.delinquency.ledger.waterfall import Component


def give_back(loan: Loan, case: Case, event: Event) -> tuple[list[int], int]:
    """Book money that goes back; the portions of the entry and what overpaid money covered."""
    covered = min(loan.overpaid, event.amount)
    loan.overpaid -= covered
    rest = event.amount - covered
    split = _components(loan, case, event)
    if rest > 0 or split is not None:
        row = loan.rows[_place(loan, event.day)]
        _credit(row, split or _principal(event.amount), covered=covered, day=event.day)
    return (split if split is not None else _principal(rest)), covered


def _principal(amount: int) -> list[int]:
    parts = [0] * len(Component)
    parts[Component.PRINCIPAL] = amount
    return parts


def _components(loan: Loan, case: Case, event: Event) -> list[int] | None:
    """What the payment had paid, in the order of ``chargeback_allocation``, as far as it goes."""
    order = case.terms.get("chargeback_allocation")
    target = str(event.fields.get("target") or "")
    if event.type != "chargeback" or not order or not target:
        return None
    paid = list(find_booked(loan, target).parts)
    for booked in loan.booked:
        if booked.type == "chargeback" and _target(case, booked.event) == target:
            paid = [a - b for a, b in zip(paid, booked.parts, strict=True)]
    parts, left = [0] * len(Component), event.amount
    for name in order:
        component = COMPONENTS[str(name)]
        part = min(left, max(0, paid[component]))
        parts[component] += part
        left -= part
    parts[Component.PRINCIPAL] += left
    return parts


def _target(case: Case, event: str) -> str:
    return next(str(e.fields.get("target")) for e in case.events if e.id == event)


def _credit(row: Instalment, parts: list[int], *, covered: int, day: date) -> None:
    for component in Component:
        row.owed[component] += parts[component]
    row.credited += parts[Component.PRINCIPAL]
    row.credit_day = day
    for component in (Component.PENALTY, Component.FEE, Component.INTEREST, Component.PRINCIPAL):
        part = min(covered, parts[component])
        row.paid[component] += part
        row.paid_since_credit += part
        covered -= part
    row.settled = None
    settle(row, day)


def _place(loan: Loan, day: date) -> int:
    """The row a credit of the day goes to."""
    last = None
    for place, row in enumerate(loan.rows):
        if row.is_additional:
            return extra_row(loan, day)
        if row.due_on > day:
            return place
        last = row.due_on
    return len(loan.rows) - 1 if last == day else extra_row(loan, day)


def extra_row(loan: Loan, day: date) -> int:
    """The instalment after the last one, due on the day or, where there is one, not before."""
    if loan.rows and loan.rows[-1].is_additional:
        row = loan.rows[-1]
        row.due_on = max(row.due_on, day)
    else:
        start = loan.rows[-1].due_on if loan.rows else day
        loan.rows.append(Instalment(starts_on=start, due_on=day, is_additional=True))
    return len(loan.rows) - 1
