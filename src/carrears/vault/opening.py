"""Let somebody read objects for a reason, for a while, and record that he did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from carrears.access.models import User
from carrears.clock import now
from carrears.evidence.commitment import commit
from carrears.evidence.services import Record, record_many
from carrears.parties.services import commitment_salt, open_for_house, seal_for_house
from carrears.vault.errors import DestroyedError, NotOpenedError, VaultError
from carrears.vault.models import Opening, StoredObject, Why
from carrears.vault.reading import read_content

_LONGEST_NOTE = 500
OPENING_NOTE = "vault opening {}"


@transaction.atomic
def open_objects(
    objects: Sequence[StoredObject],
    *,
    by: User | None,
    why: str,
    note: str = "",
    at: datetime | None = None,
) -> Opening:
    """A ticket to read these objects, for ``CARREARS_VAULT_OPEN_MINUTES``.

    The log keeps who opened which object and for what; of the note, which may name somebody, a
    commitment only.

    Args:
        objects: what is read.
        by: who reads it; None for the house itself.
        why: one of ``Why``; ``other`` needs a note.
        note: in his own words.
        at: when; now if not given.

    Raises:
        VaultError: nothing is asked for, or without a reason.
        DestroyedError: one of them was destroyed.
    """
    if not objects:
        raise VaultError("nothing is asked for")
    if why not in Why.values or (why == Why.OTHER and not note.strip()):
        raise VaultError("a reason is needed")
    for stored in objects:
        if stored.wrapped_key is None:
            raise DestroyedError(f"object {stored.token} was destroyed")
    note, at = note.strip()[:_LONGEST_NOTE], at or now()
    until = at + timedelta(minutes=settings.VAULT_OPEN_MINUTES)
    opening = Opening(by=by, why=why, at=at, until=until)
    opening.note_sealed = seal_for_house(OPENING_NOTE.format(opening.token), note) if note else None
    opening.save(force_insert=True)
    opening.objects_opened.set(objects)
    record_many(_opened(opening, stored, note) for stored in objects)
    return opening


def _opened(opening: Opening, stored: StoredObject, note: str) -> Record:
    key = f"vault:{stored.token}:opened:{opening.token}"
    told = {
        "object": str(stored.token),
        "what": stored.kind,
        "address": stored.address,
        "why": opening.why,
    }
    if note:
        told["note_commitment"] = commit(note, salt=commitment_salt(None, context=key))
    return Record(
        kind="vault.opened",
        subject=stored.subject,
        key=key,
        actor=opening.by.get_username() if opening.by else "",
        occurred_at=opening.at,
        payload=told,
    )


def read_note(opening: Opening) -> str:
    """What was said when it was opened, in his own words; empty where nothing was."""
    if opening.note_sealed is None:
        return ""
    return open_for_house(OPENING_NOTE.format(opening.token), opening.note_sealed)


def read_range(
    opening: Opening,
    stored: StoredObject,
    start: int = 0,
    end: int | None = None,
    *,
    at: datetime | None = None,
) -> Iterator[bytes]:
    """Bytes ``[start, end)`` of an opened object's content, in pieces of at most 1 MiB.

    Raises:
        NotOpenedError: the ticket is not for this object, or has run out.
        DestroyedError, SubjectErasedError, StreamAlteredError, MissingObjectError: as
            ``read_content``.
    """
    if (at or now()) >= opening.until:
        raise NotOpenedError("the time for which it was opened is over")
    if not opening.objects_opened.filter(pk=stored.pk).exists():
        raise NotOpenedError("it was opened for something else")
    return read_content(stored, start, end)
