"""Raise disputes and take their steps, with what tests usually say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.conduct.dispute_models import Dispute
from carrears.conduct.dispute_steps import DisputeStepWanted, take_dispute_step
from carrears.conduct.disputes import DisputeWanted, LoanWanted, raise_dispute

RECEIVED = datetime(2026, 6, 29, 2, tzinfo=UTC)  # a Monday
NOW = datetime(2026, 7, 1, 2, tzinfo=UTC)
SAID = "五月的两期我已经还了，罚息算错了"


def dispute(*cases: Case, key: str = "d-1", amount: int | None = 300_00, **more: Any) -> Dispute:
    """A dispute of an amount of each of these cases."""
    told: dict[str, Any] = {
        "key": key,
        "kind": "amount",
        "loans": [LoanWanted(loan=case, amount=amount) for case in cases],
        "channel": "phone",
        "text": SAID,
        "received_at": RECEIVED,
        "at": NOW,
    }
    return raise_dispute(DisputeWanted(**(told | more)))


def step(made: Dispute, kind: str, by: User, key: str = "", **more: Any) -> Dispute:
    """Take a step; one that needs words has some."""
    told: dict[str, Any] = {"kind": kind, "key": key or f"{kind}-1", "by": by, "at": NOW}
    words = {"text": "已核对还款流水"} if kind in {"ask", "answer", "withdraw", "note"} else {}
    return take_dispute_step(made, DisputeStepWanted(**(told | words | more)))
