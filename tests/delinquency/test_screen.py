from __future__ import annotations

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delinquency import books
from delinquency.books import AS_OF, START, Book, Judge, instalment, loan, payment, terms
from delinquency.loan_judge import Row, judge_loan

DUE = date(2025, 2, 15)
EXAMPLES = settings(max_examples=15, deadline=None)


def plain(*, payments: list[Row], product: Row | None = None, months: int = 3) -> Book:
    """One loan of three instalments of 111.00 from 15 February on."""
    rows = [instalment(n, date(2025, 1 + n, 15)) for n in range(1, months + 1)]
    return Book([loan()], rows, payments, [product or terms()])


@settings(EXAMPLES, max_examples=30)
@given(book=books.books(), as_of=AS_OF)
def test_screen_equals_the_ledger_kept_by_hand(judge: Judge, book: Book, as_of: date) -> None:
    expected = {}
    for row in book.loans:
        one = book.of(row["loan_id"])
        product = next((t for t in book.terms if t["product"] == row["product"]), None)
        state = judge_loan(row, one.instalments, one.payments, product, as_of=as_of)
        if state is not None:
            expected[row["loan_id"]] = state

    assert judge(book, as_of=as_of) == expected


@settings(EXAMPLES, max_examples=5)
@given(book=books.books(), as_of=AS_OF)
def test_batch_equals_single(judge: Judge, book: Book, as_of: date) -> None:
    single: dict[int, Row] = {}
    for row in book.loans:
        single |= judge(book.of(row["loan_id"]), as_of=as_of)

    assert judge(book, as_of=as_of) == single


def for_each(book: Book, *payments: Row) -> list[Row]:
    return [row | {"loan_id": loan["loan_id"]} for loan in book.loans for row in payments]


@EXAMPLES
@given(book=books.books(), as_of=AS_OF, amount=st.integers(1, 500_00), on=books.days())
def test_paying_more_never_raises_dpd(
    judge: Judge, book: Book, as_of: date, amount: int, on: date
) -> None:
    more = book.with_payments(book.payments + for_each(book, payment("more", on, amount)))

    for before, after in judge.both(book, more, as_of=as_of):
        for name in ("dpd", "arrears", "instalments_behind", "principal_outstanding"):
            assert after[name] <= before[name]


@EXAMPLES
@given(book=books.books(), as_of=AS_OF, cut=st.integers(1, 99), on=books.days())
def test_splitting_a_payment_changes_nothing(
    judge: Judge, book: Book, as_of: date, cut: int, on: date
) -> None:
    whole = for_each(book, payment("p", on, 100_00))
    parts = for_each(book, payment("p1", on, cut * 100), payment("p2", on, (100 - cut) * 100))

    for one, two in judge.both(
        book.with_payments(book.payments + whole),
        book.with_payments(book.payments + parts),
        as_of=as_of,
    ):
        assert one == two


@EXAMPLES
@given(book=books.books(), as_of=AS_OF, seed=st.randoms(use_true_random=False))
def test_order_of_same_day_payments_changes_nothing(
    judge: Judge, book: Book, as_of: date, seed: Random
) -> None:
    on = min((p["paid_on"] for p in book.payments), default=START)
    same_day = [p | {"paid_on": on} for p in book.payments]
    shuffled = seed.sample(same_day, len(same_day))

    for one, two in judge.both(
        book.with_payments(same_day), book.with_payments(shuffled), as_of=as_of
    ):
        assert one == two


@EXAMPLES
@given(
    book=books.books(),
    as_of=AS_OF,
    later=st.integers(1, 90),
    amount=st.sampled_from([-111_00, 1, 37_00, 999_00]),
)
def test_a_later_payment_changes_nothing(
    judge: Judge, book: Book, as_of: date, later: int, amount: int
) -> None:
    paid = for_each(book, payment("later", as_of + timedelta(days=later), amount))

    for before, after in judge.both(book, book.with_payments(book.payments + paid), as_of=as_of):
        assert before == after


@EXAMPLES
@given(book=books.books(), as_of=AS_OF)
def test_parts_add_up(judge: Judge, book: Book, as_of: date) -> None:
    for state in judge(book, as_of=as_of).values():
        parts = [state[f"arrears_{part}"] for part in ("principal", "interest", "fee")]
        assert sum(parts) == state["arrears"]
        assert min(parts) >= 0
        assert state["dpd"] == 0 or state["arrears"] > 0
        assert state["paid_ahead"] == 0 or state["arrears"] == 0


