"""The night and events settle the same promises alike, each over its own way to the payments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from casework.promise_table import PromiseCase, read_cases
from delinquency.books import Book, instalment, loan, payment
from django.db import transaction
from factories import MOMENT, make_case, make_promise
from standing_book import register, stand

from carrears.casework.matching import Paid
from carrears.casework.models import Promise, PromisePart
from carrears.dayrun.promised import payments_of_book, settle_loans
from carrears.inbox.queue import work_once
from carrears.inbox.services import Offer, accept_events

pytestmark = pytest.mark.django_db
MAY = date(2026, 5, 31)
# An event of money taken back names no payment.
TABLE = [case for case in read_cases() if not any(one.reverses_no for one in case.payments)]


@pytest.fixture
def root(settings: Any, tmp_path: Path) -> Path:
    settings.BOOK_DIR = tmp_path / "book"
    return settings.BOOK_DIR


def book_with(payments: list[dict[str, Any]]) -> Book:
    """A loan for each case of the table, so far behind that no payment of it ends the case."""
    numbers = range(1, len(TABLE) + 1)
    loans = [loan(n, originated_on=date(2026, 3, 1), principal=90_000_00) for n in numbers]
    due = [instalment(1, date(2026, 5, 10), n, principal=90_000_00) for n in numbers]
    return Book(loans, due, payments, [])


def make_promises() -> None:
    for number, table in enumerate(TABLE, start=1):
        case = make_case(
            loan_no=f"L{number}", name="", loan_id=number, as_of=MAY, product="standard",
            obligor_no=f"O{number}", arrears=90_000_00,
        )  # fmt: skip
        for one in table.promises:
            parts = [(part.amount, part.due_on) for part in one.parts]
            made = make_promise(
                case, *parts, made_on=one.made_on, slack=one.slack, slack_days=one.slack_days
            )
            Promise.objects.filter(pk=made.pk).update(made_at=one.made_at)


def last_day(table: PromiseCase) -> date:
    return max(table.states)


def told_of(table: PromiseCase) -> list[Paid]:
    """The payments in the order in which they came, and a fen on the last day that went back.

    The clock of a past book stands still between events; the last one brings it to that day.
    """
    told = sorted(table.payments, key=lambda paid: (table.told_on[paid.no], paid.paid_on))
    fen = Paid(no="y", paid_on=last_day(table), amount=1)
    return [*told, fen, replace(fen, no="z", amount=-1)]


def outcome() -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in Promise.objects.order_by("pk").select_related("case"):
        parts = PromisePart.objects.filter(promise=one).order_by("seq")
        told = list(parts.values_list("state", "met", "settled_on", "met_by"))
        whole = (one.state, one.paid_since, one.settled_on)
        found.setdefault(one.case.loan_no, []).append((whole, told))
    return found


def by_night(root: Path) -> dict[str, list[Any]]:
    """All payments lie in one snapshot, and each loan is settled at the end of its last day."""
    rows = [
        payment(f"L{n}-{one.no}", one.paid_on, one.amount, n)
        for n, table in enumerate(TABLE, start=1)
        for one in told_of(table)
    ]
    snapshot = Path(register(book_with(rows), root, date(2026, 6, 30)).folder)
    payments = payments_of_book(snapshot, range(1, len(TABLE) + 1))
    with transaction.atomic():
        for number, table in enumerate(TABLE, start=1):
            settle_loans(
                {f"L{number}": number}, payments, as_of=last_day(table), at=MOMENT,
                by_newest_book=True,
            )  # fmt: skip
        found = outcome()
        transaction.set_rollback(True)
    return found


def by_event(root: Path) -> dict[str, list[Any]]:
    """The book knows no payment; each is told by itself, in the order in which it came."""
    stand(book_with([]), root, MAY)
    for number, table in enumerate(TABLE, start=1):
        for one in told_of(table):
            back = one.amount < 0
            day = "reversed_on" if back else "paid_on"
            told = {"amount": abs(one.amount), "currency": "CNY", day: one.paid_on.isoformat()}
            kind = "payment_reversed" if back else "payment"
            key = f"L{number}-{one.no}"
            accept_events(
                [Offer(key=key, kind=kind, loan_no=f"L{number}", source="test", payload=told)]
            )
    while work_once():
        pass
    return outcome()


def test_the_night_and_events_settle_alike_and_as_the_table_says(root: Path) -> None:
    make_promises()
    night = by_night(root)

    events = by_event(root)

    assert events == night
    for number, table in enumerate(TABLE, start=1):
        states = [whole[0] for whole, _ in night[f"L{number}"]]
        assert states == table.states[last_day(table)], table.name
