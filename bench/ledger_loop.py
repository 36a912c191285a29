"""A ledger as lending add-ons of ERP systems replay it: a loan, a demand and a payment at a time.

Rows are dictionaries, as an object mapper hands them over; the rules are those of the default
terms: oldest instalment first, 费用 → 罚息 → 复利 → 利息 → 本金, penalty at one and a half times
the contract rate on overdue principal, compound interest on overdue interest, year of 360 days.
Loans with deferrals or money taken back are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

PARTS = ("fee", "penalty", "compound", "interest", "principal")
OVER = 360 * 100_000_000

Row = dict[str, Any]


def as_rows(files: Mapping[str, Path], *, loans: int) -> dict[int, Row]:
    """The first loans of the book with their demands and payments, in order."""
    tables: dict[str, dict[int, list[Row]]] = {}
    for name in ("loans", "instalments", "payments"):
        table = pq.read_table(files[name], filters=[("loan_id", "<=", loans)])
        rows = table.to_pylist()
        tables[name] = {k: list(part) for k, part in groupby(rows, key=lambda r: r["loan_id"])}
    return {
        loan_id: {
            **loan[0],
            "demands": tables["instalments"].get(loan_id, []),
            "payments": tables["payments"].get(loan_id, []),
        }
        for loan_id, loan in tables["loans"].items()
        if all(r["superseded_on"] is None for r in tables["instalments"].get(loan_id, []))
        and all(r["amount"] >= 0 for r in tables["payments"].get(loan_id, []))
    }


def replay_rows(loan: Row, *, as_of: date) -> Row:
    """Arrears, the penalty in them, and days past due at the end of ``as_of``."""
    units = int(loan["annual_rate"] * 100_000_000)
    rate = (2 * units * 3 + 2) // 4
    demands = [
        {
            "due_on": row["due_on"],
            "open": {"fee": row["fee"], "penalty": 0, "compound": 0}
            | {"interest": row["interest"], "principal": row["principal"]},
            "borne": {"penalty": 0, "compound": 0},
            "posted": {"penalty": 0, "compound": 0},
        }
        for row in loan["demands"]
    ]
    since = date.min
    for payment in loan["payments"]:
        if payment["paid_on"] > as_of:
            break
        accrue(demands, since=since, until=payment["paid_on"], rate=rate)
        since = payment["paid_on"]
        pay(demands, payment["amount"])
    accrue(demands, since=since, until=as_of, rate=rate)
    due = [demand for demand in demands if demand["due_on"] <= as_of]
    unpaid = [demand["due_on"] for demand in due if sum(demand["open"].values()) > 0]
    return {
        "arrears": sum(sum(demand["open"].values()) for demand in due),
        "arrears_penalty": sum(demand["open"]["penalty"] for demand in due),
        "dpd": (as_of - min(unpaid)).days if unpaid else 0,
    }


def accrue(demands: list[Row], *, since: date, until: date, rate: int) -> None:
    for demand in demands:
        days = (until - max(since, demand["due_on"])).days
        if days <= 0 or sum(demand["open"].values()) == 0:
            continue
        for part, base in (("penalty", "principal"), ("compound", "interest")):
            demand["borne"][part] += demand["open"][base] * rate * days
            owed = (2 * demand["borne"][part] + OVER) // (2 * OVER)
            demand["open"][part] += owed - demand["posted"][part]
            demand["posted"][part] = owed


def pay(demands: list[Row], amount: int) -> None:
    for demand in demands:
        for part in PARTS:
            paid = min(amount, demand["open"][part])
            demand["open"][part] -= paid
            amount -= paid
        if amount == 0:
            return
