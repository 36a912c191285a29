"""What early warning looks at: for how many days a signal counts, and which tables are read."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import pytest
from delinquency import books
from delinquency.books import Book, instalment, loan, payment
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears import layout
from carrears.dayrun.expressions import asked_day, given_tables, warnings_expression
from carrears.delinquency.engine import compile_sql, ibis_table
from carrears.delinquency.ledger.habits import HABITS
from carrears.delinquency.reckoning.reckon import reckon
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.delinquency.state import loan_states
from carrears.portfolio.products import Product, Products
from carrears.warning.features import DEBTORS, warning_features
from carrears.warning.signals import load_signals

TODAY = date(2026, 6, 30)
PRODUCTS = Products({"default": Product()})
SIGNALS = load_signals().signals


def test_the_question_reads_neither_instalments_nor_payments() -> None:
    read = given_tables(warnings_expression(asked_day()))
    assert set(read) == {"state", "loans", "events", "behind_given"}


@cache
def compiled() -> str:
    reckoned = ibis_table("reckoned", RECKONED)
    known = {name: ibis_table(name, layout.TABLES[name]) for name in ("loans", "events")}
    state = loan_states(known["loans"], reckoned, as_of=asked_day())
    debtors = ibis_table("debtors", DEBTORS.to_pyarrow())
    book = known | {"debtors": debtors}
    return compile_sql(warning_features(state, book, as_of=asked_day(), signals=load_signals()))


@cache
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def look(book: Book, *, as_of: date = TODAY) -> dict[int, dict[str, Any]]:
    rows = book.arrow()
    tables = {
        "loans": rows["loans"],
        "events": rows["events"],
        "reckoned": reckon(rows, products=PRODUCTS, as_of=as_of),
        "debtors": DEBTORS.to_pyarrow().empty_table(),
    }
    for name, table in tables.items():
        engine().register(name, table)
    found = engine().sql(books.on_days(compiled(), as_of)).to_arrow_table().to_pylist()
    return {row["loan_id"]: row for row in found}


def after(kind: str, days: int, **more: Any) -> dict[str, Any]:
    """What is seen of a loan so many days after an event."""
    event = {
        "loan_id": 1,
        "event_no": "E",
        "kind": kind,
        "happened_on": TODAY - timedelta(days=days),
    }
    return look(Book([loan()], [], [], [], [event | more]))[1]


@pytest.mark.parametrize(
    ("signal", "kind"), [(name, kind) for name, one in SIGNALS.items() for kind in one.kinds]
)
def test_a_signal_counts_from_its_day_to_the_last_of_its_days(signal: str, kind: str) -> None:
    days = SIGNALS[signal].days
    seen = {n: after(kind, n)[signal] for n in (-1, 0, days - 1, days, days + 1)}
    assert seen == {-1: 0, 0: 1, days - 1: 1, days: 0, days + 1: 0}


def test_the_shipped_days() -> None:
    """Docs and the lender's people name them: returned debits 90 days, the day itself included."""
    assert {name: one.days for name, one in SIGNALS.items()} == {
        "returned_debits": 90,
        "phone_changes": 60,
        "car_silent": 14,
        "car_moved": 30,
    }
    assert after("returned_debit", 89)["returned_debits"] == 1
    assert after("returned_debit", 90)["returned_debits"] == 0


def test_a_bureau_score_counts_to_the_last_of_its_days() -> None:
    book = Book([loan(bureau_score=700)], [], [], [])
    days = load_signals().bureau_days

    def drop(age: int) -> tuple[int, int]:
        told = {"loan_id": 1, "event_no": "E", "kind": "bureau_change", "amount": 640}
        event = told | {"happened_on": TODAY - timedelta(days=age)}
        row = look(Book(book.loans, [], [], [], [event]))[1]
        return row["bureau_score"], row["bureau_drop"]

    assert [drop(age) for age in (-1, 0, days - 1, days)] == [
        (700, 0), (640, 60), (640, 60), (700, 0)
    ]  # fmt: skip


def test_a_loan_that_is_behind_is_not_looked_at() -> None:
    due = [instalment(1, TODAY - timedelta(days=1), n) for n in (1, 2)]
    paid = [payment("p", TODAY - timedelta(days=1), 111_00, 2)]
    assert list(look(Book([loan(1), loan(2)], due, paid, []))) == [2]


@settings(max_examples=20, deadline=None)
@given(book=books.books(), as_of=books.AS_OF, data=st.data())
def test_habits_are_those_of_the_ledger(book: Book, as_of: date, data: st.DataObject) -> None:
    """Whatever loans stand beside it."""
    found = look(book, as_of=as_of)
    if not found:
        return
    one = data.draw(st.sampled_from(sorted(found)))
    [row] = reckon(book.of(one).arrow(), products=PRODUCTS, as_of=as_of).to_pylist()
    assert {name: found[one][name] for name in HABITS} == {name: row[name] for name in HABITS}
