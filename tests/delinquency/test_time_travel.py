"""What was known on day K about day E: the book as it was told by K, seen on E."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from delinquency.books import START, Book, Judge, Row, books, instalment, loan, payment
from delinquency.books import terms as terms_of

KNOWN = st.sampled_from([START + timedelta(days=d) for d in (60, 130)])
DAYS = st.sampled_from([START + timedelta(days=d) for d in (59, 120, 400)])
DUE = date(2025, 2, 15)


@st.composite
def told_late(draw: st.DrawFn) -> Book:
    """A book whose rows became known on their day or some time after."""
    book = draw(books(max_loans=4))
    lags = st.sampled_from([None, 0, 3, 90])

    def dated(row: Row, day: str) -> Row:
        lag = draw(lags)
        known = None if lag is None or row[day] is None else row[day] + timedelta(days=lag)
        return row | {"known_on": known}

    instalments = [dated(row, "effective_on") for row in book.instalments]
    later = {(r["loan_id"], r["seq"]): r["known_on"] for r in instalments if r["effective_on"]}
    for row in instalments:
        if row["superseded_on"] is not None:
            row["superseded_known_on"] = later[row["loan_id"], row["seq"]]
    payments = [dated(row, "paid_on") for row in book.payments]
    return replace(book, instalments=instalments, payments=payments)


def as_told_by(book: Book, known_on: date) -> Book:
    """The rows that had been told by the end of a day."""

    def told(row: Row, day: str) -> bool:
        return (row.get("known_on") or row[day] or date.min) <= known_on

    instalments = [row for row in book.instalments if told(row, "effective_on")]
    for place, row in enumerate(instalments):
        ended = row.get("superseded_known_on") or row["superseded_on"]
        if ended and ended > known_on:
            instalments[place] = row | {"superseded_on": None}
    return replace(
        book,
        loans=[
            row | ({"closed_on": None} if row["closed_on"] and row["closed_on"] > known_on else {})
            for row in book.loans
        ],
        instalments=instalments,
        payments=[row for row in book.payments if told(row, "paid_on")],
    )


@settings(max_examples=40, deadline=None)
@given(book=told_late(), as_of=DAYS, known_on=KNOWN)
def test_a_past_view_is_the_view_of_the_past_book(
    judge: Judge, book: Book, as_of: date, known_on: date
) -> None:
    past = judge(as_told_by(book, known_on), as_of=as_of)
    assert judge(book, as_of=as_of, known_on=known_on) == past


def test_a_back_dated_payment_mends_the_day_but_not_what_was_known(judge: Judge) -> None:
    paid = payment("P1", DUE, 111_00, known_on=DUE + timedelta(days=5))
    book = Book([loan()], [instalment(1, DUE)], [paid], [terms_of()])
    day = DUE + timedelta(days=3)
    assert judge(book, as_of=day)[1]["dpd"] == 0
    assert judge(book, as_of=day, known_on=day)[1]["dpd"] == 3
    assert judge(book, as_of=day, known_on=DUE + timedelta(days=5))[1]["dpd"] == 0
