"""The ledger over a book's files, in parts, says what it says of the same rows at once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.reckoning.book_files import BookFiles
from carrears.delinquency.reckoning.reckon import reckon, reckon_files, write_reckoned
from carrears.portfolio.products import Penalty, Product, Products
from delinquency import books
from delinquency.books import START, Book, Row, payment

PRODUCTS = Products({"default": Product(penalty=Penalty(surcharge=Decimal("0.5"), compound=True))})
AS_OF = START + timedelta(days=100)


def sample_book(loans: int) -> Book:
    book = Book([], [], [], books.ALL_TERMS)
    for number in range(1, loans + 1):
        book.loans.append(books.loan(number, annual_rate=Decimal("0.12")))
        own = {"loan_id": number}
        for seq in range(1, 1 + number % 5):
            due = books.instalment(seq, START + timedelta(days=30 * seq))
            book.instalments.append(due | own)
        for n in range(number % 3):
            paid = payment(str(n), START + timedelta(days=40 + number), 50_00)
            book.payments.append(paid | own)
    return book


def write_files(tables: Mapping[str, pa.Table], folder: Path) -> dict[str, Path]:
    files = {name: folder / f"{name}.parquet" for name in tables}
    for name, table in tables.items():
        pq.write_table(table, files[name], row_group_size=7)
    return files


def book_tables(book: Book) -> dict[str, pa.Table]:
    tables = book.arrow()
    return {name: tables[name] for name in ("loans", "instalments", "payments", "events")}


def test_files_in_parts_give_what_the_tables_give(tmp_path: Path) -> None:
    tables = book_tables(sample_book(60))
    files = write_files(tables, tmp_path)
    whole = reckon(tables, products=PRODUCTS, as_of=AS_OF)
    parts = BookFiles(files).parts(rows=20)
    assert len(parts) > 3
    read = [BookFiles(files).read(part) for part in parts]
    own = ["loan_id", "paid_on", "amount"]
    payments = pa.concat_tables([part["payments"].select(own) for part in read])
    assert payments == tables["payments"].select(own)
    assert pa.concat_tables(reckon(p, products=PRODUCTS, as_of=AS_OF) for p in read) == whole
    for threads in (1, 2):
        found = reckon_files(files, products=PRODUCTS, as_of=AS_OF, threads=threads)
        assert pa.concat_tables(found) == whole
    out = tmp_path / "reckoned.parquet"
    assert write_reckoned(files, out, products=PRODUCTS, as_of=AS_OF) == whole.num_rows
    assert pq.read_table(out) == whole
    assert [path.name for path in tmp_path.glob("reckoned*")] == ["reckoned.parquet"]


def test_an_older_layout_lacks_columns_that_are_null(tmp_path: Path) -> None:
    tables = book_tables(sample_book(8))
    lacking = dict(tables)
    lacking["payments"] = tables["payments"].drop_columns(["reverses_no", "known_on"])
    lacking["instalments"] = tables["instalments"].drop_columns(
        ["effective_on", "superseded_on", "known_on", "superseded_known_on"]
    )
    found = reckon_files(write_files(lacking, tmp_path), products=PRODUCTS, as_of=AS_OF)
    assert pa.concat_tables(found) == reckon(tables, products=PRODUCTS, as_of=AS_OF)


def test_the_order_of_rows_does_not_matter() -> None:
    tables = book_tables(sample_book(8))
    turned = {
        name: table.take(pa.array(range(len(table))[::-1], pa.int64()))
        for name, table in tables.items()
    }
    assert reckon(turned, products=PRODUCTS, as_of=AS_OF) == reckon(
        tables, products=PRODUCTS, as_of=AS_OF
    )


@st.composite
def taken_back(draw: st.DrawFn) -> list[Row]:
    """Payments, and reversals that name some: those lie on the day of what they take back."""
    days = st.integers(0, 12).map(lambda n: START + timedelta(days=10 * n))
    paid = [
        payment(f"P{n}", draw(days), draw(st.integers(1, 150_00)))
        for n in range(draw(st.integers(1, 6)))
    ]
    backs = [
        payment(f"R{n}", one["paid_on"], -one["amount"], reverses_no=one["payment_no"])
        for n, one in enumerate(paid)
        if draw(st.booleans())
    ]
    loose = [
        payment(f"L{n}", draw(days), -draw(st.integers(1, 200_00)))
        for n in range(draw(st.integers(0, 2)))
    ]
    return draw(st.permutations([*paid, *backs, *loose]))


@settings(deadline=None)
@given(payments=taken_back())
def test_files_without_payment_numbers_say_the_same(payments: list[Row]) -> None:
    due = [books.instalment(seq, START + timedelta(days=30 * seq)) for seq in (1, 2, 3)]
    loans = [books.loan(1, annual_rate=Decimal("0.12"))]
    numbered = book_tables(Book(loans, due, payments, books.ALL_TERMS))
    by_day = numbered | {"payments": numbered["payments"].drop_columns(["payment_no"])}
    asked = {"products": PRODUCTS, "as_of": AS_OF}
    assert reckon(by_day, **asked).equals(reckon(numbered, **asked))
