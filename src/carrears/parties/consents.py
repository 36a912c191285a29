"""What a person allows or refuses, one channel at a time."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from carrears.evidence.services import record
from carrears.parties.models import Consent, Party


@transaction.atomic
def record_consent(
    party: Party, *, channel: str, granted: bool, source: str, at: datetime, actor: str = ""
) -> bool:
    """Keep a person's word on a channel; returns False when that was already the last word."""
    Party.objects.select_for_update().get(pk=party.pk)
    last = party.consents.filter(channel=channel).order_by("given_at", "pk").last()
    if last is not None and last.granted == granted:
        return False
    consent = Consent.objects.create(
        party=party, channel=channel, granted=granted, given_at=at, source=source
    )
    record(
        "person.consented" if granted else "person.refused",
        subject=str(party.token),
        payload={"party": str(party.token), "channel": channel, "source": source},
        actor=actor,
        key=f"consent:{consent.pk}",
        occurred_at=at,
    )
    return True
