"""An event says all that its kind needs, and nothing else."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from carrears.inbox.kinds import KINDS, MalformedEventError, Payment, read_happening

GOOD: dict[str, dict[str, Any]] = {
    "payment": {"amount": 1, "currency": "CNY", "paid_on": "2026-06-30"},
    "payment_reversed": {"amount": 1, "currency": "CNY", "reversed_on": "2026-06-30"},
    "promise_due": {},
    "bureau_change": {"bureau_score": 500},
    "device_alarm": {"alarm": "offline"},
    "complaint": {"text": "words"},
    "phone_changed": {"phone": "13900000002"},
    "hardship": {"until_on": "2026-07-31"},
    "dispute": {},
}


def test_each_kind_is_read() -> None:
    assert [read_happening(kind, GOOD[kind]).kind for kind in KINDS] == list(KINDS)  # type: ignore[attr-defined]
    payment = read_happening("payment", GOOD["payment"])
    assert payment == Payment(amount=1, currency="CNY", paid_on=date(2026, 6, 30))
    assert payment.counts_on == date(2026, 6, 30)


@pytest.mark.parametrize(
    ("kind", "payload", "fields"),
    [
        ("payment", {"amount": 0, "currency": "CNY", "paid_on": "2026-06-30"}, ["amount"]),
        ("payment", {"amount": 1.5, "currency": "cny"}, ["amount", "currency", "paid_on"]),
        ("payment", {"amount": "1", "currency": "CNY", "paid_on": "2026-06-31"},
         ["amount", "paid_on"]),
        ("bureau_change", {"bureau_score": -1}, ["bureau_score"]),
        ("device_alarm", {"alarm": "noise"}, ["alarm"]),
        ("phone_changed", {"phone": "call me"}, ["phone"]),
        ("promise_due", {"amount": 1}, ["amount"]),
        ("party", {}, ["kind"]),
        ("payment", [], ["payload"]),
    ],
)  # fmt: skip
def test_a_fault_is_named_by_its_field(kind: str, payload: Any, fields: list[str]) -> None:
    with pytest.raises(MalformedEventError) as raised:
        read_happening(kind, payload)
    assert [fault["field"] for fault in raised.value.errors] == fields


def test_a_fault_does_not_repeat_what_may_be_personal() -> None:
    with pytest.raises(MalformedEventError) as raised:
        read_happening("phone_changed", {"phone": "Mr Zhao"})
    assert "Zhao" not in str(raised.value)
