"""Watched loans: an event decides as the night does, and levels follow what was decided."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from delinquency import books
from delinquency.books import AS_OF, Book
from django.db import transaction
from django.utils.timezone import now
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standing_book import write_snapshot

from carrears.casework.intake import take_in_incoming
from carrears.dayrun import columnar
from carrears.dayrun.asking import Strategy, decide_loans
from carrears.dayrun.case_states import prepare_session
from carrears.dayrun.questions import load_questions
from carrears.dayrun.warned import STRATEGY, decide_warnings, take_in_night, write_warnings
from carrears.layout import EVENT_KINDS
from carrears.portfolio.products import Materiality, Product, Products
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import (
    compiled_strategy,
    published_strategy,
    strategy_document,
    strategy_in_force,
)
from carrears.warning.models import WatchedLoan

pytestmark = pytest.mark.django_db
PRODUCTS = Products(
    {
        "default": Product(),
        "lenient": Product(grace_days=3, materiality=Materiality(amount_minor=500)),
    }
)
TOLD = [k for k in EVENT_KINDS if k not in {"modification", "repossession", "charge_off"}]


@st.composite
def described(draw: st.DrawFn) -> Book:
    """A book of few debtors, with signals of every kind."""
    book = draw(books.books())
    for row in book.loans:
        row["obligor_no"] = draw(st.sampled_from(["O1", "O2", "O3"]))
        row["bureau_score"] = draw(st.sampled_from([None, 640, 800]))
        row["vehicle_value"] = draw(st.sampled_from([None, 0, 1_500_00]))
        row["closed_reason"] = "paid_off" if row["closed_on"] else None
    events = [
        {"loan_id": row["loan_id"], "event_no": str(n), "happened_on": draw(books.days()),
         "kind": draw(st.sampled_from(TOLD)), "months": 1,
         "amount": draw(st.sampled_from([300, 640, 820]))}
        for row in book.loans
        for n in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    return Book(book.loans, book.instalments, book.payments, book.terms, events)


def table() -> StrategyVersion:
    return strategy_in_force(STRATEGY, on=date(2026, 1, 1))


def by_night(snapshot: Path, as_of: date) -> dict[str, int]:
    questions, version = load_questions(), table()
    asked, compiled = questions.of_book(as_of), compiled_strategy(version)
    state, warned = snapshot / "state.out", snapshot / "warned.out"
    columnar.write_state(snapshot, state, as_of=as_of, products=PRODUCTS, questions=asked)
    counts = write_warnings(snapshot, state, warned, strategy=compiled, questions=asked)
    prepare_session(questions)
    take_in_night(warned, strategy=compiled, as_of=as_of, at=now(), strategy_id=version.pk)
    return counts


def by_event(rows: Any, loan_nos: list[str], as_of: date) -> dict[str, str]:
    decide_loans(
        rows,
        as_of=as_of,
        products=PRODUCTS,
        strategy=Strategy(*strategy_document(published_strategy())),
        questions=load_questions(),
    )
    take_in_incoming(as_of=as_of, at=now(), strategy_id=None)
    version = table()
    return decide_warnings(
        loan_nos,
        as_of=as_of,
        at=now(),
        products=PRODUCTS,
        strategy=Strategy(*strategy_document(version)),
        strategy_id=version.pk,
        questions=load_questions().postgres,
    )


def watched() -> list[dict[str, Any]]:
    return list(WatchedLoan.objects.order_by("loan_no").values())


@settings(
    max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(book=described(), as_of=AS_OF)
def test_events_warn_as_the_night_does(book: Book, as_of: date) -> None:
    with TemporaryDirectory() as folder, transaction.atomic():
        rows = write_snapshot(book, Path(folder))
        counts = by_night(Path(folder), as_of)
        at_night = [dict(row, id=0) for row in watched()]
        WatchedLoan.objects.all().delete()

        levels = by_event(rows, [row["loan_no"] for row in book.loans], as_of)

        assert [dict(row, id=0) for row in watched()] == at_night
        for level in ("watch", "warn", "high"):
            assert list(levels.values()).count(level) == counts.get(level, 0)
        transaction.set_rollback(True)
