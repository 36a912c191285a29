"""A day run moves cases while events go on: the order in which they meet does not matter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from pathlib import Path
from typing import Any

import pytest
from delinquency.books import Book, instalment, loan, payment
from django.db.models import CharField
from django.db.models.expressions import RawSQL
from factories import make_promise
from standing_book import register, stand

from carrears.casework.holds import place_hold
from carrears.casework.models import Case
from carrears.clock import at_local, now
from carrears.dayrun import columnar, moving, standing
from carrears.dayrun.models import DayRun, RunState, StripeStep
from carrears.dayrun.moving import each_stripe
from carrears.dayrun.standing import CASES, bases_of, stripe_of
from carrears.dayrun.steps import (
    Day,
    compute_delinquency,
    decide_treatments,
    move_cases,
    plan_day,
    score_risk,
)
from carrears.dayrun.warned import STRATEGY as WARNING
from carrears.inbox.services import take_payment
from carrears.portfolio.products import load_products
from carrears.strategy.services import (
    compiled_strategy,
    published_strategy,
    strategy_in_force,
)

pytestmark = pytest.mark.django_db
JUNE, JULY = date(2026, 6, 30), date(2026, 7, 31)


def book_of(*paid: int) -> Book:
    """Loans 1, 2, …, each with so many of its instalments of April to July paid."""
    numbers = range(1, len(paid) + 1)
    loans = [loan(n, originated_on=date(2026, 3, 1), instalment=111_00) for n in numbers]
    due = [date(2026, month, 15) for month in (4, 5, 6, 7, 8)]
    schedule = [instalment(seq, day, n) for n in numbers for seq, day in enumerate(due, 1)]
    receipts = [
        payment(f"{n}-{place}", due[place], 111_00, n)
        for n, count in zip(numbers, paid, strict=True)
        for place in range(count)
    ]
    return Book(loans, schedule, receipts, [])


@pytest.fixture(autouse=True)
def root(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stripes of two loans, so that a small book has several; one late loan is many."""
    monkeypatch.setattr(moving, "_WORTH_A_SCAN", 0)
    monkeypatch.setattr(standing, "_LOANS_A_STRIPE", 2)
    settings.BOOK_DIR = tmp_path / "book"
    return settings.BOOK_DIR


@pytest.fixture
def july(root: Path, settings: Any) -> Day:
    """The run of July, begun, over a book that stands at the end of June."""
    book = book_of(2, 4, 4, 3, 1)
    june = replace(book, payments=[p for p in book.payments if p["paid_on"] <= JUNE])
    stand(june, root, JUNE)
    strategy = published_strategy()
    run = DayRun.objects.create(
        as_of=JULY,
        inputs_hash="july",
        snapshot=register(book, root, JULY),
        strategy=strategy,
        folder=str(root / "days" / "july"),
    )
    products = load_products(settings.CARREARS_HOME)
    table = compiled_strategy(strategy_in_force(WARNING, on=JULY))
    return Day(run, products, compiled_strategy(strategy), table, columnar)


def read_the_book(day: Day) -> None:
    compute_delinquency(day)
    score_risk(day)
    decide_treatments(day)


def finish(day: Day) -> dict[str, Any]:
    counters = move_cases(day)
    day.run.state = RunState.DONE
    day.run.save()
    return counters


def pay(loan_no: str, amount: int, *, on: date = JULY) -> None:
    take_payment(loan_no, amount=amount, currency="CNY", paid_on=on, key=f"{on}", source="test")


def cases() -> dict[str, tuple[Any, ...]]:
    fields = ("loan_no", "state", "as_of", "dpd", "arrears", "paid_total", "treatment", "priority")
    return {row[0]: row[1:] for row in Case.objects.order_by("pk").values_list(*fields)}


def test_the_cases_of_all_stripes_reach_the_day(july: Day) -> None:
    read_the_book(july)
    counters = finish(july)
    assert {no: row[2:4] for no, row in cases().items()} == {
        "L1": (46, 222_00),
        "L4": (16, 111_00),
        "L5": (77, 333_00),
    }
    assert (counters["cases_opened"], counters["cases_open"]) == (3, 3)
    assert [step.stripe for step in StripeStep.objects.filter(step=CASES)] == [0, 1, 2]


@pytest.mark.parametrize("when", ["before", "between", "after"])
@pytest.mark.parametrize("loan_no", ["L1", "L5"])
def test_a_payment_counts_whenever_it_comes(july: Day, when: str, loan_no: str) -> None:
    if when == "before":
        pay(loan_no, 222_00)
    read_the_book(july)
    if when == "between":
        pay(loan_no, 222_00)
    finish(july)
    if when == "after":
        pay(loan_no, 222_00)

    reached = cases().get(loan_no)

    if loan_no == "L1":
        assert reached is None or reached[:4] == ("closed", JULY, 0, 0)
    else:
        assert reached is not None
        assert reached[:5] == ("open", JULY, 16, 111_00, 111_00 + 222_00)


def test_a_payment_of_the_day_to_come_is_not_moved_back(july: Day) -> None:
    read_the_book(july)
    august = date(2026, 8, 1)
    pay("L5", 1, on=august)
    finish(july)
    # by the book of July, which knows more than that of June, and as of the payment's day
    assert cases()["L5"][:4] == ("open", august, 78, 333_00 - 1)


