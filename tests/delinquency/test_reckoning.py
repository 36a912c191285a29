"""The ledger over a book's rows: as the screen where totals suffice, as the twin elsewhere."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.delinquency.ledger.entries import Account, Due, Entry, Kind
from carrears.delinquency.ledger.twin import Position, replay, unpaid_rows
from carrears.delinquency.ledger.waterfall import Component
from carrears.delinquency.pattern import PATTERN
from carrears.delinquency.reckoning.reckon import reckon
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.delinquency.terms import COMPONENT, ledger_terms
from carrears.portfolio.products import (
    Allocation,
    Counting,
    Materiality,
    Part,
    Penalty,
    Product,
    Products,
)
from delinquency import books
from delinquency.books import AS_OF, START, Book, Judge, payment

Row = dict[str, Any]
PLAIN = Products(
    {
        "default": Product(),
        "lenient": Product(
            grace_days=3, materiality=Materiality(amount_minor=500, share=Decimal("0.05"))
        ),
        "share": Product(materiality=Materiality(share=Decimal("0.1"))),
        "shifted": Product(grace_days=5, grace_counts=Counting.FROM_GRACE),
    }
)
HARD = Products(
    {
        "default": Product(penalty=Penalty(surcharge=Decimal("0.5"), compound=True)),
        "lenient": Product(
            grace_days=3,
            penalty=Penalty(annual_rate=Decimal("0.2"), grace_days=3, year_days=365),
            allocation=Allocation(style="vertical"),
        ),
        "share": Product(allocation=Allocation(style="principal_first")),
        "shifted": Product(
            allocation=Allocation(advance="last", style="horizontal"),
            behind_by=(Part.PRINCIPAL, Part.INTEREST),
        ),
    }
)


def test_a_product_says_whether_totals_suffice() -> None:
    assert [PLAIN[name].by_ledger for name in ("default", "lenient", "share", "shifted")] == [
        False
    ] * 4
    assert [HARD[name].by_ledger for name in ("default", "lenient", "share", "shifted")] == [
        True
    ] * 4


@settings(max_examples=60, deadline=None)
@given(book=books.books(), as_of=AS_OF, lag=st.sampled_from([None, 0, 40]))
def test_where_totals_suffice_the_screen_says_the_same(
    book: Book, as_of: date, lag: int | None
) -> None:
    known_on = None if lag is None else as_of - timedelta(days=lag)
    screened = judge(book, as_of=as_of, known_on=known_on)
    reckoned = reckon(book.arrow(), products=PLAIN, as_of=as_of, known_on=known_on)
    compared = [name for name in RECKONED.names if name in next(iter(screened.values()), {})]
    for row in reckoned.to_pylist():
        if row["loan_id"] in screened:
            screen = screened[row["loan_id"]]
            assert {n: row[n] for n in compared} == {n: screen[n] for n in compared}
            assert (row["arrears_penalty"], row["arrears_compound"]) == (0, 0)


judge = Judge()


@st.composite
def eventful(draw: st.DrawFn) -> Book:
    book = draw(books.books(max_loans=4))
    some = st.sampled_from
    for loan in book.loans:
        loan["annual_rate"] = draw(some([None, Decimal("0.12"), Decimal("0.0788")]))
    kinds = some(
        ["fee", "penalty", "waiver", "refund", "pause", "resume", "extension", "penalty_rate",
         "charge_off", "bureau_change"]
    )  # fmt: skip
    events = [
        {
            "loan_id": loan["loan_id"],
            "event_no": f"E{n}",
            "happened_on": (day := draw(books.days())),
            "known_on": draw(some([None, day, day + timedelta(days=20)])),
            "kind": draw(kinds),
            "amount": draw(some([1, 30_00, 120_00])),
            "part": draw(some([part.value for part in Part])),
            "seq": draw(some([None, 1, 2, 3, 99])),
            "until_on": day + timedelta(days=draw(some([1, 15, 90]))),
            "annual_rate": Decimal("0.24"),
        }
        for loan in book.loans
        for n in range(draw(st.integers(0, 5)))
    ]
    # The twin has no way to take back what no payment brought; takebacks have tests of their own.
    payments = [row for row in book.payments if row["amount"] > 0]
    return Book(book.loans, book.instalments, payments, book.terms, events)


@settings(max_examples=60, deadline=None)
@given(book=eventful(), as_of=AS_OF, lag=st.sampled_from([None, 0, 40]))
def test_a_book_stands_as_the_twin_says_of_each_loan(
    book: Book, as_of: date, lag: int | None
) -> None:
    known_on = None if lag is None else as_of - timedelta(days=lag)
    reckoned = reckon(book.arrow(), products=HARD, as_of=as_of, known_on=known_on)
    for loan, row in zip(book.loans, reckoned.to_pylist(), strict=True):
        twin = replay(
            account_of(book.of(loan["loan_id"]), as_of=as_of, known_on=known_on), as_of=as_of
        )
        ledger = {name: value for name, value in row.items() if name not in PATTERN}
        assert ledger == expected(book, loan, twin, known_on)


def expected(book: Book, loan: Row, twin: Position, known_on: date | None) -> Row:
    terms = terms_of(loan)
    rows = list(enumerate(twin.rows))
    due = [row for _, row in rows if row.due_on <= twin.as_of]
    coming = [row for _, row in rows if row.due_on > twin.as_of and sum(row.owed)]
    next_due_on = min((row.due_on for row in coming), default=None)
    in_order = [twin.rows[place] for place in twin.order]
    unpaid = list(unpaid_rows([row for row in in_order if row.due_on <= twin.as_of], terms))
    arrears = dict(zip(Component, twin.arrears, strict=True))
    return {
        "loan_id": loan["loan_id"],
        "due_total": sum(sum(row.owed) - sum(row.waived) for row in due),
        "arrears": sum(twin.arrears),
        **{f"arrears_{part.value}": arrears[COMPONENT[part]] for part in (
            Part.PRINCIPAL, Part.INTEREST, Part.FEE, Part.PENALTY, Part.COMPOUND
        )},
        "oldest_due_on": twin.oldest_due_on,
        "dpd": twin.dpd,
        "instalments_behind": len(unpaid),
        "next_due_on": next_due_on,
        "next_due_amount": sum(sum(row.owed) for row in coming if row.due_on == next_due_on)
        if next_due_on
        else None,
        "paid_ahead": sum(sum(row.paid) for _, row in rows if row.due_on > twin.as_of)
        + twin.credit,
        "principal_outstanding": twin.outstanding[Component.PRINCIPAL],
        "payoff": twin.payoff,
        **asdict(twin.habits),
        **paid_to_date(book, loan, twin.as_of, known_on),
    }  # fmt: skip


def paid_to_date(book: Book, loan: Row, as_of: date, known_on: date | None) -> Row:
    counting = [
        row
        for row in book.of(loan["loan_id"]).payments
        if row["paid_on"] <= min(as_of, known_on or date.max) and row["kind"] != "recovery"
    ]
    return {
        "paid_total": sum(row["amount"] for row in counting),
        "last_paid_on": max((row["paid_on"] for row in counting), default=None),
    }


def terms_of(loan: Row) -> Any:
    return ledger_terms(HARD[loan["product"]], contract_rate=loan["annual_rate"] or Decimal(0))


def account_of(book: Book, *, as_of: date, known_on: date | None) -> Account:
    """The loan's account, written the long way round."""
    known = known_on or date.max
    (loan,) = book.loans
    live = sorted(
        (
            row
            for row in book.instalments
            if (row["effective_on"] or date.min) <= min(as_of, known)
            and not (row["superseded_on"] and row["superseded_on"] <= min(as_of, known))
        ),
        key=lambda row: (row["due_on"], row["seq"]),
    )
    schedule, start = [], loan["originated_on"]
    for row in live:
        parts = {name: row[name] for name in ("principal", "interest", "fee")}
        schedule.append(Due(starts_on=start, due_on=row["due_on"], **parts))
        start = row["due_on"]
    seqs = [row["seq"] for row in live]
    charges, refunds = [], []
    for row in book.events:
        told = row["known_on"] or row["happened_on"]
        if row["happened_on"] <= as_of and told <= known and (made := entry_of(row, seqs)):
            (refunds if made.kind is Kind.REFUND else charges).append(made)
    money = [
        Entry(kind=Kind.PAYMENT, day=row["paid_on"], amount=row["amount"])
        for row in sorted(book.payments, key=lambda row: row["paid_on"])
        if row["paid_on"] <= min(as_of, known) and row["kind"] != "recovery"
    ]
    return Account(
        terms=terms_of(loan), schedule=tuple(schedule), entries=(*charges, *money, *refunds)
    )


