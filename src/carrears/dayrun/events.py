"""What happens between two nights: one event re-decides one case, by the night's own rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction

from carrears import layout
from carrears.casework.intake import STATE_COLUMNS, take_in
from carrears.casework.models import ActionState, Case, PlannedAction
from carrears.casework.planning import assign_cases, case_facts
from carrears.casework.services import tell
from carrears.clock import business_moment, now
from carrears.dayrun import columnar
from carrears.dayrun.facts import make_facts
from carrears.dayrun.models import DayRun, RunState
from carrears.dayrun.questions import find_questions
from carrears.evidence.services import sequence
from carrears.portfolio.compact import quoted
from carrears.portfolio.models import ReceivedPayment
from carrears.portfolio.products import load_products
from carrears.portfolio.services import BookError, receive_payment
from carrears.strategy.batch import decided
from carrears.strategy.services import compiled_strategy


@dataclass(frozen=True, slots=True)
class Effect:
    """What a payment did. Without a day run yet everything but the loan number is empty."""

    loan_no: str
    repeated: bool
    as_of: date | None = None
    dpd: int | None = None
    bucket: int | None = None
    arrears: int | None = None
    case_id: int | None = None
    case_state: str | None = None
    actions_cancelled: int = 0


def take_payment(
    loan_no: str, *, amount: int, currency: str, paid_on: date, key: str, source: str
) -> Effect:
    """Keep one payment and re-decide the loan's case; the same ``key`` again changes nothing.

    ``amount`` is in minor units of ``currency``; below zero it takes an earlier payment back.

    Raises:
        BookError: no such loan, another currency than the loan's, or the key of another payment.
    """
    known = currency_of(loan_no)
    if known != currency:
        raise BookError(f"loan {loan_no} is in {known}, not {currency}")
    with transaction.atomic():
        _take_turn(loan_no)
        payment, is_new = receive_payment(
            loan_no=loan_no,
            amount=amount,
            currency=currency,
            paid_on=paid_on,
            key=key,
            source=source,
        )
        effect = _redecide(loan_no, payment, repeated=not is_new)
    sequence()
    return effect


def _take_turn(loan_no: str) -> None:
    """One event a loan at a time: each decides on what all before it left."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"loan {loan_no}"])


def currency_of(loan_no: str) -> str:
    """The currency of a loan of the book.

    Raises:
        BookError: there is no such loan, or no book.
    """
    return _loan_key(_newest_book(), loan_no)[1]


def _newest_book() -> Path:
    run = DayRun.objects.filter(state=RunState.DONE).order_by("-as_of", "-pk").first()
    if run is not None and run.snapshot is not None:
        return Path(run.snapshot.folder)
    from carrears.portfolio.models import Snapshot  # noqa: PLC0415  only before the first day

    snapshot = Snapshot.objects.order_by("-as_of", "-revision").first()
    if snapshot is None:
        raise BookError("the book is empty: import a tape first (carrears book import PATH)")
    return Path(snapshot.folder)


def _loan_key(snapshot: Path, loan_no: str) -> tuple[int, str]:
    engine = duckdb.connect()
    try:
        rows = engine.execute(
            "select loan_id, currency from read_parquet(?) where loan_no = ?",
            [str(snapshot / "loans.parquet"), loan_no],
        ).fetchall()
    finally:
        engine.close()
    if not rows:
        raise BookError(f"no loan {loan_no!r} in the book")
    return int(rows[0][0]), str(rows[0][1])


