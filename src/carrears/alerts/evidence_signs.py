"""What is amiss with who vouches for the evidence log; ``evidence.standing`` knows how it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from carrears.alerts.terms import Limits
from carrears.evidence.models import StoredCheckpoint
from carrears.evidence.queries import last_verification
from carrears.evidence.standing import (
    Overdue,
    anchors_overdue,
    policy_faults,
    refusing_witnesses,
    silent_witnesses,
    stamps_overdue,
)

Figures = dict[str, int]


def witness_refuses(_limits: Limits, at: datetime) -> Figures | None:
    """A witness holds another history: roll-back, fork, cut tail, or one signed anew."""
    states = refusing_witnesses()
    if not states:
        return None
    waits = [at - one.refused_at for one in states if one.refused_at is not None]
    return {"witnesses": len(states), "minutes": _longest(waits)}


def witness_silent(limits: Limits, at: datetime) -> Figures | None:
    """A witness has not answered, or was not asked, for so long."""
    limit = timedelta(minutes=limits.witness_minutes)
    waits = [one for one in silent_witnesses(at=at) if one >= limit]
    return {"witnesses": len(waits), "minutes": _longest(waits)} if waits else None


def witness_policy(_limits: Limits, at: datetime) -> Figures | None:
    """The policy of witnesses cannot be read, lacks one that it named, or was changed."""
    found = policy_faults(at=at)
    figures = {
        "removed": found.removed,
        "unreadable": int(found.is_unreadable),
        "changed": int(found.is_changed),
    }
    return figures if any(figures.values()) else None


def time_stamps(limits: Limits, at: datetime) -> Figures | None:
    """An authority stamps falsely, or no stamp came for so long after its time."""
    return _amiss(stamps_overdue(at=at), limits.stamp_minutes)


def anchors(limits: Limits, at: datetime) -> Figures | None:
    """The chain contradicts the log, or no anchor came for so long after its time."""
    return _amiss(anchors_overdue(at=at), limits.anchor_minutes)


def log_check(limits: Limits, at: datetime) -> Figures | None:
    """The last check of the whole log failed, or is so many days old."""
    run = last_verification()
    first = StoredCheckpoint.objects.order_by("size").first()
    if first is None:
        return None
    days = (at - (run.finished_at if run else first.signed_at)).days
    failed = run is not None and not run.ok
    if not failed and days < limits.log_check_days:
        return None
    return {"failed": int(failed), "days": max(days, 0)}


def _amiss(found: Overdue | None, limit: int) -> Figures | None:
    if found is None:
        return None
    minutes = _longest([found.by])
    if not found.is_false and minutes < limit:
        return None
    return {"false": int(found.is_false), "minutes": minutes}


def _longest(waits: Sequence[timedelta]) -> int:
    return max((int(one.total_seconds() // 60) for one in waits), default=0)
