"""What was corrected about people, for whoever would write the old value again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from carrears.parties.custody import keyring
from carrears.parties.models import Correction, Party
from carrears.parties.vault import open_subject_key

BEFORE, AFTER = "corrected from", "corrected to"


def wrong_names(parties: Iterable[Party]) -> dict[uuid.UUID, str]:
    """By token, the name that each of these people was last corrected from."""
    by_token = {party.pk: party for party in parties if party.wrapped_key is not None}
    rows = Correction.objects.filter(party__in=list(by_token), kind="name").order_by("at", "pk")
    newest = {row.party_id: row for row in rows}
    return {
        token: open_subject_key(keyring(), str(token), by_token[token].wrapped_key).open(
            BEFORE, row.before_sealed
        )
        for token, row in newest.items()
    }
