"""A loan, its people and an attempt, from which each test says what differs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from carrears.conduct.facts import Attempt, ContactEvent, Facts

ZONE = "Asia/Shanghai"


def make_facts(*, zones: tuple[str, ...] = (ZONE,), **more: Any) -> Facts:
    """A debtor with two phones and an e-mail address, a friend, a lender bound by both codes."""
    return Facts.model_validate(
        {
            "parties": [
                {"id": "D", "role": "debtor", "alive": True, "time_zones": zones},
                {"id": "K", "role": "contact_person", "time_zones": zones},
            ],
            "organisations": [
                {"id": "LENDER", "kind": "lender", "codes": ["gbt_45251", "cba_2026"]}
            ],
            "debts": [
                {
                    "id": "L1",
                    "debtor": "D",
                    "creditor": "LENDER",
                    "kind": "vehicle_loan",
                    "in_default": True,
                }
            ],
            "contact_points": [
                {
                    "id": "D.mobile",
                    "owner": "D",
                    "kind": "mobile",
                    "source": "reserved_info",
                    "reserved": True,
                },
                {"id": "D.mail", "owner": "D", "kind": "personal_email", "source": "contract"},
                {"id": "K.mobile", "owner": "K", "kind": "mobile", "source": "reserved_info"},
            ],
            **more,
        }
    )


def make_attempt(at: datetime | str, **more: Any) -> Attempt:
    """A call to the debtor to collect; ``at`` is local time in Shanghai unless told otherwise."""
    values = {
        "act": "contact",
        "at": at,
        "zone": ZONE,
        "channel": "call",
        "party": "D",
        "debts": ["L1"],
        "collector": "LENDER",
        "purpose": "collect",
        "disclosures": {"institution": True},
    }
    return Attempt.model_validate({**values, **more})


def make_call(number: int, at: datetime, **more: Any) -> ContactEvent:
    """An earlier call to the debtor's phone."""
    values = {
        "id": f"h{number}",
        "at": at,
        "zone": ZONE,
        "direction": "out",
        "channel": "call",
        "party": "D",
        "contact_point": "D.mobile",
        "debts": ["L1"],
        "collector": "LENDER",
    }
    return ContactEvent.model_validate({**values, **more})


def effective_calls(count: int, *, before: datetime) -> tuple[ContactEvent, ...]:
    """``count`` effective calls, one an hour, the last an hour before ``before``."""
    return tuple(
        make_call(
            number, before - timedelta(hours=number + 1), result="conversation", effective=True
        )
        for number in range(count)
    )
