"""The payment pattern against a plain count, loan by loan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings

from carrears.delinquency.ledger.daycount import add_months
from carrears.delinquency.pattern import PATTERN, Lateness
from carrears.delinquency.reckoning.reckon import reckon
from carrears.portfolio.products import Product, Products
from delinquency import books
from delinquency.books import AS_OF, Book, Row, instalment, loan, payment, terms

PRODUCTS = Products({name: Product() for name in ("default", "lenient", "share", "shifted")})


def ask(book: Book, *, as_of: date, late_days: int = 0, share: str = "0") -> dict[int, Row]:
    lateness = Lateness(late_days, Decimal(share))
    found = reckon(book.arrow(), products=PRODUCTS, as_of=as_of, lateness=lateness)
    return {row["loan_id"]: row for row in found.to_pylist()}


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


def plain_share(book: Book, *, as_of: date, months: int) -> float | None:
    since = add_months(as_of, -months)
    due = sum(
        max(0, r["principal"] + r["interest"] + r["fee"])
        for r in book.instalments
        if (r["effective_on"] is None or r["effective_on"] <= as_of)
        and (r["superseded_on"] is None or r["superseded_on"] > as_of)
        and since < r["due_on"] <= as_of
    )
    paid = sum(
        p["amount"]
        for p in book.payments
        if p["kind"] != "recovery" and since < p["paid_on"] <= as_of
    )
    return max(paid, 0) / due if due else None


@settings(max_examples=40, deadline=None)
@given(book=books.books(), as_of=AS_OF)
def test_the_pattern_equals_the_plain_count(book: Book, as_of: date) -> None:
    found = ask(book, as_of=as_of, late_days=4, share="0.1")

    for row in book.loans:
        one = book.of(row["loan_id"])
        plain = count_late(one, as_of=as_of, late_days=4, share=Decimal("0.1"))
        mine = found[row["loan_id"]]
        assert mine["late_of_last_12"] == plain
        assert mine["paid_share_3m"] == plain_share(one, as_of=as_of, months=3)
        assert mine["paid_share_6m"] == plain_share(one, as_of=as_of, months=6)


def months(count: int) -> list[Row]:
    return [instalment(n, date(2025, 1 + n, 15)) for n in range(1, count + 1)]


def test_shares_hold_money_in_against_what_fell_due() -> None:
    paid = [payment(1, date(2025, 4, 20), 111_00), payment(2, date(2025, 7, 1), 55_50)]
    pattern = ask(Book([loan()], months(8), paid, [terms()]), as_of=date(2025, 7, 31))[1]

    # May to July: 3 × 111.00 due, 55.50 in. February to July: 6 × 111.00 due, 166.50 in.
    assert pattern["paid_share_3m"] == pytest.approx(55.5 / 333)
    assert pattern["paid_share_6m"] == pytest.approx(166.5 / 666)


def test_nothing_due_and_nothing_paid_says_nothing() -> None:
    pattern = ask(Book([loan()], [], [], [terms()]), as_of=date(2025, 7, 31))[1]

    assert {name: pattern[name] for name in PATTERN} == {
        "paid_share_3m": None,
        "paid_share_6m": None,
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