@pytest.mark.parametrize(
    ("as_of", "due_on"),
    [(date(2025, 3, 9), date(2025, 2, 15)), (date(2025, 3, 10), date(2025, 4, 15))],
)
def test_a_reissued_row_counts_from_its_day(judge: Judge, as_of: date, due_on: date) -> None:
    deferred = date(2025, 3, 10)
    rows = [
        instalment(1, DUE, superseded_on=deferred),
        instalment(1, date(2025, 4, 15), effective_on=deferred),
    ]
    state = judge(Book([loan()], rows, [], [terms()]), as_of=as_of)[1]

    assert (state["oldest_due_on"] or state["next_due_on"]) == due_on
    assert state["dpd"] == max((as_of - due_on).days, 0)


BOUNDS = {-1: 0, 0: 0, 1: 1, 30: 1, 31: 2, 60: 2, 61: 3, 90: 3, 91: 4, 120: 4, 121: 5}
BOUNDS |= {150: 5, 151: 6, 180: 6, 181: 7, 182: 7, 1000: 7}


@pytest.mark.parametrize(("days_after", "bucket"), BOUNDS.items())
def test_days_and_buckets_at_their_bounds(judge: Judge, days_after: int, bucket: int) -> None:
    state = judge(plain(payments=[], months=1), as_of=DUE + timedelta(days=days_after))[1]

    assert (state["dpd"], state["bucket"]) == (max(days_after, 0), bucket)


@pytest.mark.parametrize(("days_after", "dpd"), [(3, 0), (4, 4)])
def test_past_grace_days_count_from_the_due_date(judge: Judge, days_after: int, dpd: int) -> None:
    book = plain(payments=[], product=terms(grace=3))
    state = judge(book, as_of=DUE + timedelta(days=days_after))[1]

    assert (state["dpd"], state["oldest_due_on"], state["arrears"]) == (dpd, DUE, 111_00)


@pytest.mark.parametrize(
    ("product", "short", "dpd"),
    [
        (terms(minor=5_00), 5_00, 0),
        (terms(minor=5_00), 5_01, 10),
        (terms(share="0.1"), 11_10, 0),
        (terms(share="0.1"), 11_11, 10),
        (terms(minor=5_00, share="0.1"), 11_10, 0),  # the larger of the two holds
        (terms(minor=20_00, share="0.1"), 20_00, 0),
        (terms(share="0.000001"), 1, 10),  # 0.0111 fen of 111.00: one fen is more
    ],
)
def test_a_small_shortfall_is_owed_but_not_behind(
    judge: Judge, product: Row, short: int, dpd: int
) -> None:
    book = plain(payments=[payment(1, DUE, 111_00 - short)], product=product)
    state = judge(book, as_of=DUE + timedelta(days=10))[1]

    assert (state["arrears"], state["dpd"]) == (short, dpd)


def test_a_row_of_nothing_is_no_instalment(judge: Judge) -> None:
    """4.00 short is within 5 % of 111.00; the empty row's 5 % of nothing must not undo that."""
    empty = instalment(2, date(2025, 3, 15), principal=0, interest=0, fee=0)
    paid = [payment(1, DUE, 107_00)]
    book = Book([loan()], [instalment(1, DUE), empty], paid, [terms(share="0.05")])

    assert judge(book, as_of=date(2025, 4, 1))[1]["dpd"] == 0


def test_a_payment_taken_back_leaves_the_instalment_open(judge: Judge) -> None:
    back = [payment(1, DUE, 111_00), payment(2, DUE + timedelta(days=4), -111_00)]
    book = plain(payments=back)

    assert judge(book, as_of=DUE + timedelta(days=3))[1]["dpd"] == 0
    assert judge(book, as_of=DUE + timedelta(days=4))[1]["dpd"] == 4


def test_recoveries_pay_no_instalment(judge: Judge) -> None:
    book = plain(payments=[payment(1, DUE, 111_00, kind="recovery")])
    state = judge(book, as_of=DUE)[1]

    assert (state["paid_total"], state["arrears"], state["last_paid_on"]) == (0, 111_00, None)


def test_an_empty_book_has_no_states(judge: Judge) -> None:
    assert judge(Book([], [], [], []), as_of=START) == {}
