"""PostgreSQL, asked about the loans of some events, answers as DuckDB does for the whole book."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pytest
from delinquency import books
from delinquency.books import AS_OF, START, Book, payment
from django.db import connection
from factories import make_case, make_promise
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standing_book import write_snapshot

from carrears.calendars import Convention
from carrears.casework.facts import case_facts
from carrears.casework.models import Hold
from carrears.database.session import copy_table
from carrears.dayrun import columnar
from carrears.dayrun.asking import Strategy, decide_loans
from carrears.dayrun.case_states import make_incoming, prepare_session
from carrears.dayrun.questions import load_questions
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment
from carrears.portfolio.products import (
    Counting,
    DueDates,
    Materiality,
    Penalty,
    Product,
    Products,
)
from carrears.strategy.services import compiled_strategy, published_strategy, strategy_document

pytestmark = pytest.mark.django_db
PRODUCTS = Products(
    {
        "default": Product(),
        "lenient": Product(
            grace_days=3, materiality=Materiality(amount_minor=500, share=Decimal("0.05"))
        ),
        "share": Product(materiality=Materiality(share=Decimal("0.1")), locale="en-US"),
        "shifted": Product(
            grace_days=5,
            grace_counts=Counting.FROM_GRACE,
            penalty=Penalty(surcharge=Decimal("0.5"), compound=True),
            due_dates=DueDates(calendar="us", convention=Convention.FOLLOWING),
        ),
    }
)
IN_A_TEST = settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def described(draw: st.DrawFn) -> Book:
    """A book whose loans have what the scorecard and the strategy look at."""
    book = draw(books.books())
    some = st.sampled_from
    for row in book.loans:
        row["closed_reason"] = "paid_off" if row["closed_on"] else None
        row["principal"] = draw(some([1_00, 1_200_00, 99_999_99]))
        row["instalment"] = draw(some([None, 0, 3, 111_00]))
        row["vehicle_value"] = draw(some([None, 0, 1, 3, 777_77, 1_500_00]))
        row["bureau_score"] = draw(some([None, 420, 640, 800]))
        row["payment_to_income"] = draw(some([None, Decimal("0.05"), Decimal("0.333333")]))
        row["obligor_no"] = draw(some(["O1", "O2"]))
        row["annual_rate"] = draw(some([None, Decimal("0.1234")]))
        row["region"] = draw(some([None, "", "浙江", 'A "quoted", comma\n']))
    kinds = some(
        ["deferral", "returned_debit", "bureau_change", "device_offline", "fee", "waiver", "pause"]
    )
    events = [
        {"loan_id": row["loan_id"], "event_no": str(n), "happened_on": draw(books.days()),
         "kind": draw(kinds),
         "months": 1, "amount": draw(some([300, 640, 820])), "part": draw(some([None, "interest"])),
         "seq": draw(some([None, 2])), "until_on": START + timedelta(days=draw(some([40, 130])))}
        for row in book.loans
        for n in range(draw(st.integers(0, 3)))
    ]  # fmt: skip
    return Book(book.loans, book.instalments, book.payments, book.terms, events)


@pytest.fixture
def snapshot() -> Iterator[Path]:
    with TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def cases() -> None:
    """Cases whose holds and promises the strategy asks about."""
    for number, reason in enumerate(("dispute", "hardship", "legal"), start=1):
        case = make_case(loan_no=f"L{number}", name="")
        Hold.objects.create(case=case, reason=reason, from_on=START)
        make_promise(case, (1, START), made_on=START, state="broken" if number == 1 else "open")
    over = make_case(loan_no="L4", name="")
    first = make_case(loan_no="L4", name="", opened_on=START, state="closed", closed_on=START)
    settled = {"kept": 30, "broken": 31, "partly": 59, "cancelled": 60}
    for days, (state, on) in enumerate(settled.items()):
        make_promise(
            first if state == "kept" else over,
            (1, START),
            made_on=START + timedelta(days=days),
            state=state,
            settled_on=START + timedelta(days=on),
        )
    Hold.objects.create(case=over, reason="legal", from_on=START, until_on=START)
    Hold.objects.create(case=over, reason="dispute", from_on=START, lifted_on=START)


def by_night(snapshot: Path, loan_nos: list[str], as_of: date) -> list[dict[str, Any]]:
    questions, version = load_questions(), published_strategy()
    asked, strategy = questions.of_book(as_of), compiled_strategy(version)
    state, scored, decided = (snapshot / f"{name}.out" for name in ("state", "scored", "decided"))
    columnar.write_state(snapshot, state, as_of=as_of, products=PRODUCTS, questions=asked)
    columnar.write_scores(snapshot, state, scored, questions=asked)
    columnar.write_decisions(
        scored,
        decided,
        cases=case_facts(as_of=as_of),
        products=PRODUCTS,
        strategy=strategy,
        questions=asked,
    )
    prepare_session(questions)
    with columnar.wanted_loans(snapshot, decided, loan_nos=loan_nos) as engine:
        rows = columnar.case_rows(
            engine, facts=list(questions.tables["facts"]), strategies=[strategy]
        )
    for name, table in rows.items():
        copy_table(name, table)
    make_incoming(as_of=as_of)
    return incoming()


def by_event(rows: dict[str, pa.Table], as_of: date) -> list[dict[str, Any]]:
    decide_loans(
        rows,
        as_of=as_of,
        products=PRODUCTS,
        strategy=Strategy(*strategy_document(published_strategy())),
        questions=load_questions(),
    )
    return incoming()


def incoming() -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("select * from incoming order by loan_id")
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@pytest.mark.slow
@IN_A_TEST
@given(book=described(), as_of=AS_OF)
@pytest.mark.usefixtures("cases")
def test_events_decide_as_the_night_does(snapshot: Path, book: Book, as_of: date) -> None:
    rows = write_snapshot(book, snapshot)
    loan_nos = [row["loan_no"] for row in book.loans]

    at_night = by_night(snapshot, loan_nos, as_of)

    assert len(at_night) == len(loan_nos)
    assert by_event(rows, as_of) == at_night


def test_payments_told_since_count_once(snapshot: Path) -> None:
    as_of = START + timedelta(days=120)
    due = [books.instalment(n, START + timedelta(days=30 * n)) for n in range(1, 4)]
    known = payment("api:known", START + timedelta(days=30), 111_00)
    rows = write_snapshot(Book([books.loan()], due, [known], []), snapshot)
    for key, amount in {"api:known": 111_00, "api:new": 100_00, "api:of another loan": 1}.items():
        ReceivedPayment.objects.create(
            idempotency_key=key,
            loan_no="L2" if "another" in key else "L1",
            amount=amount,
            currency="CNY",
            paid_on=as_of,
            source="api",
        )

    [state] = by_event(rows, as_of)

    assert (state["paid_total"], state["arrears"]) == (211_00, 3 * 111_00 - 211_00)


def test_a_bureau_change_told_since_moves_the_score(snapshot: Path) -> None:
    as_of = START + timedelta(days=45)
    due = [books.instalment(n, START + timedelta(days=30 * n)) for n in range(1, 4)]
    rows = write_snapshot(Book([books.loan(bureau_score=800)], due, [], []), snapshot)
    [before] = by_event(rows, as_of)
    for days, score in ((0, 300), (60, 800)):
        ReceivedEvent.objects.create(
            idempotency_key=f"bureau {days}",
            loan_no="L1",
            kind="bureau_change",
            happened_on=START + timedelta(days=days),
            amount=score,
            source="api",
        )

    [after] = by_event(rows, as_of)

    assert after["score"] < before["score"]
    assert (before["treatment"], after["treatment"]) == ("second_reminder", "early_call")
    assert after["arrears"] == before["arrears"] == 111_00


def test_loans_of_one_debtor_are_seen_together(snapshot: Path) -> None:
    as_of = START + timedelta(days=45)
    loans = [books.loan(number, obligor_no="O7") for number in (1, 2)]
    due = [books.instalment(1, START + timedelta(days=30 + 5 * n), n) for n in (1, 2)]
    rows = write_snapshot(Book(loans, due, [], []), snapshot)
    make_case(loan_no="L3", name="", obligor_no="O7", dpd=70, arrears=500_00)
    make_case(loan_no="L4", name="", obligor_no="O8", dpd=90, arrears=900_00)

    by_event(rows, as_of)

    with connection.cursor() as cursor:
        cursor.execute(
            "select distinct debtor_loans_behind, debtor_arrears, debtor_worst_dpd from facts"
        )
        assert cursor.fetchall() == [(3, 500_00 + 2 * 111_00, 70)]
