"""Take a stream into the vault: sealed on its way, durable before it is known, recorded."""

from __future__ import annotations

import base64
import hashlib
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import IO, Any, Protocol

from django.conf import settings
from django.db import connection, transaction

from carrears.access.models import User
from carrears.clock import local_day, now
from carrears.evidence.commitment import commit
from carrears.evidence.services import record
from carrears.parties.services import data_key
from carrears.parties.vault import SubjectErasedError, SubjectKey
from carrears.vault.errors import TooLargeError
from carrears.vault.holding import is_held
from carrears.vault.keeping import Kept, kept_until
from carrears.vault.models import Kind, Origin, StoredObject
from carrears.vault.places import spool_folder, store_in_use
from carrears.vault.reading import KEY_FIELD, NAME_FIELD, commitment_context
from carrears.vault.stores import Spooled, StoreError, spool
from carrears.vault.streaming import KEY_BYTES, seal

_PIECE_BYTES = 1 << 20


class Filed(Protocol):
    """What an object belongs to; a case of ``casework`` is one."""

    @property
    def pk(self) -> Any:
        """The number of the case; None where there is none."""

    @property
    def loan_no(self) -> str:
        """Its loan."""

    @property
    def party_id(self) -> uuid.UUID | None:
        """Its debtor, whose data key seals the object."""

    @property
    def jurisdiction(self) -> str:
        """Whose law says how long it is kept."""


def store(
    *,
    kind: str,
    stream: IO[bytes] | Iterable[bytes],
    case: Filed,
    media_type: str,
    actor: User | None,
    at: datetime | None = None,
    name: str = "",
    seconds: int | None = None,
    key: str = "",
    most_bytes: int | None = None,
    origin: str = Origin.HOUSE,
) -> StoredObject:
    """Seal a stream, keep it, and record that it is there.

    Nothing is kept in clear, not even for a moment; a process that dies on the way leaves
    nothing that anybody would see.

    Args:
        kind: one of ``Kind``.
        stream: a file open for reading, or pieces of bytes; read once.
        case: what it belongs to: its debtor's data key wraps the object's own key.
        media_type: as it is given back, such as ``audio/webm``.
        actor: who stores it; None for the house itself.
        at: when; now if not given.
        name: the file's name; it is sealed as well.
        seconds: how long a recording is.
        key: an idempotency key: what was stored under it before is returned as it is.
        most_bytes: the most that is taken in.
        origin: one of ``Origin``: whose it was.

    Raises:
        TooLargeError: the stream is longer.
        SubjectErasedError: the debtor was erased; nothing new is kept about him.
        StoreError, OSError: the store does not take it.
    """
    if key and (known := StoredObject.objects.filter(key=key).first()):
        return known
    draft = StoredObject(
        key=key or None,
        kind=Kind(kind),
        origin=Origin(origin),
        loan_no=case.loan_no,
        case_id=case.pk,
        party_id=case.party_id,
        jurisdiction=case.jurisdiction,
        media_type=media_type,
        seconds=seconds,
        created_at=at or now(),
        created_by=actor,
    )
    kept = _retain(draft)
    owner, secret = data_key(draft.party_id), os.urandom(KEY_BYTES)
    draft.wrapped_key = owner.seal(KEY_FIELD.format(draft.token), base64.b64encode(secret).decode())
    draft.name_sealed = owner.seal(NAME_FIELD.format(draft.token), name) if name else None
    content = _Measured(_pieces(stream), most_bytes)
    with spool(seal(content, key=secret, bound_to=draft.bound_to), spool_folder()) as spooled:
        return _put_and_keep(draft, spooled, content, owner, kept)


def _retain(draft: StoredObject) -> Kept | None:
    today = local_day(draft.created_at, settings.TIME_ZONE)
    kept = kept_until(draft.kind, jurisdiction=draft.jurisdiction, on=today, stored_on=today)
    if kept:
        draft.retained_until, draft.retained_by = kept.until, kept.duty.citation
    return kept


