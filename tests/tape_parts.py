"""Parts as the reader of tapes writes them, made of plain rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from carrears import layout

Row = dict[str, Any]


def write_part(folder: Path, tables: dict[str, list[Row]]) -> None:
    """The tables have only the columns that their rows name."""
    folder.mkdir(parents=True)
    for name, rows in tables.items():
        if rows:
            pq.write_table(keyed_by_number(name, rows), folder / f"{name}.parquet")


def keyed_by_number(name: str, rows: list[Row]) -> pa.Table:
    fields = [f for f in layout.TABLES[name] if f.name in rows[0] and f.name != "loan_no"]
    return pa.Table.from_pylist(rows, pa.schema([pa.field("loan_no", pa.string()), *fields]))


def loan(number: str, **more: Any) -> Row:
    row: Row = {f.name: None for f in layout.LOANS if f.name != "loan_id"}
    given = {"loan_no": number, "product": "p", "currency": "CNY", "obligor_no": "O"}
    return row | given | {"originated_on": date(2025, 12, 15), "principal": 100} | more


def payment(loan_no: str, number: str, paid_on: date, amount: int, **more: Any) -> Row:
    kind = "payment" if amount > 0 else "reversal"
    row = {"loan_no": loan_no, "payment_no": number, "paid_on": paid_on, "amount": amount}
    return row | {"kind": kind, "known_on": None, "reverses_no": None} | more


def instalment(loan_no: str, seq: int, due_on: date, **more: Any) -> Row:
    row = {"loan_no": loan_no, "seq": seq, "due_on": due_on, "principal": 10}
    return row | {"interest": 1, "fee": 0, "effective_on": None, "known_on": None} | more


def event(loan_no: str, number: str, happened_on: date, **more: Any) -> Row:
    row: Row = {f.name: None for f in layout.EVENTS if f.name != "loan_id"}
    given = {"loan_no": loan_no, "event_no": number, "happened_on": happened_on}
    return row | given | {"kind": "deferral"} | more


def report(loan_no: str, period_end: date, **more: Any) -> Row:
    row: Row = {f.name: None for f in layout.REPORTS if f.name != "loan_id"}
    return row | {"loan_no": loan_no, "period_end": period_end} | more
