"""Numbers and addresses that were found wrong: not used again until somebody confirms them."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from carrears.access.models import User
from carrears.evidence.services import record
from carrears.parties.models import ContactPoint

# What a call may find: there is no such number, or somebody else has it now.
UNUSABLE = frozenset({"number_invalid", "new_holder"})
# What the post may find of an address.
RETURNED = "mail_returned"
# What mail servers say of an e-mail address.
BOUNCED = "mail_bounced"
_KNOWN = UNUSABLE | {RETURNED, BOUNCED}


@transaction.atomic
def mark_number(point: int, *, why: str, by: User | None, at: datetime) -> bool:
    """Take a number or address out of use for what was found; False when it was before."""
    if why not in _KNOWN:
        raise ValueError(f"{why!r} is none of {', '.join(sorted(_KNOWN))}")
    held = _locked(point)
    if held is None or held.unusable or not held.valid:
        return False
    held.valid, held.unusable, held.unusable_at = False, why, at
    held.save(update_fields=["valid", "unusable", "unusable_at"])
    _tell("person.number_marked", held, why=why, by=by, at=at)
    return True


@transaction.atomic
def confirm_number(point: int, *, by: User, at: datetime) -> bool:
    """Use a number or address again that was found wrong; False when it was not."""
    held = _locked(point)
    if held is None or not held.unusable:
        return False
    why, since = held.unusable, held.unusable_at
    held.valid, held.unusable, held.unusable_at = True, "", None
    held.save(update_fields=["valid", "unusable", "unusable_at"])
    _tell("person.number_confirmed", held, why=why, by=by, at=at, since=since)
    return True


def _locked(point: int) -> ContactPoint | None:
    rows = ContactPoint.objects.select_for_update(of=("self",)).select_related("party")
    return rows.filter(pk=point).first()


def _tell(
    kind: str,
    held: ContactPoint,
    *,
    why: str,
    by: User | None,
    at: datetime,
    since: datetime | None = None,
) -> None:
    """Each marking has its own moment, and so its own key, however often a number changes."""
    marked = since or at
    record(
        kind,
        subject=str(held.party_id),
        payload={"party": str(held.party_id), "contact_point": held.pk, "why": why},
        actor=by.get_username() if by else "",
        key=f"{kind}:{held.pk}:{marked.isoformat()}",
        occurred_at=at,
    )