def _put_and_keep(
    draft: StoredObject, spooled: Spooled, content: _Measured, owner: SubjectKey, kept: Kept | None
) -> StoredObject:
    """The bytes first, then the row: what no row tells of is seen by nobody."""
    draft.address, draft.sealed_size = spooled.address, spooled.size
    draft.size, draft.sha256 = content.size, content.digest.digest()
    place = store_in_use()
    place.put(spooled, keep_until=_moment_after(kept))
    stored = None
    try:
        stored = _keep(draft, owner, kept)
    finally:
        if stored is not draft:
            with suppress(StoreError):  # a store that locks keeps bytes that nobody can open
                place.remove(spooled.address)
    if is_held(stored):
        place.hold(stored.address, held=True)
    return stored


def _moment_after(kept: Kept | None) -> datetime | None:
    """The first moment at which an object need not be kept any more, wherever one is."""
    if kept is None:
        return None
    # The day ends last 12 hours after it does in Greenwich.
    midnight = datetime.fromisoformat(f"{kept.until}T00:00:00+00:00")
    return midnight + timedelta(days=1, hours=12)


@transaction.atomic
def _keep(draft: StoredObject, owner: SubjectKey, kept: Kept | None) -> StoredObject:
    _expect_not_erased(draft.party_id)
    if draft.key and (known := _stored_meanwhile(draft.key)):
        return known
    draft.save(force_insert=True)
    record(
        "vault.stored",
        subject=draft.subject,
        key=f"vault:{draft.token}:stored",
        actor=draft.created_by.get_username() if draft.created_by else "",
        occurred_at=draft.created_at,
        payload=_told(draft, owner, kept),
    )
    return draft


def _told(draft: StoredObject, owner: SubjectKey, kept: Kept | None) -> dict[str, Any]:
    """What the log is told; of what the object holds only a commitment, which may be erased."""
    digest = bytes(draft.sha256 or b"").hex()
    salt = owner.commitment_salt(commitment_context(draft))
    told: dict[str, Any] = {
        "object": str(draft.token),
        "what": draft.kind,
        "address": draft.address,
        "sealed_size": draft.sealed_size,
        "size": draft.size,
        "media_type": draft.media_type,
        "sha256_commitment": commit(digest, salt=salt),
        "key_sha256": hashlib.sha256(draft.wrapped_key or b"").hexdigest(),
        "retained_until": draft.retained_until.isoformat() if draft.retained_until else "",
        "duty": kept.duty.id if kept else "",
    }
    if draft.seconds is not None:
        told["seconds"] = draft.seconds
    if draft.origin != Origin.HOUSE:
        told["origin"] = draft.origin
    return told


def _expect_not_erased(party: uuid.UUID | None) -> None:
    """Hold a person's row against erasure, which locks it for update, until this is stored."""
    if party is None:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "select wrapped_key is not null from parties_party where token = %s for key share",
            [party],
        )
        row = cursor.fetchone()
    if row is None or not row[0]:
        raise SubjectErasedError(f"subject {party} was erased")


def _stored_meanwhile(key: str) -> StoredObject | None:
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(hashtext(%s))", [f"vault object {key}"])
    return StoredObject.objects.filter(key=key).first()


def _pieces(stream: IO[bytes] | Iterable[bytes]) -> Iterator[bytes]:
    """The pieces of a stream; those that a file gives by itself are its lines."""
    if not hasattr(stream, "read"):
        yield from stream
        return
    while piece := stream.read(_PIECE_BYTES):
        yield piece


@dataclass(slots=True)
class _Measured:
    """Passes pieces on, and knows afterwards how long they were and their SHA-256."""

    pieces: Iterable[bytes]
    most_bytes: int | None
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.size += len(piece)
            if self.most_bytes is not None and self.size > self.most_bytes:
                raise TooLargeError(f"longer than {self.most_bytes} bytes")
            self.digest.update(piece)
            yield piece
