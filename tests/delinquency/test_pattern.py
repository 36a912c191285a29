"""The payment pattern against a plain count, loan by loan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import duckdb
import pytest
from hypothesis import given, settings

from carrears.delinquency.engine import fetch, register_tables
from carrears.delinquency.pattern import payment_pattern
from delinquency import books
from delinquency.books import AS_OF, Book, Row, instalment, loan, payment, terms


def ask(book: Book, *, as_of: date, late_days: int = 0, share: str = "0") -> dict[int, Row]:
    with duckdb.connect(config={"threads": 1}) as engine:
        tables = register_tables(engine, book.arrow())
        pattern = payment_pattern(
            *(tables[n] for n in ("loans", "instalments", "payments", "events")),
            as_of=as_of,
            late_after_days=late_days,
            late_shortfall_share=Decimal(share),
        )
        return {row["loan_id"]: row for row in fetch(engine, pattern).to_pylist()}


def count_late(book: Book, *, as_of: date, late_days: int, share: Decimal) -> int:
    live = [
        r
        for r in book.instalments
        if (r["effective_on"] is None or r["effective_on"] <= as_of)
        and (r["superseded_on"] is None or r["superseded_on"] > as_of)
        and r["due_on"] <= as_of
        and r["principal"] + r["interest"] + r["fee"] > 0
    ]
    live.sort(key=lambda r: (r["due_on"], r["seq"]))
    up_to, verdicts = 0, []
    for row in live:
        amount = row["principal"] + row["interest"] + row["fee"]
        up_to += amount
        judged_on = min(row["due_on"] + timedelta(days=late_days), as_of)
        paid = sum(
            p["amount"]
            for p in book.payments
            if p["kind"] != "recovery" and p["paid_on"] <= judged_on
        )
        verdicts.append(up_to - paid > share * amount)
    return sum(verdicts[-12:])


@settings(max_examples=15, deadline=None)
@given(book=books.books(), as_of=AS_OF)
def test_late_count_equals_the_plain_count(book: Book, as_of: date) -> None:
    found = ask(book, as_of=as_of, late_days=4, share="0.1")

    for row in book.loans:
        one = book.of(row["loan_id"])
        plain = count_late(one, as_of=as_of, late_days=4, share=Decimal("0.1"))
        assert found[row["loan_id"]]["late_of_last_12"] == plain


def months(count: int) -> list[Row]:
    return [instalment(n, date(2025, 1 + n, 15)) for n in range(1, count + 1)]


def test_shares_hold_money_in_against_what_fell_due() -> None:
    paid = [payment(1, date(2025, 4, 20), 111_00), payment(2, date(2025, 7, 1), 55_50)]
    pattern = ask(Book([loan()], months(8), paid, [terms()]), as_of=date(2025, 7, 31))[1]

    # May to July: 3 × 111.00 due, 55.50 in. February to July: 6 × 111.00 due, 166.50 in.
    assert pattern["paid_share_3m"] == pytest.approx(55.5 / 333)
    assert pattern["paid_share_6m"] == pytest.approx(166.5 / 666)


@pytest.mark.parametrize(
    ("as_of", "whole_months"), [(date(2025, 3, 19), 0), (date(2025, 3, 20), 1)]
)
def test_months_since_payment_are_whole(as_of: date, whole_months: int) -> None:
    paid = [payment(1, date(2025, 2, 20), 1)]
    pattern = ask(Book([loan()], months(1), paid, [terms()]), as_of=as_of)[1]

    assert pattern["months_since_payment"] == whole_months


def test_nothing_due_and_nothing_paid_says_nothing() -> None:
    pattern = ask(Book([loan()], [], [], [terms()]), as_of=date(2025, 7, 31))[1]

    assert pattern == {
        "loan_id": 1,
        "paid_share_3m": None,
        "paid_share_6m": None,
        "months_since_payment": None,
        "late_of_last_12": 0,
        "returned_debits_12m": 0,
        "deferrals_12m": 0,
    }


def test_events_of_the_last_year_are_counted() -> None:
    events = [
        {"loan_id": 1, "event_no": str(n), "happened_on": on, "kind": kind}
        for n, (on, kind) in enumerate(
            [
                (date(2024, 7, 31), "deferral"),  # a year ago to the day: no longer
                (date(2024, 8, 1), "deferral"),
                (date(2025, 7, 31), "returned_debit"),
                (date(2025, 8, 1), "returned_debit"),  # tomorrow
            ]
        )
    ]
    blank = {"months": None, "amount": None}
    book = Book([loan()], [], [], [terms()], [event | blank for event in events])
    pattern = ask(book, as_of=date(2025, 7, 31))[1]

    assert (pattern["deferrals_12m"], pattern["returned_debits_12m"]) == (1, 1)
