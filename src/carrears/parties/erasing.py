"""Erase a person: what was sealed for him can never be opened, and nothing finds him any more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from carrears.access.models import User
from carrears.parties.models import ContactPoint, Correction, LoanParty, Party, SealedWords


@transaction.atomic
def erase_person(
    party: Party, *, by: User | None, at: datetime
) -> list[tuple[bytes, bytes | None]] | None:
    """Destroy a person's key and every index of his; the token and its loans stay.

    Backups hold the key until they are overwritten. Whether it may be done is for the caller to
    know (``conduct.erasure``).

    Returns:
        The blind indexes of the numbers and addresses that he had, which are kept nowhere else,
        and the id of the key of each; None when he was erased before.
    """
    locked = Party.objects.select_for_update().get(pk=party.pk)
    if locked.erased_at is not None:
        return None
    points = ContactPoint.objects.filter(party=locked)
    made_under = bytes(locked.index_key) if locked.index_key is not None else None
    had = [(bytes(index), made_under) for index in points.values_list("value_index", flat=True)]
    points.delete()
    Correction.objects.filter(party=locked).update(reason="")
    SealedWords.objects.filter(party=locked).update(text_sealed=None)
    LoanParty.objects.filter(party=locked).update(
        plate_sealed=None, plate_index=None, vin_sealed=None, vin_index=None
    )
    locked.wrapped_key = locked.name_sealed = locked.id_no_sealed = locked.id_no_index = None
    locked.name_tokens, locked.zones, locked.region = [], [], ""
    locked.erased_at, locked.erased_by = at, by
    locked.save()
    return had
