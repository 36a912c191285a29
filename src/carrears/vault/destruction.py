"""Destroy what need not be kept any more: first the key, with proof in the log, then the bytes.

Without its key an object can never be opened, wherever copies of its bytes lie; a backup of the
database holds the key until it is overwritten. Removing the bytes may fail (a store that locks
them, one that is away) and is tried again by the next run.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from carrears.access.models import User
from carrears.clock import local_day
from carrears.evidence.services import record
from carrears.parties.models import Party
from carrears.vault.errors import KeptError
from carrears.vault.holding import is_held
from carrears.vault.keeping import kept_until
from carrears.vault.models import StoredObject
from carrears.vault.places import spool_folder, store_in_use
from carrears.vault.stores import LockedObjectError, sweep

# The last day of collection on each of some loans; of one that is collected still, that day.
ActiveDays = Callable[[set[str], date], Mapping[str, date]]
EXPIRED, ERASED = "expired", "erased"


@dataclass(slots=True)
class Destruction:
    """What a run did: how many keys it destroyed and bytes it removed, and what it let be."""

    destroyed: list[str] = field(default_factory=list)
    kept: int = 0  # past what was known when it was stored, but held, or kept for longer since
    removed: int = 0
    locked: int = 0  # destroyed, but the store keeps their bytes until later


def kept_at_least(
    stored: StoredObject, *, on: date, active_on: date | None
) -> tuple[date | None, str]:
    """Until when an object is kept by what was known when it was stored and is now, and by what.

    None where no duty was or is on file.
    """
    kept = kept_until(
        stored.kind,
        jurisdiction=stored.jurisdiction,
        on=on,
        stored_on=local_day(stored.created_at, settings.TIME_ZONE),
        active_on=active_on,
    )
    if kept and (stored.retained_until is None or kept.until > stored.retained_until):
        return kept.until, kept.duty.citation
    return stored.retained_until, stored.retained_by


def destroy_expired(
    *, at: datetime, by: User | None, active_days: ActiveDays, dry_run: bool = False
) -> Destruction:
    """Destroy all that is past its time and not held. A second run does nothing more.

    Args:
        at: when; the lender's own day of that moment decides.
        by: who; None for the house itself.
        active_days: when the loans were last collected, from which some duties count.
        dry_run: only tell what would be destroyed.
    """
    today = local_day(at, settings.TIME_ZONE)
    past = StoredObject.objects.filter(destroyed_at=None, retained_until__lt=today).order_by("pk")
    active = active_days(set(past.values_list("loan_no", flat=True)) - {""}, today)
    outcome = Destruction()
    for token in past.values_list("pk", flat=True):
        try:
            if _destroy_one(token, on=today, at=at, by=by, active=active, dry_run=dry_run):
                outcome.destroyed.append(str(token))
        except KeptError:
            outcome.kept += 1
    if not dry_run:
        remove_bytes(outcome, at=at)
        sweep(spool_folder())
    return outcome


@transaction.atomic
def _destroy_one(
    token: UUID,
    *,
    on: date,
    at: datetime,
    by: User | None,
    active: Mapping[str, date],
    dry_run: bool,
) -> bool:
    stored = StoredObject.objects.select_for_update().get(pk=token)
    if stored.destroyed_at is not None:
        return False
    if is_held(stored):
        raise KeptError(f"object {token} is held")
    until, citation = kept_at_least(stored, on=on, active_on=active.get(stored.loan_no))
    if until is None or on <= until:
        raise KeptError(f"object {token} is kept until {until}: {citation}")
    if not dry_run:
        _destroy(stored, reason=EXPIRED, by=by, at=at)
    return True


def files_of(party: Party, owed: Collection[str]) -> QuerySet[StoredObject]:
    """What lies here of a person: his, and what was filed on his loans before he was known.

    That second part is sealed under the house's key, which nothing but a loan ties to him.
    """
    his = Q(party=party) | Q(party=None, loan_no__in=owed)
    return StoredObject.objects.filter(his, destroyed_at=None).order_by("pk")


def destroy_of_person(party: Party, owed: Collection[str], *, by: User | None, at: datetime) -> int:
    """Destroy all of a person who is erased, in the transaction of that; how many objects.

    Whether the law keeps them by what is known of his loans, the caller knows.

    Raises:
        KeptError: one of them has to be kept.
    """
    today = local_day(at, settings.TIME_ZONE)
    found = list(files_of(party, owed).select_for_update())
    for stored in found:
        if is_held(stored) or (stored.retained_until and today <= stored.retained_until):
            raise KeptError(f"object {stored.token} has to be kept")
        _destroy(stored, reason=ERASED, by=by, at=at)
    return len(found)


def _destroy(stored: StoredObject, *, reason: str, by: User | None, at: datetime) -> None:
    wrapped = bytes(stored.wrapped_key or b"")
    stored.wrapped_key = stored.sha256 = stored.name_sealed = None
    stored.destroyed_at, stored.destroy_reason = at, reason
    stored.save()
    record(
        "vault.destroyed",
        subject=stored.subject,
        key=f"vault:{stored.token}:destroyed",
        actor=by.get_username() if by else "",
        occurred_at=at,
        payload={
            "object": str(stored.token),
            "what": stored.kind,
            "address": stored.address,
            "key_sha256": hashlib.sha256(wrapped).hexdigest(),
            "reason": reason,
            "retained_until": stored.retained_until.isoformat() if stored.retained_until else "",
        },
    )


def remove_bytes(outcome: Destruction, *, at: datetime) -> None:
    """Remove the bytes of what was destroyed, as far as the store lets them go."""
    waiting = StoredObject.objects.filter(~Q(destroyed_at=None), removed_at=None)
    for stored in waiting.order_by("pk"):
        try:
            store_in_use().remove(stored.address)
        except LockedObjectError:
            outcome.locked += 1
            continue
        with transaction.atomic():
            StoredObject.objects.filter(pk=stored.pk).update(removed_at=at)
            record(
                "vault.removed",
                subject=stored.subject,
                key=f"vault:{stored.token}:removed:{at.isoformat()}",
                actor="",
                occurred_at=at,
                payload={"object": str(stored.token), "address": stored.address},
            )
        outcome.removed += 1
