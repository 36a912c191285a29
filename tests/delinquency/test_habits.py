"""When loans were paid, by the ledger over a book's rows: against a plain count, and by example."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings

from carrears.calendars import Convention
from carrears.delinquency.ledger.daycount import add_months
from carrears.delinquency.ledger.habits import EARLIEST, SKIPPED
from carrears.delinquency.reckoning.reckon import reckon
from carrears.portfolio.products import DueDates, Materiality, Penalty, Product, Products
from delinquency.books import AS_OF, Book, Row, books, instalment, loan, payment

PRODUCTS = Products(
    {
        "default": Product(),
        "lenient": Product(materiality=Materiality(amount_minor=500, share=Decimal("0.05"))),
        "share": Product(materiality=Materiality(share=Decimal("0.1"))),
    }
)


def tolerance(product: str, amount: int) -> Decimal:
    terms = PRODUCTS[product].materiality
    return max(Decimal(terms.amount_minor), terms.share * amount)


def plain_delays(book: Book, as_of: date) -> list[int]:
    """Days from due to paid of one loan's paid instalments of 12 months, the newest first."""
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
    delays, up_to, since = [], 0, date.min
    for due_on, _seq, amount in due:
        up_to += amount
        if amount <= 0:
            continue
        wanted = up_to - tolerance(book.loans[0]["product"], amount)
        paid = [n for n in range(len(days)) if all(max(t, 0) >= wanted for t in totals[n:])]
        if not paid:
            break
        since = max(since, days[paid[0]])  # no instalment is paid before the one before it
        if due_on > add_months(as_of, -12):
            delays.append(EARLIEST if since == date.min else max((since - due_on).days, EARLIEST))
    return delays[::-1]


def plain_habits(delays: list[int], *, is_new: bool) -> dict[str, Any]:
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
        "first_delay": delays[-1] if delays and is_new else None,
    }


@settings(max_examples=80, deadline=None)
@given(book=books(), as_of=AS_OF)
def test_habits_equal_the_plain_count(book: Book, as_of: date) -> None:
    for row in reckon(book.arrow(), products=PRODUCTS, as_of=as_of).to_pylist():
        own = book.of(row["loan_id"])
        is_new = own.loans[0]["originated_on"] > add_months(as_of, -6)
        plain = plain_habits(plain_delays(own, as_of), is_new=is_new)
        assert {name: row[name] for name in plain} == plain


DUE = [date(2025, month, 15) for month in range(2, 9)]


def paid_with(*delays: int, **of_loan: Any) -> Book:
    """A loan whose instalments were paid so many days after they fell due."""
    paid = [
        payment(n, due + timedelta(days=days), 111_00)
        for n, (due, days) in enumerate(zip(DUE, delays, strict=False), start=1)
    ]
    due = [instalment(n, day) for n, day in enumerate(DUE, start=1)]
    return Book([loan(**of_loan)], due, paid, [])


def habits(book: Book, *, as_of: date, product: Product | None = None) -> Row:
    products = Products({"default": product or Product()})
    [row] = reckon(book.arrow(), products=products, as_of=as_of).to_pylist()
    return row


def told(book: Book, kind: str, on: date, **more: Any) -> Book:
    event = {"loan_id": 1, "event_no": kind, "happened_on": on, "kind": kind} | more
    return Book(book.loans, book.instalments, book.payments, [], [*book.events, event])


def test_a_borrower_who_pays_later_each_month() -> None:
    found = habits(paid_with(0, -2, 0, 1, 4, 9), as_of=date(2025, 8, 1))

    assert found["last_delay"] == 9
    assert found["later_in_a_row"] == 4
    assert (found["late_3"], found["late_12"]) == (3, 3)


def test_as_late_as_before_is_not_later() -> None:
    assert habits(paid_with(3, 3, 3), as_of=date(2025, 5, 1))["later_in_a_row"] == 0


def test_a_month_left_out_two_instalments_ago() -> None:
    # May's was paid with June's, 31 days late; June's and July's on their days.
    found = habits(paid_with(0, 0, 0, 31, 0, 0), as_of=date(2025, 8, 1))

    assert (found["skipped_12"], found["since_skipped"], found["worst_delay"]) == (1, 2, 31)


@pytest.mark.parametrize(("as_of", "worst"), [(date(2026, 2, 14), 20), (date(2026, 2, 15), 0)])
def test_what_fell_due_a_year_ago_is_forgotten(as_of: date, worst: int) -> None:
    assert habits(paid_with(20, 0, 0, 0, 0, 0, 0), as_of=as_of)["worst_delay"] == worst