def _redecide(loan_no: str, payment: ReceivedPayment, *, repeated: bool) -> Effect:
    run = DayRun.objects.filter(state=RunState.DONE).order_by("-as_of", "-pk").first()
    if run is None or run.snapshot is None or run.strategy is None:
        return Effect(loan_no, repeated)
    as_of = max(run.as_of, payment.paid_on)
    moment = business_moment(as_of, settings.TIME_ZONE, moment=now())
    if not repeated:
        _tell_payment(loan_no, payment, moment)
    rows = decide_loan(loan_no, run=run, as_of=as_of)
    planned = PlannedAction.objects.filter(
        case__loan_no=loan_no, state=ActionState.PLANNED, case__state="open"
    ).count()
    intake = take_in(rows, as_of=as_of, at=moment, strategy_id=run.strategy_id)
    if intake.opened:
        assign_cases()
    case = Case.objects.filter(loan_no=loan_no).order_by("-pk").first()
    state = dict(zip(STATE_COLUMNS, rows[0], strict=True)) if rows else {}
    return Effect(
        loan_no=loan_no,
        repeated=repeated,
        as_of=as_of,
        dpd=state.get("dpd", 0),
        bucket=state.get("bucket", 0),
        arrears=state.get("arrears", 0),
        case_id=case.pk if case else None,
        case_state=case.state if case else None,
        actions_cancelled=planned if intake.closed else 0,
    )


def _tell_payment(loan_no: str, payment: ReceivedPayment, moment: datetime) -> None:
    case = Case.objects.filter(loan_no=loan_no, state="open").first()
    if case is not None:
        tell(
            case,
            "payment",
            at=moment,
            by=None,
            key=f"payment:{payment.pk}",
            data={
                "amount": payment.amount,
                "currency": payment.currency,
                "paid_on": payment.paid_on.isoformat(),
            },
        )


def decide_loan(loan_no: str, *, run: DayRun, as_of: date) -> list[list[Any]]:
    """The row for ``take_in`` of one loan, from the run's snapshot and what came in since."""
    assert run.snapshot is not None  # noqa: S101  the caller looked
    assert run.strategy is not None  # noqa: S101  the same
    snapshot = Path(run.snapshot.folder)
    loan_id, _ = _loan_key(snapshot, loan_no)
    products = load_products(settings.CARREARS_HOME)
    strategy = compiled_strategy(run.strategy)
    questions = find_questions(Path(run.folder), as_of)
    engine = duckdb.connect(config={"threads": 1})
    try:
        _load_loan(engine, snapshot, loan_id)
        _add_received(engine, loan_no, loan_id)
        columnar.add_terms(engine, products)
        engine.execute(f"create table state as from ({questions.state})")
        engine.execute(f"create table scored as from ({questions.score})")
        facts = case_facts(as_of=as_of, loan_nos=[loan_no])
        make_facts(engine, facts=facts, products=products)
        with decided(engine, "facts", strategy) as query:
            engine.execute(f"create table decisions as from ({query})")
        return columnar.case_rows(engine, loan_nos=[loan_no], as_of=as_of, strategy=strategy)
    finally:
        engine.close()


def _load_loan(engine: duckdb.DuckDBPyConnection, snapshot: Path, loan_id: int) -> None:
    """One loan's rows as tables; sorted files let all but a row group be skipped."""
    for name in layout.TABLES:
        path = quoted(snapshot / f"{name}.parquet")
        engine.execute(
            f"create table {name} as select * from read_parquet({path})"  # noqa: S608
            f" where loan_id = {loan_id}"
        )


def _add_received(engine: duckdb.DuckDBPyConnection, loan_no: str, loan_id: int) -> None:
    """Payments told to us that the snapshot does not have."""
    kept = {row[0] for row in engine.execute("select payment_no from payments").fetchall()}
    fresh = [
        p for p in ReceivedPayment.objects.filter(loan_no=loan_no) if p.idempotency_key not in kept
    ]
    if not fresh:
        return
    rows = {
        "loan_id": [loan_id] * len(fresh),
        "payment_no": [p.idempotency_key for p in fresh],
        "paid_on": [p.paid_on for p in fresh],
        "amount": [p.amount for p in fresh],
        "kind": [p.kind for p in fresh],
    }
    table = pa.table({f.name: pa.array(rows[f.name], f.type) for f in layout.PAYMENTS})
    engine.register("received", table)
    engine.execute("insert into payments by name select * from received")
    engine.unregister("received")
