"""What is told to us of single loans between two tapes: payments, and events of the loan.

Kept once for each idempotency key; snapshots take it in, and until they do whoever decides a
loan adds it himself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from carrears import layout
from carrears.clock import business_day, local_day, now
from carrears.database.bulk import insert_rows
from carrears.evidence.services import Record, record_many
from carrears.portfolio.models import ReceivedEvent, ReceivedPayment, Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentTold:
    """Money received on a loan: minor units of ``currency``, below zero takes back."""

    loan_no: str
    amount: int
    currency: str
    paid_on: date
    key: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTold:
    """An event of ``layout.EVENT_KINDS``; of a bureau change ``amount`` is the new score."""

    loan_no: str
    kind: str
    happened_on: date
    amount: int | None
    key: str
    source: str


@dataclass(frozen=True, slots=True)
class Cut:
    """All that was told until a moment: the last payment's and the last event's number.

    Whatever is told later has a higher number.
    """

    payments: int
    events: int


def cut_received() -> Cut:
    """Draw a line under what has been told.

    Numbers are given before they are committed, so the newest that can be seen might hide a
    smaller one that comes later. A share lock waits for those who are writing, some
    milliseconds, and keeps others out while the numbers are read.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "lock table portfolio_receivedpayment, portfolio_receivedevent in share mode"
        )
        payments = ReceivedPayment.objects.aggregate(last=Max("pk"))["last"] or 0
        events = ReceivedEvent.objects.aggregate(last=Max("pk"))["last"] or 0
    return Cut(payments, events)


def payments_until(cut: Cut) -> pa.Table:
    """The payments told until ``cut``: columns of PAYMENTS, and ``loan_no`` for ``loan_id``."""
    rows = ReceivedPayment.objects.filter(pk__lte=cut.payments).order_by("pk")
    columns = {"idempotency_key": "payment_no"} | _same("paid_on", "amount", "kind", "known_on")
    return _arrow(rows, columns, layout.PAYMENTS)


def events_until(cut: Cut) -> pa.Table:
    """The events told until ``cut``: columns of EVENTS, and ``loan_no`` for ``loan_id``."""
    rows = ReceivedEvent.objects.filter(pk__lte=cut.events).order_by("pk")
    columns = {"idempotency_key": "event_no"} | _same("happened_on", "kind", "amount", "known_on")
    return _arrow(rows, columns, layout.EVENTS)


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def _arrow(rows: Any, columns: dict[str, str], schema: pa.Schema) -> pa.Table:
    given = list(zip(*rows.values_list("loan_no", *columns), strict=True)) or [()] * (
        1 + len(columns)
    )
    filled = dict(zip(("loan_no", *columns.values()), given, strict=True))
    kinds = {"loan_no": pa.string()} | {f.name: f.type for f in schema if f.name != "loan_id"}
    count = len(filled["loan_no"])
    return pa.table(
        {
            name: pa.array(filled[name], kind) if name in filled else pa.nulls(count, kind)
            for name, kind in kinds.items()
        }
    )


@transaction.atomic(savepoint=False)
def receive_payments(told: Sequence[PaymentTold]) -> dict[str, ReceivedPayment | None]:
    """Keep these payments, each once; those of another key's payment are None.

    A key that is known for the very same payment gives the one that is kept.
    """
    if not told:
        return {}
    today = _business_day()
    kept = {one.key: _payment(one, today) for one in told}
    known = ReceivedPayment.objects.in_bulk(list(kept), field_name="idempotency_key")
    fresh = [payment for key, payment in kept.items() if key not in known]
    insert_rows(fresh)
    record_many(_payment_record(payment) for payment in fresh)
    return {
        one.key: known.get(one.key, kept[one.key])
        if one.key not in known or _is_same(known[one.key], one)
        else None
        for one in told
    }


def _business_day() -> date:
    """Today, or the book's own day where it is history that is replayed."""
    newest = Snapshot.objects.order_by("-as_of").values_list("as_of", flat=True).first()
    if newest is None:
        return local_day(now(), settings.TIME_ZONE)
    return business_day(newest, settings.TIME_ZONE, moment=now())


def _payment(told: PaymentTold, today: date) -> ReceivedPayment:
    return ReceivedPayment(
        idempotency_key=told.key,
        loan_no=told.loan_no,
        amount=told.amount,
        currency=told.currency,
        paid_on=told.paid_on,
        known_on=max(told.paid_on, today),
        kind="payment" if told.amount > 0 else "reversal",
        source=told.source,
    )


def _is_same(kept: ReceivedPayment, told: PaymentTold) -> bool:
    return (kept.loan_no, kept.amount, kept.paid_on) == (told.loan_no, told.amount, told.paid_on)


def _payment_record(payment: ReceivedPayment) -> Record:
    return Record(
        kind="payment.received",
        subject=payment.loan_no,
        key=f"payment:{payment.idempotency_key}",
        actor=payment.source,
        occurred_at=now(),
        payload={
            "loan_no": payment.loan_no,
            "amount": payment.amount,
            "currency": payment.currency,
            "paid_on": payment.paid_on.isoformat(),
        },
    )


@transaction.atomic(savepoint=False)
def receive_events(told: Sequence[EventTold]) -> None:
    """Keep these events, each key once."""
    if not told:
        return
    today = _business_day()
    rows = [
        ReceivedEvent(
            known_on=max(one.happened_on, today),
            idempotency_key=one.key,
            loan_no=one.loan_no,
            kind=one.kind,
            happened_on=one.happened_on,
            amount=one.amount,
            source=one.source,
        )
        for one in told
    ]
    ReceivedEvent.objects.bulk_create(rows, ignore_conflicts=True)