def test_an_early_payer_is_early_by_a_month_at_most() -> None:
    assert habits(paid_with(-50, -45), as_of=date(2025, 3, 20))["last_delay"] == -30


@pytest.mark.parametrize(
    ("lent_on", "first"),
    [(date(2025, 1, 15), 12), (date(2024, 11, 2), 12), (date(2024, 11, 1), None)],
)
def test_the_first_instalment_of_a_new_loan_only(lent_on: date, first: int | None) -> None:
    book = paid_with(12, 0, 0, originated_on=lent_on)
    assert habits(book, as_of=date(2025, 5, 1))["first_delay"] == first


def test_a_returned_debit_paid_nothing() -> None:
    book = paid_with(0, 0)
    returned = payment("back", DUE[1] + timedelta(days=4), -111_00)
    again = payment("again", DUE[1] + timedelta(days=6), 111_00)
    paid = [*book.payments, returned, again]

    assert habits(book.with_payments(paid), as_of=date(2025, 4, 1))["last_delay"] == 6


def test_a_payment_taken_back_by_name_leaves_its_own_instalment_unpaid() -> None:
    # February's debit comes back in April: March's money paid February, the rest came on 20 April.
    book = paid_with(0, 0)
    back = payment("back", date(2025, 4, 1), -111_00, reverses_no="1")
    again = payment("again", date(2025, 4, 20), 111_00)
    found = habits(book.with_payments([*book.payments, back, again]), as_of=date(2025, 5, 1))

    assert (found["last_delay"], found["worst_delay"], found["late_12"]) == (36, 36, 2)


def test_what_the_terms_leave_immaterial_makes_nothing_late() -> None:
    short = paid_with(0, 0, 0)
    short.payments[1]["amount"] -= 5_00
    lenient = Product(materiality=Materiality(amount_minor=5_00))

    assert habits(short, as_of=date(2025, 5, 1), product=lenient)["worst_delay"] == 0
    assert habits(short, as_of=date(2025, 5, 1))["worst_delay"] == 31


def test_a_deferred_instalment_is_early_or_late_by_its_new_date() -> None:
    # April's moved to 30 April and paid on that day: 15 days late by its first date.
    book = paid_with(0, 0, 15)
    deferred = told(book, "deferral", date(2025, 4, 1), seq=3, until_on=date(2025, 4, 30))

    assert habits(book, as_of=date(2025, 5, 1))["last_delay"] == 15
    assert habits(deferred, as_of=date(2025, 5, 1))["last_delay"] == 0


def test_who_pays_on_monday_what_fell_due_on_saturday_is_on_time() -> None:
    # 15 February and 15 March 2025 are Saturdays.
    monday = DueDates(calendar="us", convention=Convention.FOLLOWING)
    book, as_of = paid_with(0, 2), date(2025, 4, 1)

    assert habits(book, as_of=as_of, product=Product(due_dates=monday))["last_delay"] == 0
    assert habits(book, as_of=as_of)["last_delay"] == 2


def test_a_fee_that_was_paid_makes_no_later_instalment_early() -> None:
    # 111.00 of fees since: by sums alone April's would have been paid in March.
    book = told(paid_with(0, 0, 3), "fee", date(2025, 3, 1), amount=111_00)
    paid = [*book.payments, payment("fee", date(2025, 3, 15), 111_00)]

    assert habits(book.with_payments(paid), as_of=date(2025, 5, 1))["last_delay"] == 3


def test_a_penalty_is_late_only_where_it_makes_the_loan_behind() -> None:
    # Ten days late, 18 % on 100.00 of principal: 0.50, which is not paid until March's money.
    book = paid_with(10, 0)
    book.loans[0]["annual_rate"] = Decimal("0.12")
    penalty = Penalty(surcharge=Decimal("0.5"))
    strict = Product(penalty=penalty)
    lenient = Product(penalty=penalty, materiality=Materiality(amount_minor=1_00))

    assert habits(book, as_of=date(2025, 3, 10), product=strict)["last_delay"] is None
    assert habits(book, as_of=date(2025, 3, 10), product=lenient)["last_delay"] == 10


def test_an_instalment_that_was_waived_is_late_until_its_waiver() -> None:
    book = paid_with(0)
    for part, amount in (("principal", 100_00), ("interest", 10_00), ("fee", 1_00)):
        book = told(book, "waiver", date(2025, 3, 20), part=part, amount=amount)

    assert habits(book, as_of=date(2025, 4, 1))["last_delay"] == 5


def test_a_loan_that_owes_nothing_yet_has_no_habits() -> None:
    found = habits(Book([loan()], [], [], []), as_of=date(2025, 2, 1))

    assert plain_habits([], is_new=True).items() <= found.items()