def test_a_loan_that_falls_behind_meanwhile_gets_its_case(july: Day) -> None:
    read_the_book(july)
    take_payment("L2", amount=-111_00, currency="CNY", paid_on=JULY, key="back", source="test")
    assert cases()["L2"][:4] == ("open", JULY, 46, 222_00)  # June's book: two of four are paid
    finish(july)
    assert cases()["L2"][:4] == ("open", JULY, 16, 111_00)


def test_a_hold_placed_meanwhile_is_not_overlooked(july: Day) -> None:
    pay("L5", 1, on=JUNE)  # opens its case
    read_the_book(july)
    case = Case.objects.get(loan_no="L5")
    place_hold(case, reason="dispute", today=JUNE, until_on=None, by=None, at=now())

    finish(july)

    case.refresh_from_db()
    assert (case.as_of, case.decision["channel"]) == (JULY, None)


def test_a_promise_made_meanwhile_is_settled_by_all_payments(july: Day) -> None:
    pay("L5", 1, on=JUNE)
    case = Case.objects.get(loan_no="L5")
    promise = make_promise(case, (100_00, JULY))
    read_the_book(july)
    pay("L5", 100_00)
    finish(july)
    promise.refresh_from_db()
    assert promise.state == "kept"


def test_a_stripe_that_the_run_has_reached_goes_on_from_it(july: Day) -> None:
    read_the_book(july)

    def killed(stripe: int) -> dict[str, Any]:
        if stripe == 1:
            raise KeyboardInterrupt
        return {}

    with pytest.raises(KeyboardInterrupt):
        each_stripe(july.run, CASES, 5, killed)

    bases = bases_of([stripe_of(1), stripe_of(2), stripe_of(4)])
    assert [base and base.as_of for base in bases.values()] == [JULY, JUNE, JUNE]


def test_planning_twice_plans_once_and_keeps_the_cadence(july: Day) -> None:
    read_the_book(july)
    finish(july)
    planned = {"actions_planned": 3, "promise_reminders": 0, "cadence_steps": 1}
    assert plan_day(july) == plan_day(july) == planned
    action = Case.objects.get(loan_no="L1").actions.get()
    assert action.planned_for == at_local(JULY, time(10), "Asia/Shanghai")
    assert action.key == f"L1:2026-07-31:{action.channel}:{action.template}"

    action.state = "sent"
    action.save()
    Case.objects.filter(loan_no="L1").update(as_of=date(2026, 8, 1))
    plan_day(
        replace(
            july,
            run=DayRun.objects.create(
                as_of=date(2026, 8, 1), inputs_hash="next", snapshot=july.run.snapshot
            ),
        )
    )
    assert Case.objects.get(loan_no="L1").actions.count() == 1


def versions() -> dict[str, Any]:
    """Of each case where its row lies, which writing it changes."""
    rows = Case.objects.annotate(
        place=RawSQL("casework_case.ctid::text", [], output_field=CharField())
    )
    return dict(rows.values_list("loan_no", "place"))


def rerun(day: Day, book: Book, root: Path) -> Day:
    """The same day begun again, over a book that says more."""
    run = DayRun.objects.create(
        as_of=day.as_of,
        inputs_hash="more",
        snapshot=register(book, root, day.as_of, revision=2),
        strategy=day.run.strategy,
        folder=str(root / "days" / "more"),
    )
    return replace(day, run=run)


def test_the_day_again_moves_what_the_book_says_more_of(july: Day, root: Path) -> None:
    read_the_book(july)
    finish(july)
    before = versions()
    again = rerun(july, book_of(4, 4, 4, 3, 2), root)
    read_the_book(again)

    counters = finish(again)

    assert {no: row[:4] for no, row in cases().items()} == {
        "L1": ("closed", JULY, 0, 0),
        "L4": ("open", JULY, 16, 111_00),
        "L5": ("open", JULY, 46, 222_00),
    }
    assert {no for no, place in versions().items() if place != before[no]} == {"L1", "L5"}
    assert (counters["cases_opened"], counters["cases_closed"], counters["cases_open"]) == (0, 1, 2)


def test_the_day_again_does_what_a_killed_run_had_left(july: Day, root: Path) -> None:
    read_the_book(july)
    finish(july)
    StripeStep.objects.filter(run=july.run, stripe=stripe_of(4)).delete()
    Case.objects.filter(loan_no__in=["L4", "L5"]).delete()
    again = rerun(july, book_of(2, 4, 4, 3, 1), root)
    read_the_book(again)
    finish(again)
    assert {no: row[2:4] for no, row in cases().items()} == {
        "L1": (46, 222_00),
        "L4": (16, 111_00),
        "L5": (77, 333_00),
    }


def test_a_case_that_opened_meanwhile_is_seen_by_the_day_again(july: Day, root: Path) -> None:
    read_the_book(july)
    finish(july)
    again = rerun(july, book_of(2, 4, 4, 3, 1), root)
    read_the_book(again)
    take_payment("L2", amount=-111_00, currency="CNY", paid_on=JULY, key="back", source="test")
    finish(again)
    assert {no: row[2:4] for no, row in cases().items() if no == "L2"} == {"L2": (16, 111_00)}
