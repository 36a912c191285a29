"""Keep the do-not-contact list."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from carrears.access.models import User
from carrears.conduct.models import DoNotContact
from carrears.conduct.vocabulary import KNOWN_NAMES
from carrears.evidence.services import Record, record_many
from carrears.parties.models import Party


class ConductError(ValueError):
    """What was asked cannot be listed; the message says why."""


@transaction.atomic
def bar_contact(
    party: Party,
    *,
    reason: str,
    from_on: date,
    until_on: date | None,
    channel: str = "",
    by: User | None,
    at: datetime,
) -> DoNotContact:
    """Put a person on the do-not-contact list, for one channel or for all.

    It holds at once: the gate reads the list in the transaction of each attempt.

    Raises:
        ConductError: no reason, an unknown channel, or an end before its beginning.
    """
    if not reason.strip():
        raise ConductError("a reason is needed")
    if channel and channel not in KNOWN_NAMES:
        raise ConductError(f"unknown channel {channel!r}")
    if until_on is not None and until_on < from_on:
        raise ConductError("a bar cannot end before it begins")
    listed = DoNotContact.objects.create(
        party=party,
        reason=reason.strip()[:120],
        from_on=from_on,
        until_on=until_on,
        channel=channel,
        added_by=by,
    )
    record_many(
        [
            Record(
                kind="contact.barred",
                subject=str(party.token),
                key=f"do-not-contact:{listed.pk}",
                actor=by.get_username() if by else "",
                occurred_at=at,
                payload={
                    "party": str(party.token),
                    "channel": channel,
                    "from_on": from_on.isoformat(),
                    "until_on": until_on.isoformat() if until_on else None,
                },
            )
        ]
    )
    return listed
