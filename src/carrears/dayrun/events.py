"""What happens between two nights: one event re-decides one case, by the night's own rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import connection, transaction

from carrears import layout
from carrears.casework.intake import take_in_incoming
from carrears.casework.models import ActionState, Case, PlannedAction
from carrears.casework.planning import assign_cases
from carrears.casework.services import tell
from carrears.clock import business_moment, now
from carrears.dayrun.asking import Strategy, decide_loans
from carrears.dayrun.models import DayRun, RunState
from carrears.dayrun.questions import load_questions
from carrears.evidence.services import sequence
from carrears.portfolio.loan_rows import LoanRows, read_loan_numbers
from carrears.portfolio.models import ReceivedPayment, Snapshot
from carrears.portfolio.products import load_products
from carrears.portfolio.received import PaymentTold, receive_payments
from carrears.portfolio.services import BookError
from carrears.strategy.models import StrategyVersion
from carrears.strategy.services import strategy_document


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
        is_new = not ReceivedPayment.objects.filter(idempotency_key=key).exists()
        told = PaymentTold(
            loan_no=loan_no,
            amount=amount,
            currency=currency,
            paid_on=paid_on,
            key=key,
            source=source,
        )
        payment = receive_payments([told])[key]
        if payment is None:
            raise BookError(f"the idempotency key {key!r} was used for another payment")
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
    rows = _read_loan(_newest_snapshot(), loan_no)
    return str(rows["loans"].column("currency")[0].as_py())


def _newest_snapshot() -> Path:
    run = DayRun.objects.filter(state=RunState.DONE).order_by("-as_of", "-pk").first()
    if run is not None and run.snapshot is not None:
        return Path(run.snapshot.folder)
    snapshot = Snapshot.objects.order_by("-as_of", "-revision").first()
    if snapshot is None:
        raise BookError("the book is empty: import a tape first (carrears book import PATH)")
    return Path(snapshot.folder)


def _read_loan(snapshot: Path, loan_no: str) -> dict[str, pa.Table]:
    """The rows of one loan.

    Raises:
        BookError: there is no such loan.
    """
    root = Path(settings.BOOK_DIR)
    numbers = read_loan_numbers(root / "registry.parquet")
    rows = _opened(snapshot).of(numbers.candidates([loan_no])[loan_no])
    loans = rows["loans"].filter(pc.equal(rows["loans"].column("loan_no"), loan_no))
    if not loans.num_rows:
        raise BookError(f"no loan {loan_no!r} in the book")
    return rows | {"loans": loans}


@lru_cache(maxsize=4)
def _opened(snapshot: Path) -> LoanRows:
    tables = load_questions().tables.keys() & layout.TABLES.keys()
    return LoanRows(snapshot, tables=tables)


def _redecide(loan_no: str, payment: ReceivedPayment, *, repeated: bool) -> Effect:
    run = DayRun.objects.filter(state=RunState.DONE).order_by("-as_of", "-pk").first()
    if run is None or run.snapshot is None or run.strategy is None:
        return Effect(loan_no, repeated)
    as_of = max(run.as_of, payment.paid_on)
    moment = business_moment(as_of, settings.TIME_ZONE, moment=now())
    if not repeated:
        _tell_payment(loan_no, payment, moment)
    _decide(loan_no, run=run, as_of=as_of)
    planned = PlannedAction.objects.filter(
        case__loan_no=loan_no, state=ActionState.PLANNED, case__state="open"
    ).count()
    intake = take_in_incoming(as_of=as_of, at=moment, strategy_id=run.strategy_id)
    if intake.opened:
        assign_cases()
    case = Case.objects.filter(loan_no=loan_no).order_by("-pk").first()
    dpd, bucket, arrears = _state()
    return Effect(
        loan_no=loan_no,
        repeated=repeated,
        as_of=as_of,
        dpd=dpd,
        bucket=bucket,
        arrears=arrears,
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


def _decide(loan_no: str, *, run: DayRun, as_of: date) -> None:
    """Leave the loan's state in ``incoming``, from the run's snapshot and what came in since."""
    assert run.snapshot is not None  # noqa: S101  the caller looked
    assert run.strategy is not None  # noqa: S101  the same
    decide_loans(
        _read_loan(Path(run.snapshot.folder), loan_no),
        as_of=as_of,
        products=load_products(settings.CARREARS_HOME),
        strategy=_strategy(run.strategy.pk),
        questions=load_questions(),
    )


@lru_cache(maxsize=8)
def _strategy(pk: int) -> Strategy:
    return Strategy(*strategy_document(StrategyVersion.objects.get(pk=pk)))


def _state() -> tuple[int, int, int]:
    with connection.cursor() as cursor:
        cursor.execute("select dpd, bucket, arrears from incoming")
        return cursor.fetchone() or (0, 0, 0)
