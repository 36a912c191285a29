"""The oracle: one loan at a time, instalment by instalment, in plain Python."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


@dataclass
class Open:
    """What is left of an instalment's parts."""

    row: Row
    fee: int = field(init=False)
    interest: int = field(init=False)
    principal: int = field(init=False)

    def __post_init__(self) -> None:
        self.fee, self.interest, self.principal = (
            self.row[part] for part in ("fee", "interest", "principal")
        )

    @property
    def amount(self) -> int:
        return self.row["fee"] + self.row["interest"] + self.row["principal"]

    @property
    def left(self) -> int:
        return self.fee + self.interest + self.principal

    def take(self, money: int) -> int:
        """Fill fee, then interest, then principal; return what remains of the money."""
        for part in ("fee", "interest", "principal"):
            used = min(money, getattr(self, part))
            setattr(self, part, getattr(self, part) - used)
            money -= used
        return money


def judge_loan(
    loan: Row, instalments: list[Row], payments: list[Row], terms: Row | None, *, as_of: date
) -> Row | None:
    """The state of one loan, or None when it is not open."""
    if loan["originated_on"] > as_of or (loan["closed_on"] and loan["closed_on"] <= as_of):
        return None
    schedule = [Open(row) for row in sorted(instalments, key=_order) if _is_live(row, as_of)]
    counted = [p for p in payments if p["paid_on"] <= as_of and p["kind"] != "recovery"]
    paid_total = sum(p["amount"] for p in counted)
    money = max(paid_total, 0)
    for instalment in schedule:
        money = instalment.take(money)
    due = [i for i in schedule if i.row["due_on"] <= as_of]
    unpaid = _unpaid(due, terms or _NO_TERMS)
    coming = [i for i in schedule if i.row["due_on"] > as_of and i.amount > 0]
    next_due_on = min((i.row["due_on"] for i in coming), default=None)
    dpd = (as_of - unpaid[0].row["due_on"]).days if unpaid else 0
    grace = (terms or _NO_TERMS)["grace_days"]
    if dpd <= grace:
        dpd = 0
    elif (terms or _NO_TERMS).get("grace_shifts"):
        dpd -= grace
    due_total = sum(i.amount for i in due)
    return {
        **{name: loan[name] for name in ("loan_id", "loan_no", "product", "currency")},
        "due_total": due_total,
        "paid_total": paid_total,
        "arrears": sum(i.left for i in due),
        "arrears_principal": sum(i.principal for i in due),
        "arrears_interest": sum(i.interest for i in due),
        "arrears_fee": sum(i.fee for i in due),
        "oldest_due_on": unpaid[0].row["due_on"] if unpaid else None,
        "dpd": dpd,
        "bucket": 0 if dpd == 0 else min((dpd - 1) // 30 + 1, 7),
        "instalments_behind": len(unpaid),
        "next_due_on": next_due_on,
        "next_due_amount": sum(i.amount for i in coming if i.row["due_on"] == next_due_on)
        if next_due_on
        else None,
        "last_paid_on": max((p["paid_on"] for p in counted if p["amount"] > 0), default=None),
        "paid_ahead": max(paid_total - due_total, 0),
        "principal_outstanding": sum(i.principal for i in schedule),
        "months_on_book": (as_of.year - loan["originated_on"].year) * 12
        + as_of.month
        - loan["originated_on"].month,
    }


_NO_TERMS: Row = {"grace_days": 0, "materiality_minor": 0, "materiality_share": Decimal(0)}


def _order(row: Row) -> tuple[date, int]:
    return row["due_on"], row["seq"]


def _is_live(row: Row, as_of: date) -> bool:
    begun = row["effective_on"] is None or row["effective_on"] <= as_of
    return begun and (row["superseded_on"] is None or row["superseded_on"] > as_of)


def _unpaid(due: list[Open], terms: Row) -> list[Open]:
    found, shortfall = [], 0
    for instalment in due:
        shortfall += instalment.left
        tolerated = max(terms["materiality_minor"], terms["materiality_share"] * instalment.amount)
        if instalment.amount and shortfall > tolerated:
            found.append(instalment)
    return found
