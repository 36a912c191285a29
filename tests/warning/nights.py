"""A small book with a watched loan, and the nights over it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from delinquency.books import Book, instalment, loan, payment
from standing_book import register

from carrears.dayrun import columnar
from carrears.dayrun.models import DayRun
from carrears.dayrun.steps import Day
from carrears.dayrun.warned import STRATEGY as WARNING
from carrears.portfolio.products import load_products
from carrears.strategy.services import (
    compiled_strategy,
    published_strategy,
    strategy_in_force,
)

DUE = [date(2026, month, 15) for month in (4, 5, 6, 7, 8, 9)]
Night = Callable[..., Day]


def watched_book(*, paid_until: date = date(2026, 7, 1)) -> Book:
    """L1, twice a returned debit and so warned of at the highest level, and L2, which is calm.

    Each has instalments of 111.00 due on the 15th from April, paid on the day where that is no
    later than ``paid_until``.
    """
    numbers = (1, 2)
    loans = [
        loan(n, product="auto", originated_on=date(2026, 3, 1), instalment=111_00) for n in numbers
    ]
    schedule = [instalment(seq, day, n) for n in numbers for seq, day in enumerate(DUE, 1)]
    receipts = [
        payment(f"{n}-{day}", day, 111_00, n)
        for n in numbers
        for day in DUE
        if n == 2 or day <= paid_until
    ]
    blank = {"loan_id": 1, "kind": "returned_debit"}
    events = [
        blank | {"event_no": f"R{day}", "happened_on": date(2026, 6, day)} for day in (16, 18)
    ]
    return Book(loans, schedule, receipts, [], events)


def begin_night(book: Book, root: Path, as_of: date) -> Day:
    tables = published_strategy(), strategy_in_force(WARNING, on=as_of)
    number = DayRun.objects.count() + 1
    run = DayRun.objects.create(
        as_of=as_of,
        inputs_hash=f"night {number}",
        snapshot=register(book, root, as_of, revision=number),
        strategy=tables[0],
        warning=tables[1],
        folder=str(root / "days" / str(number)),
    )
    products = load_products(root.parent)
    return Day(run, products, *map(compiled_strategy, tables), columnar)
