from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings

from carrears import layout
from carrears.delinquency.engine import LoanScreen, fetch, open_duckdb, register_tables
from carrears.delinquency.engine import write_parquet as write
from carrears.delinquency.screen import delinquency
from delinquency import books
from delinquency.books import Book, Judge, instalment, loan, payment, terms

DUE = date(2025, 2, 15)


def keep(book: Book, folder: Path) -> None:
    for name, table in book.arrow().items():
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=2)


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(book=books.books())
def test_one_loan_out_of_a_snapshot_equals_the_batch(
    judge: Judge, tmp_path: Path, book: Book
) -> None:
    as_of = date(2025, 5, 15)
    keep(book, tmp_path)
    batch = judge(book, as_of=as_of)

    with LoanScreen(tmp_path, book.arrow()["terms"]) as screen:
        for row in book.loans:
            loan_id = row["loan_id"]
            assert screen.state(loan_id, as_of=as_of) == batch.get(loan_id)


def test_a_later_payment_counts_once_and_for_its_loan_only(tmp_path: Path) -> None:
    rows = [instalment(1, DUE, loan_id=n) for n in (1, 2)]
    keep(Book([loan(1), loan(2)], rows, [], [terms()]), tmp_path)
    paid = pa.Table.from_pylist([payment("p", DUE, 111_00)], schema=layout.PAYMENTS)
    terms_table = Book([], [], [], [terms()]).arrow()["terms"]

    with LoanScreen(tmp_path, terms_table) as screen:
        cleared = screen.state(1, as_of=date(2025, 3, 1), later_payments=paid)
        other = screen.state(2, as_of=date(2025, 3, 1), later_payments=paid)
        without = screen.state(1, as_of=date(2025, 3, 1))

    assert [s and s["arrears"] for s in (cleared, other, without)] == [0, 111_00, 111_00]


def test_a_loan_nobody_knows_has_no_state(tmp_path: Path) -> None:
    book = Book([loan()], [], [], [terms()])
    keep(book, tmp_path)

    with LoanScreen(tmp_path, book.arrow()["terms"]) as screen:
        assert screen.state(99, as_of=DUE) is None
        assert screen.state(1, as_of=date(2025, 1, 1)) is None  # not granted yet


def test_states_are_written_sorted_and_whole(tmp_path: Path) -> None:
    loans = [loan(n) for n in (3, 1, 2)]
    sources = Book(loans, [], [], [terms()]).arrow()
    engine = open_duckdb(tmp_path / "scratch")
    tables = register_tables(engine, sources)
    states = delinquency(
        *(tables[n] for n in ("loans", "instalments", "payments", "terms")), as_of=DUE
    )

    assert write(engine, states, tmp_path / "states.parquet") == 3
    written = pq.read_table(tmp_path / "states.parquet")
    assert written.column("loan_id").to_pylist() == [1, 2, 3]
    assert written.sort_by("loan_id") == fetch(engine, states).sort_by("loan_id").cast(
        written.schema
    )
    assert not list(tmp_path.glob("*.part"))
    engine.close()


def test_a_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    out = tmp_path / "states.parquet"
    out.write_bytes(b"old")
    engine = open_duckdb()
    missing = register_tables(engine, {"loans": layout.LOANS.empty_table()})["loans"]
    engine.unregister("loans")

    with pytest.raises(Exception, match="loans"):
        write(engine, missing, out)
    assert out.read_bytes() == b"old"
    engine.close()
