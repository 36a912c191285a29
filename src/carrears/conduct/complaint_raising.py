"""Complaints whose day nears or has passed go by themselves to whom the house says."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from carrears.clock import local_day
from carrears.conduct.complaint_models import Complaint, ComplaintState, ComplaintStep
from carrears.conduct.complaint_terms import ComplaintTerms, load_terms
from carrears.conduct.complaints import Written, write_steps


def raise_complaints(*, at: datetime) -> int:
    """Raise each open complaint that has reached a further level; how many were raised.

    Each is a step of the complaint, written once, with its evidence. What was missed while nobody
    asked is caught up with at the level it has reached. Bears a second start.
    """
    day = local_day(at, settings.TIME_ZONE)
    waiting = Complaint.objects.exclude(state=ComplaintState.CLOSED).exclude(due_on=None)
    rows = list(waiting.order_by("pk").values_list("pk", "jurisdiction", "due_on", "raised_level"))
    return sum(
        _raise(pk, day=day, at=at)
        for pk, jurisdiction, due_on, level in rows
        if due_on is not None and _reached(jurisdiction, due_on, day) > level
    )


def _reached(jurisdiction: str, due_on: date, day: date) -> int:
    terms = load_terms(jurisdiction)
    raising = terms.raising_on(day) if terms else None
    return raising.reached(due_on=due_on, day=day) if raising else 0


@transaction.atomic
def _raise(pk: int, *, day: date, at: datetime) -> bool:
    """Raise one as it stands now, under its lock: somebody may be dealing with it."""
    complaint = Complaint.objects.select_for_update(of=("self",)).select_related("party").get(pk=pk)
    terms, due_on = load_terms(complaint.jurisdiction), complaint.due_on
    if terms is None or due_on is None:
        return False
    level = _reached(complaint.jurisdiction, due_on, day)
    if level <= complaint.raised_level:
        return False
    to = _addressees(terms, level=level, day=day)
    complaint.raised_level, complaint.raised_to = level, to
    complaint.save(update_fields=["raised_level", "raised_to"])
    key = f"raised:{complaint.pk}:{due_on.isoformat()}:{level}"
    if ComplaintStep.objects.filter(key=key).exists():  # its day was another one meanwhile
        return True
    data = {
        "level": level,
        "raised_to": to,
        "due_on": due_on.isoformat(),
        "citation": _citation(terms, day),
    }
    write_steps([Written(complaint=complaint, kind="raised", key=key, at=at, by=None, data=data)])
    return True


def _addressees(terms: ComplaintTerms, *, level: int, day: date) -> list[str]:
    raising = terms.raising_on(day)
    return list(raising.levels[level - 1].to) if raising else []


def _citation(terms: ComplaintTerms, day: date) -> str:
    raising = terms.raising_on(day)
    return terms.cited(raising) if raising else ""