def entry_of(row: Row, seqs: list[int]) -> Entry | None:
    day, amount = row["happened_on"], row["amount"]
    part = COMPONENT[Part(row["part"])]
    place = seqs.index(row["seq"]) if row["seq"] in seqs else None
    moved = (
        Entry(kind=Kind.MOVE_DUE, day=day, row=place, until=row["until_on"])
        if place is not None
        else None
    )
    return {
        "fee": Entry(kind=Kind.FEE, day=day, amount=amount),
        "penalty": Entry(kind=Kind.PENALTY_CHARGE, day=day, amount=amount),
        "waiver": Entry(kind=Kind.WAIVER, day=day, amount=amount, component=part),
        "refund": Entry(kind=Kind.REFUND, day=day, amount=amount),
        "pause": Entry(kind=Kind.PAUSE, day=day, until=row["until_on"]),
        "resume": Entry(kind=Kind.RESUME, day=day),
        "extension": moved,
        "penalty_rate": Entry(kind=Kind.PENALTY_RATE, day=day, amount=24_000_000),
        "charge_off": Entry(kind=Kind.CHARGE_OFF, day=day),
    }.get(row["kind"])


def one_loan(*payments: Row) -> Book:
    due = [books.instalment(seq, START + timedelta(days=30 * seq)) for seq in (1, 2, 3)]
    return Book([books.loan(1, annual_rate=Decimal("0.12"))], due, list(payments), books.ALL_TERMS)


