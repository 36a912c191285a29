"""Complaints and disputes whose day nears or has passed go by themselves to whom the house says."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from carrears.clock import local_day
from carrears.conduct.complaint_models import Complaint, ComplaintStep
from carrears.conduct.complaint_terms import load_terms
from carrears.conduct.dispute_models import Dispute, DisputeStep
from carrears.conduct.dispute_terms import load_dispute_terms
from carrears.conduct.matter_notices import tell_raised
from carrears.conduct.matters import Written, write_steps
from carrears.conduct.raised_limits import RaisedLimits

_Kind = type[Complaint] | type[Dispute]


def raise_complaints(*, at: datetime) -> int:
    """Raise each open complaint that has reached a further level; how many were raised.

    Each is a step of the complaint, written once, with its evidence. What was missed while nobody
    asked is caught up with at the level it has reached. Bears a second start.
    """
    return _raise_all(Complaint, at=at)


def raise_disputes(*, at: datetime) -> int:
    """The same of disputes."""
    return _raise_all(Dispute, at=at)


def _raise_all(kind: _Kind, *, at: datetime) -> int:
    day = local_day(at, settings.TIME_ZONE)
    waiting = kind.objects.filter(closed_at=None).exclude(due_on=None)
    rows = list(waiting.order_by("pk").values_list("pk", "jurisdiction", "due_on", "raised_level"))
    return sum(
        _raise(kind, pk, day=day, at=at)
        for pk, jurisdiction, due_on, level in rows
        if due_on is not None and _reached(kind, jurisdiction, due_on, day) > level
    )


def _terms(kind: _Kind, jurisdiction: str) -> RaisedLimits[Any] | None:
    if kind is Complaint:
        return load_terms(jurisdiction)
    return load_dispute_terms(jurisdiction)


def _reached(kind: _Kind, jurisdiction: str, due_on: date, day: date) -> int:
    terms = _terms(kind, jurisdiction)
    raising = terms.raising_on(day) if terms else None
    return raising.reached(due_on=due_on, day=day) if raising else 0


@transaction.atomic
def _raise(kind: _Kind, pk: int, *, day: date, at: datetime) -> bool:
    """Raise one as it stands now, under its lock: somebody may be dealing with it."""
    matter = kind.objects.select_for_update(of=("self",)).select_related("party").get(pk=pk)
    terms, due_on = _terms(kind, matter.jurisdiction), matter.due_on
    raising = terms.raising_on(day) if terms else None
    if terms is None or raising is None or due_on is None:
        return False
    level = raising.reached(due_on=due_on, day=day)
    if level <= matter.raised_level:
        return False
    to = list(raising.levels[level - 1].to)
    matter.raised_level, matter.raised_to = level, to
    matter.save(update_fields=["raised_level", "raised_to"])
    _write(matter, due_on, citation=terms.cited(raising), at=at)
    tell_raised(matter, due_on, day=day)
    return True


def _write(matter: Complaint | Dispute, due_on: date, *, citation: str, at: datetime) -> None:
    key = f"raised:{matter.pk}:{due_on.isoformat()}:{matter.raised_level}"
    steps = ComplaintStep if isinstance(matter, Complaint) else DisputeStep
    if steps.objects.filter(key=key).exists():  # its day was another one meanwhile
        return
    data = {
        "level": matter.raised_level,
        "raised_to": matter.raised_to,
        "due_on": due_on.isoformat(),
        "citation": citation,
    }
    told: dict[str, Any] = {"kind": "raised", "key": key, "at": at, "by": None, "data": data}
    write_steps([Written(matter=matter, **told)])
