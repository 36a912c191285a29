"""What came to be known later than the day it counts for."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from carrears import layout
from carrears.portfolio.compact import Part, merge_parts, open_engine, table_query

PAID, BOOKED = date(2026, 1, 15), date(2026, 3, 2)


def part(folder: Path, rank: int, **tables: list[dict[str, object]]) -> Part:
    """A part as the reader writes it: only the columns that the rows name."""
    folder.mkdir()
    for name, rows in tables.items():
        fields = [f for f in layout.TABLES[name] if f.name in rows[0]]
        schema = pa.schema([pa.field("loan_no", pa.string()), *fields[name == "loans" :]])
        pq.write_table(pa.Table.from_pylist(rows, schema), folder / f"{name}.parquet")
    return Part(folder, rank)


def loan_row() -> dict[str, object]:
    row: dict[str, object] = {f.name: None for f in layout.LOANS if f.name != "loan_id"}
    given = {"loan_no": "A", "product": "p", "currency": "CNY", "obligor_no": "O"}
    return row | given | {"originated_on": date(2025, 12, 15), "principal": 100}


def payment_row(number: str, paid_on: date, amount: int, **more: object) -> dict[str, object]:
    kind = "payment" if amount > 0 else "reversal"
    row = {"loan_no": "A", "payment_no": number, "paid_on": paid_on, "amount": amount, "kind": kind}
    return row | more


@pytest.fixture
def merged(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A part of the first layout, and one that takes its payments back."""
    old = part(
        tmp_path / "old",
        0,
        loans=[loan_row()],
        payments=[payment_row("1", PAID, 500), payment_row("2", PAID, 70)],
    )
    back = [
        payment_row("3", BOOKED, -500, reverses_no="1", known_on=None),
        payment_row("4", BOOKED, -70, reverses_no=None, known_on=None),
        payment_row("5", BOOKED, -9, reverses_no="missing", known_on=None),
    ]
    new = part(tmp_path / "new", 1, payments=back)
    engine = open_engine(tmp_path / "scratch")
    merge_parts(
        engine,
        [old, new],
        registry=tmp_path / "registry.parquet",
        received=None,
        out=tmp_path / "book",
    )
    query = table_query("payments", tmp_path / "book" / "payments.parquet")
    engine.execute(f"create view found as {query}")
    return engine


def test_a_reversal_counts_for_the_day_of_the_payment_it_names(
    merged: duckdb.DuckDBPyConnection,
) -> None:
    rows = merged.execute("select payment_no, paid_on, known_on from found order by 1").fetchall()
    assert rows == [
        ("1", PAID, None),
        ("2", PAID, None),
        ("3", PAID, BOOKED),
        ("4", BOOKED, None),
        ("5", BOOKED, BOOKED),
    ]


def test_a_file_of_an_older_layout_is_read_with_what_it_lacks_empty(tmp_path: Path) -> None:
    old = layout.PAYMENTS.remove(layout.PAYMENTS.get_field_index("known_on"))
    path = tmp_path / "payments.parquet"
    pq.write_table(pa.Table.from_pylist([payment_row("1", PAID, 5, loan_id=1)], old), path)
    found = duckdb.sql(table_query("payments", path)).to_arrow_table()
    assert found.schema.names == layout.PAYMENTS.names
    assert found["known_on"].to_pylist() == [None]