@pytest.mark.parametrize(
    ("payments", "left"),
    [
        # A reversal that names its payment: that payment never was.
        ([payment("a", START, 111_00), payment("r", START, -111_00, reverses_no="a")], 0),
        # A returned debit takes back the newest money.
        ([payment("a", START, 50_00), payment("b", START, 61_00), payment("r", START, -61_00)],
         50_00),
        # Less than all of it leaves the rest paid on its day.
        ([payment("a", START, 111_00), payment("r", START, -11_00, reverses_no="a")], 100_00),
        # What no earlier money covers is taken off the next.
        ([payment("r", START, -20_00), payment("a", START + timedelta(days=1), 111_00)], 91_00),
    ],
)  # fmt: skip
def test_money_taken_back_pays_nothing(payments: list[Row], left: int) -> None:
    as_of = START + timedelta(days=40)
    [row] = reckon(one_loan(*payments).arrow(), products=PLAIN, as_of=as_of).to_pylist()
    assert row["arrears"] == 111_00 - left


def test_a_payment_taken_back_bears_penalty_from_the_due_date() -> None:
    due, as_of = START + timedelta(days=30), START + timedelta(days=60)
    returned = [payment("a", due, 111_00), payment("r", as_of, -111_00, reverses_no="a")]
    never, back = (
        reckon(one_loan(*paid).arrow(), products=HARD, as_of=as_of).to_pylist()[0]
        for paid in ([], returned)
    )
    assert back == never | {"last_paid_on": due}
    row = back
    assert row["arrears_penalty"] == 1_50  # 100.00 for 30 days at 18 % over 360


def test_a_book_without_loans_has_no_rows() -> None:
    empty = Book([], [], [], books.ALL_TERMS).arrow()
    assert reckon(empty, products=PLAIN, as_of=START).num_rows == 0
