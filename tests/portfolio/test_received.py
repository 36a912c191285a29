"""What is told of single loans is kept once, and goes into the next snapshot."""

from __future__ import annotations

from datetime import date

import pytest

from carrears.evidence.models import Entry
from carrears.portfolio.models import ReceivedEvent
from carrears.portfolio.received import (
    Cut,
    EventTold,
    PaymentTold,
    cut_received,
    events_until,
    payments_until,
    receive_events,
    receive_payments,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 6, 30)


def paid(key: str = "bank-1", amount: int = 100) -> PaymentTold:
    return PaymentTold(
        loan_no="A-01", amount=amount, currency="CNY", paid_on=DAY, key=key, source="api"
    )


def changed(key: str = "bureau-1") -> EventTold:
    return EventTold(
        loan_no="A-01", kind="bureau_change", happened_on=DAY, amount=500, key=key, source="api"
    )


def test_the_same_payment_is_kept_once_and_another_under_its_key_refused() -> None:
    first = receive_payments([paid(), paid("bank-2", -40)])
    again = receive_payments([paid(), paid("bank-2", -41)])

    assert {key: row and row.kind for key, row in first.items()} == {
        "bank-1": "payment",
        "bank-2": "reversal",
    }
    assert again == {"bank-1": first["bank-1"], "bank-2": None}
    assert Entry.objects.filter(kind="payment.received").count() == 2


def test_the_same_event_is_kept_once() -> None:
    receive_events([changed()])
    receive_events([changed(), changed("bureau-2")])
    assert list(ReceivedEvent.objects.values_list("idempotency_key", flat=True)) == [
        "bureau-1",
        "bureau-2",
    ]


def test_a_cut_has_what_was_told_before_it_and_nothing_later() -> None:
    receive_payments([paid()])
    receive_events([changed()])
    cut = cut_received()
    receive_payments([paid("bank-2")])
    receive_events([changed("bureau-2")])

    payments, events = payments_until(cut), events_until(cut)

    assert payments.column("payment_no").to_pylist() == ["bank-1"]
    assert events.select(["loan_no", "event_no", "kind", "amount", "months"]).to_pylist() == [
        {
            "loan_no": "A-01",
            "event_no": "bureau-1",
            "kind": "bureau_change",
            "amount": 500,
            "months": None,
        }
    ]
    assert payments_until(Cut(0, 0)).num_rows == 0
