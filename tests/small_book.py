"""The small tape's loans as the Parquet tables of a snapshot, without an import."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from factories import TERMS
from small_tape import AS_OF, INSTALMENT, LOANS

from carrears import layout
from carrears.portfolio.models import Snapshot

PRINCIPAL, INTEREST = 1_000_00, 100_00
NUMBERS = {no: place for place, no in enumerate(LOANS, start=1)}


def write_small_book(folder: Path) -> Path:
    """Write the tables into ``folder``; loans are numbered 1 … 10 in their order."""
    folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict[str, Any]]] = {
        "loans": [_loan(no) for no in LOANS],
        "instalments": [_instalment(no, month) for no in LOANS for month in range(1, 13)],
        "payments": [_payment(no, place) for no, paid in LOANS.items() for place in range(paid)],
    }
    for name, schema in layout.TABLES.items():
        table = pa.Table.from_pylist(rows.get(name, []), schema=schema)
        pq.write_table(table, folder / f"{name}.parquet")
    return folder


def keep_small_snapshot(folder: Path) -> Snapshot:
    """The small book as the newest snapshot of the database."""
    write_small_book(folder)
    return Snapshot.objects.create(
        as_of=AS_OF, revision=1, inputs_hash="small", folder=str(folder), manifest={}
    )


def _loan(no: str) -> dict[str, Any]:
    dates = {"originated_on": date(2025, 12, 15), "first_due_on": date(2026, 1, 15)}
    closed = {"closed_on": date(2026, 6, 20), "closed_reason": "paid_off"} if no == "A-10" else {}
    names = {"loan_id": NUMBERS[no], "loan_no": no, "product": "auto", "currency": "CNY"}
    rates = {"annual_rate": None, "payment_to_income": None}
    return dict(TERMS) | names | dates | rates | closed


def _instalment(no: str, month: int) -> dict[str, Any]:
    return {
        "loan_id": NUMBERS[no],
        "seq": month,
        "due_on": date(2026, month, 15),
        "principal": PRINCIPAL,
        "interest": INTEREST,
        "fee": 0,
    }


def _payment(no: str, place: int) -> dict[str, Any]:
    return {
        "loan_id": NUMBERS[no],
        "payment_no": f"{no}-{place + 1}",
        "paid_on": date(2026, min(place + 1, 6), 14),
        "amount": INSTALMENT,
        "kind": "payment",
    }
