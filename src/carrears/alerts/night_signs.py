"""Whether what is read again by night was found as it was stored: vault, recordings, data keys.

Each night reads a share (``evidence.nights``), so a fault stays one until its share, or all, was
read again and found sound.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from django.db.models import Count, Min

from carrears.alerts.terms import Limits
from carrears.evidence.models import Entry, StoredCheckpoint
from carrears.evidence.nights import NIGHTS
from carrears.parties.models import DamagedKey

# A night that was missed is made up for by the next; a second one is amiss.
_MISSED_DAYS = 2
_CHECKS = {"vault": "vault.verified", "recordings": "recording.checked"}


def evidence_check(_limits: Limits, at: datetime) -> dict[str, int] | None:
    """Faults that stand, and for how many days there was no check where there should have been."""
    found = {subject: _standing(subject, kind, at) for subject, kind in _CHECKS.items()}
    days = max(days for _, days in found.values())
    faults = {subject: number for subject, (number, _) in found.items()}
    if not any(faults.values()) and days <= _MISSED_DAYS:
        return None
    return {"objects": faults["vault"], "recordings": faults["recordings"], "days": days}


def person_keys(_limits: Limits, at: datetime) -> dict[str, int] | None:
    """People who were set aside as their data keys do not open, and since when the first was."""
    told = DamagedKey.objects.aggregate(people=Count("pk"), first=Min("found_at"))
    if not told["people"]:
        return None
    return {"people": told["people"], "days": (at - told["first"]).days}


def _standing(subject: str, kind: str, at: datetime) -> tuple[int, int]:
    """How many faults stand, and the days since the last check, or of the log where none was."""
    checks = Entry.objects.filter(subject=subject, kind=kind).order_by("-pk")
    newest = checks.first()
    seen: set[tuple[int, ...]] = set()
    faults = 0
    for one in checks.filter(occurred_at__gt=at - timedelta(days=NIGHTS + _MISSED_DAYS)):
        told = json.loads(one.payload)
        share = tuple(told.get("share", ()))
        if share not in seen:
            seen.add(share)
            faults += told["fault_count"]
        if not share:  # the whole was read
            break
    return faults, (at - newest.occurred_at).days if newest else _age_of_the_log(at)


def _age_of_the_log(at: datetime) -> int:
    """How many days ago its first checkpoint was; 0 where there is none."""
    first = StoredCheckpoint.objects.order_by("size").first()
    return max((at - first.signed_at).days, 0) if first else 0
