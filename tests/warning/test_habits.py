"""When loans were paid, against a plain count, loan by loan."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import duckdb
from delinquency import books
from delinquency.books import AS_OF, Book, Row, instalment, loan, payment, terms
from hypothesis import given, settings

from carrears.dayrun.expressions import asked_day
from carrears.delinquency.engine import compile_sql, ibis_table
from carrears.delinquency.screen import delinquency
from carrears.warning.habits import EARLIEST, SKIPPED, payment_habits

NAMES = ("loans", "instalments", "payments", "terms")


@cache
def compiled() -> str:
    tables = [ibis_table(name, books.SCHEMAS[name]) for name in NAMES]
    state = delinquency(*tables, as_of=asked_day())
    return compile_sql(payment_habits(state, *tables, as_of=asked_day()))


@cache
def engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect(config={"threads": 1})


def ask(book: Book, *, as_of: date) -> dict[int, Row]:
    for name, table in book.arrow().items():
        engine().register(name, table)
    rows = engine().sql(books.on_days(compiled(), as_of)).to_arrow_table().to_pylist()
    return {row["loan_id"]: row for row in rows}


def tolerance(book: Book, product: str, amount: int) -> Decimal:
    for row in book.terms:
        if row["product"] == product:
            share = (row["materiality_share"] or Decimal(0)) * amount
            return max(Decimal(row["materiality_minor"] or 0), share)
    return Decimal(0)


def plain_delays(book: Book, as_of: date) -> list[int]:
    """Days from due to paid of one loan's paid instalments, the newest first."""
    due = sorted(
        (r["due_on"], r["seq"], r["principal"] + r["interest"] + r["fee"])
        for r in book.instalments
        if (r["effective_on"] is None or r["effective_on"] <= as_of)
        and (r["superseded_on"] is None or r["superseded_on"] > as_of)
        and r["due_on"] <= as_of
    )
    money = [p for p in book.payments if p["kind"] != "recovery" and p["paid_on"] <= as_of]
    days = [date.min, *sorted({p["paid_on"] for p in money})]
    totals = [sum(p["amount"] for p in money if p["paid_on"] <= day) for day in days]
    delays, up_to = [], 0
    for due_on, _seq, amount in due:
        up_to += amount
        if amount <= 0 or due_on <= year_before(as_of):
            continue
        wanted = up_to - tolerance(book, book.loans[0]["product"], amount)
        paid = [n for n in range(len(days)) if all(t >= wanted for t in totals[n:])]
        if paid:
            first = days[paid[0]]
            delays.append(EARLIEST if first == date.min else max((first - due_on).days, EARLIEST))
    return delays[::-1]


def year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return date(day.year - 1, 2, 28)


def plain_habits(delays: list[int]) -> dict[str, Any]:
    run = 0
    while run + 1 < len(delays) and delays[run] > delays[run + 1]:
        run += 1
    return {
        "last_delay": delays[0] if delays else None,
        "worst_delay": max(delays[:12], default=None),
        "later_in_a_row": run,
        "late_12": sum(delay > 0 for delay in delays[:12]),
        "late_3": sum(delay > 0 for delay in delays[:3]),
        "skipped_12": sum(delay >= SKIPPED for delay in delays[:12]),
        "since_skipped": next((n for n, d in enumerate(delays[:12]) if d >= SKIPPED), None),
    }


@settings(max_examples=60, deadline=None)
@given(book=books.books(), as_of=AS_OF)
def test_habits_equal_the_plain_count(book: Book, as_of: date) -> None:
    for loan_id, found in ask(book, as_of=as_of).items():
        plain = plain_habits(plain_delays(book.of(loan_id), as_of))
        assert {name: found[name] for name in plain} == plain


DUE = [date(2025, month, 15) for month in range(2, 9)]


def paid_with(*delays: int, **of_loan: Any) -> Book:
    """A loan whose instalments were paid so many days after they fell due."""
    paid = [
        payment(n, due + timedelta(days=days), 111_00)
        for n, (due, days) in enumerate(zip(DUE, delays, strict=False), start=1)
    ]
    due = [instalment(n, day) for n, day in enumerate(DUE, start=1)]
    return Book([loan(**of_loan)], due, paid, [terms()])


def test_a_borrower_who_pays_later_each_month() -> None:
    habits = ask(paid_with(0, -2, 0, 1, 4, 9), as_of=date(2025, 8, 1))[1]

    assert habits["last_delay"] == 9
    assert habits["later_in_a_row"] == 4
    assert (habits["late_3"], habits["late_12"]) == (3, 3)


def test_as_late_as_before_is_not_later() -> None:
    assert ask(paid_with(3, 3, 3), as_of=date(2025, 5, 1))[1]["later_in_a_row"] == 0


def test_the_first_instalment_of_a_new_loan_only() -> None:
    as_of = date(2025, 5, 1)
    new = ask(paid_with(12, 0, 0, originated_on=date(2025, 1, 15)), as_of=as_of)[1]
    old = ask(paid_with(12, 0, 0, originated_on=date(2024, 11, 1)), as_of=as_of)[1]

    assert (new["first_delay"], old["first_delay"]) == (12, None)


def test_a_returned_debit_paid_nothing() -> None:
    book = paid_with(0, 0)
    returned = payment("back", DUE[1] + timedelta(days=4), -111_00, kind="reversal")
    again = payment("again", DUE[1] + timedelta(days=6), 111_00)
    habits = ask(book.with_payments([*book.payments, returned, again]), as_of=date(2025, 4, 1))[1]

    assert habits["last_delay"] == 6


def test_what_the_terms_leave_immaterial_makes_nothing_late() -> None:
    short = paid_with(0, 0, 0)
    short.payments[1]["amount"] -= 5_00
    lenient = Book(short.loans, short.instalments, short.payments, [terms(minor=5_00)])

    assert ask(lenient, as_of=date(2025, 5, 1))[1]["worst_delay"] == 0
    assert ask(short, as_of=date(2025, 5, 1))[1]["worst_delay"] == 31


def test_a_loan_that_owes_nothing_yet_has_no_habits() -> None:
    habits = ask(Book([loan()], [], [], []), as_of=date(2025, 2, 1))[1]

    assert {name for name, value in habits.items() if value} == {"loan_id"}
