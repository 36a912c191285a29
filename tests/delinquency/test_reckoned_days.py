"""Several days of a book in one replay say what each day's own replay says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.ledger.arrays import pack_book
from carrears.delinquency.ledger.entries import Account, Entry, Kind, LoanTerms
from carrears.delinquency.ledger.kernel import replay_days
from carrears.delinquency.reckoning.changing import changing_loans
from carrears.delinquency.reckoning.columns import with_columns
from carrears.delinquency.reckoning.reckon import reckon, reckon_days, write_reckoned_days
from delinquency import books
from delinquency.books import START, Book, instalment, loan, payment
from delinquency.test_reckoned_files import book_tables, sample_book, taken_back, write_files
from delinquency.test_reckoning import HARD, eventful

DAYS = st.lists(
    st.integers(0, 400).map(lambda n: START + timedelta(days=n)),
    min_size=1, max_size=5, unique=True,
).map(sorted)  # fmt: skip


def check(book: Book, days: list[date]) -> None:
    tables = book.arrow()
    together = reckon_days(tables, products=HARD, days=days)
    assert together == [reckon(tables, products=HARD, as_of=day) for day in days]


@settings(max_examples=60, deadline=None)
@given(book=eventful(), days=DAYS)
def test_of_loans_with_events(book: Book, days: list[date]) -> None:
    check(book, days)


@settings(max_examples=60, deadline=None)
@given(book=books.books(), days=DAYS)
def test_of_schedules_issued_anew_and_money_taken_back(book: Book, days: list[date]) -> None:
    check(book, days)


@settings(max_examples=60, deadline=None)
@given(paid=taken_back(), days=DAYS)
def test_of_payments_taken_back_by_name(paid: list[books.Row], days: list[date]) -> None:
    due = [instalment(n, START + timedelta(days=30 * n)) for n in (1, 2, 3)]
    check(Book([loan()], due, paid, books.ALL_TERMS), days)


def test_what_was_taken_back_before_the_first_day_changes_nothing_after_it() -> None:
    paid = [payment(1, START, 111_00), payment(2, START + timedelta(days=5), -111_00)]
    tables = Book([loan()], [], paid, books.ALL_TERMS).arrow()
    whole = {name: with_columns(name, tables[name]) for name in ("instalments", "payments")}
    last = START + timedelta(days=90)
    for first, is_changing in ((START + timedelta(days=4), True), (paid[1]["paid_on"], False)):
        assert (len(changing_loans(whole, first=first, last=last)) == 1) is is_changing


def test_of_files(tmp_path: Path) -> None:
    tables = book_tables(sample_book(60))
    days = [START + timedelta(days=n) for n in (40, 70, 100)]
    outs = {day: tmp_path / f"{day}.arrow" for day in days}
    assert write_reckoned_days(write_files(tables, tmp_path), outs, products=HARD) == 60
    for day, out in outs.items():
        with pa.ipc.open_file(str(out)) as file:
            assert file.read_all() == reckon(tables, products=HARD, as_of=day)


def test_entries_that_take_back_others_are_not_replayed_together() -> None:
    entries = (
        Entry(kind=Kind.PAYMENT, day=START, amount=1),
        Entry(kind=Kind.REVERSAL, day=START, target=0),
    )
    book, terms = pack_book([Account(terms=LoanTerms(), schedule=(), entries=entries)])
    assert len(replay_days(book, terms, days=[START])) == 1
    with pytest.raises(ValueError, match="day by day"):
        replay_days(book, terms, days=[START, START + timedelta(days=1)])
    assert np.any(book.event_kind == Kind.REVERSAL)
