"""What is owed, by component and by instalment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from django.db.models import QuerySet

from carrears.casework.models import Case
from carrears.database.prepared import Blank, prepared
from carrears.dayrun.loan_ledger import UnknownLoanError, position_of
from carrears.dayrun.standing import read_loans
from carrears.delinquency.reckoning.position import InstalmentPosition, LoanPosition
from carrears.money import Money
from carrears.portfolio.models import Snapshot
from carrears.portfolio.products import Part
from carrears.portfolio.services import BookError
from carrears.workbench.view_models.case import Component, Instalment, Owed


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment of the snapshot; a negative amount took an earlier one back."""

    no: str
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class LoanRows:
    """A loan's payments, as the snapshot has them."""

    paid: Sequence[Paid] = ()
    received_up_to: int = 0


def loan_rows(case: Case) -> LoanRows:
    """The loan's rows in the newest snapshot that is not younger than the case's state."""
    found = _newest_snapshot.find(on=case.as_of)
    if not found or not Path(found[0].folder).is_dir():
        return LoanRows()
    snapshot = found[0]
    known = read_loans(Path(snapshot.folder), {case.loan_no: [case.loan_id]})["payments"]
    columns = (known.column(name).to_pylist() for name in ("paid_on", "payment_no", "amount"))
    paid = sorted(row for row in zip(*columns, strict=True) if row[0] <= case.as_of)
    up_to = int(snapshot.manifest.get("received_up_to", 0))
    return LoanRows([Paid(no, on, amount) for on, no, amount in paid], up_to)


@prepared
def _newest_snapshot(on: Blank) -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(as_of__lte=on).order_by("-as_of", "-revision")[:1]


def position(case: Case) -> LoanPosition | None:
    """How the case's loan stands on the case's day; None where the book does not know it."""
    try:
        return position_of(case.loan_no, as_of=case.as_of)
    except (UnknownLoanError, BookError, OSError):
        return None


def owed(case: Case, rows: LoanRows, stands: LoanPosition | None) -> Owed:
    """What the case owes. The sums are the case's; the ledger says of which instalments."""
    missing = [
        one
        for one in (stands.instalments if stands else ())
        if one.due_on <= case.as_of and one.open_amount
    ]
    since: dict[Part, date] = {}
    for one in missing:
        for part in Part:
            if one.open_part(part):
                since.setdefault(part, one.due_on)
    amounts = {part: getattr(case, f"arrears_{part.value}") for part in Part}
    last = max((one for one in rows.paid if one.amount > 0), key=lambda one: one.on, default=None)
    money = case.currency
    return Owed(
        total=Money(case.arrears, money),
        components=tuple(
            Component(part.value, Money(amount, money), since.get(part, case.oldest_due_on))
            for part, amount in amounts.items()
            if amount
        ),
        instalments=tuple(_instalment(one, case) for one in missing),
        next_due_on=case.next_due_on,
        next_due=Money(case.next_due_amount, money) if case.next_due_amount is not None else None,
        last_paid_on=case.last_paid_on,
        last_paid=Money(last.amount, money) if last and last.on == case.last_paid_on else None,
        payoff=Money(case.payoff, money) if case.payoff is not None else None,
    )


def _instalment(one: InstalmentPosition, case: Case) -> Instalment:
    return Instalment(
        seq=one.seq,
        due_on=one.due_on,
        due=Money(sum(one.owed.values()), case.currency),
        paid=Money(sum(one.paid.values()), case.currency),
        short=Money(one.open_amount, case.currency),
        days=(case.as_of - one.due_on).days,
    )
