"""What is owed, by component and by instalment."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from carrears.casework.models import Case
from carrears.money import Money
from carrears.portfolio.models import Snapshot
from carrears.workbench.view_models.case import Component, Instalment, Owed

# Within an instalment a payment fills fee, then interest, then principal
# (Civil Code of the People's Republic of China, art. 561).
_ORDER = ("fee", "interest", "principal")


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment of the snapshot; a negative amount took an earlier one back."""

    no: str
    on: date
    amount: int


@dataclass(frozen=True, slots=True)
class LoanRows:
    """A loan's schedule to date and its payments, as the snapshot has them."""

    due: Sequence[tuple[int, date, int, int, int]] = ()  # seq, due day, fee, interest, principal
    paid: Sequence[Paid] = ()
    received_up_to: int = 0


@dataclass(frozen=True, slots=True)
class _Open:
    """An instalment not fully paid, with what is missing of each part."""

    seq: int
    due_on: date
    due: int
    paid: int
    missing: dict[str, int]


def loan_rows(case: Case) -> LoanRows:
    """The loan's rows in the newest snapshot that is not younger than the case's state."""
    snapshot = (
        Snapshot.objects.filter(as_of__lte=case.as_of).order_by("-as_of", "-revision").first()
    )
    if snapshot is None or not Path(snapshot.folder).is_dir():
        return LoanRows()
    engine = duckdb.connect(config={"threads": 1})
    try:
        due = engine.execute(
            """
            select seq, due_on, fee, interest, principal from read_parquet($file)
            where loan_id = $loan and due_on <= $day
              and (effective_on is null or effective_on <= $day)
              and (superseded_on is null or superseded_on > $day)
            order by due_on, seq
            """,
            {
                "file": str(Path(snapshot.folder) / "instalments.parquet"),
                "loan": case.loan_id,
                "day": case.as_of,
            },
        ).fetchall()
        paid = engine.execute(
            """
            select payment_no, paid_on, amount from read_parquet($file)
            where loan_id = $loan and paid_on <= $day order by paid_on, payment_no
            """,
            {
                "file": str(Path(snapshot.folder) / "payments.parquet"),
                "loan": case.loan_id,
                "day": case.as_of,
            },
        ).fetchall()
    finally:
        engine.close()
    up_to = int(snapshot.manifest.get("received_up_to", 0))
    return LoanRows(due, [Paid(*row) for row in paid], up_to)


def owed(case: Case, rows: LoanRows) -> Owed:
    """What the case owes. The sums are the case's; the schedule says since when."""
    missing = list(_missing(rows, case.paid_total))
    since: dict[str, date] = {}
    for one in missing:
        for part, amount in one.missing.items():
            if amount and part not in since:
                since[part] = one.due_on
    amounts = {
        "fee": case.arrears_fee,
        "interest": case.arrears_interest,
        "principal": case.arrears_principal,
    }
    last = max((one for one in rows.paid if one.amount > 0), key=lambda one: one.on, default=None)
    money = case.currency
    return Owed(
        total=Money(case.arrears, money),
        components=tuple(
            Component(part, Money(amounts[part], money), since.get(part, case.oldest_due_on))
            for part in _ORDER
            if amounts[part]
        ),
        instalments=tuple(_instalment(one, case) for one in missing),
        next_due_on=case.next_due_on,
        next_due=Money(case.next_due_amount, money) if case.next_due_amount is not None else None,
        last_paid_on=case.last_paid_on,
        last_paid=Money(last.amount, money) if last and last.on == case.last_paid_on else None,
    )


def _missing(rows: LoanRows, paid_total: int) -> Iterator[_Open]:
    """The instalments that the money paid in all does not fill, oldest first."""
    left = max(paid_total, 0)
    for seq, due_on, fee, interest, principal in rows.due:
        parts = dict(zip(_ORDER, (fee, interest, principal), strict=True))
        missing, paid = {}, 0
        for part, amount in parts.items():
            filled = min(amount, left)
            left -= filled
            paid += filled
            missing[part] = amount - filled
        if any(missing.values()):
            yield _Open(seq, due_on, sum(parts.values()), paid, missing)


def _instalment(one: _Open, case: Case) -> Instalment:
    return Instalment(
        seq=one.seq,
        due_on=one.due_on,
        due=Money(one.due, case.currency),
        paid=Money(one.paid, case.currency),
        short=Money(one.due - one.paid, case.currency),
        days=(case.as_of - one.due_on).days,
    )
