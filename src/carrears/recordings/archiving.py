"""Bring closed recordings into the vault: one object for what was recorded without a break.

The extent is fixed first (``Part``), then the object is stored under a key of that part's own,
read again and compared with the chain; only then do the sealed chunks leave the database, in one
transaction with what says where they went. Whatever is killed in between goes on where it was,
and finds the object that it stored. A recording that was closed as broken off and goes on gets
another part for the rest.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, QuerySet

from carrears.parties.vault import AlteredError, VaultError
from carrears.recordings.chain import BadFrameError, next_link
from carrears.recordings.file_format import MEDIA_TYPE, Header, write_file
from carrears.recordings.models import Chunk, Kind, Part, Recording, RecordingState
from carrears.recordings.reading import frames_in_vault, link_before, sealed_frames
from carrears.recordings.services import write_down
from carrears.vault.errors import VaultError as StoringError
from carrears.vault.models import StoredObject
from carrears.vault.services import store
from carrears.vault.stores import StoreError

_log = logging.getLogger(__name__)
_CLOSED = (RecordingState.ENDED, RecordingState.BROKEN_OFF)
_MOST_AT_ONCE = 200


@dataclass(slots=True)
class Archiving:
    """What a run did: parts that are in the vault now, and recordings that could not be."""

    parts: list[Part] = field(default_factory=list)
    failed: list[tuple[UUID, str]] = field(default_factory=list)


def waiting() -> QuerySet[Recording]:
    """Closed recordings that the database still holds chunks of, the first closed first."""
    closed = Recording.objects.filter(state__in=_CLOSED, archived_count__lt=F("chunk_count"))
    erased = Q(key_party__isnull=False, key_party__wrapped_key=None)
    return closed.exclude(erased).order_by("last_at", "pk")


def archive_closed(*, at: datetime, most: int = _MOST_AT_ONCE) -> Archiving:
    """Bring into the vault what is closed, ``most`` recordings at once. Bears a second start."""
    outcome = Archiving()
    for token in list(waiting().values_list("pk", flat=True)[:most]):
        try:
            if part := archive(token, at=at):
                outcome.parts.append(part)
        except (VaultError, StoringError, BadFrameError) as error:
            _log.error("recording %s stays in the database: %s", token, error)
            outcome.failed.append((token, str(error)))
        except (StoreError, OSError) as error:  # nothing can be stored now
            _log.error("the vault takes no recordings: %s", error)
            outcome.failed.append((token, str(error)))
            break
    return outcome


def archive(token: UUID, *, at: datetime) -> Part | None:
    """Bring what the database still holds of a closed recording into the vault.

    None where there is nothing to be done, or somebody else did it.

    Raises:
        VaultError: a chunk, or what was stored, is not what the chain says; or the person was
            erased.
        StoreError, OSError: the vault does not take it.
    """
    part = plan_part(token, at=at)
    if part is None:
        return None
    stored = store_part(part, at=at)
    check_part(part, stored)
    return drop_chunks(part, stored, at=at)


@transaction.atomic
def plan_part(token: UUID, *, at: datetime) -> Part | None:
    """Fix which chunks the next object holds, or find what was fixed before."""
    recording = Recording.objects.select_for_update(of=("self",)).get(pk=token)
    planned = Part.objects.filter(recording=recording, stored=None).first()
    if planned is not None:
        return planned
    first = recording.archived_count
    if recording.state not in _CLOSED or first >= recording.chunk_count:
        return None
    return Part.objects.create(
        recording=recording,
        first=first,
        count=recording.chunk_count - first,
        previous=link_before(recording, first),
        head=recording.head,
        planned_at=at,
    )


def store_part(part: Part, *, at: datetime) -> StoredObject:
    """The object of a part, stored now or before.

    Raises:
        VaultError, StoreError, OSError: as ``archive``.
    """
    recording = part.recording
    return store(
        kind=recording.kind,
        stream=write_file(
            header_of(part), _frames_as_chained(part), compress=recording.kind == Kind.SCREEN
        ),
        case=recording.case,
        media_type=MEDIA_TYPE,
        actor=None,
        at=at,
        seconds=recording.duration_ms // 1000,
        key=f"recording:{recording.token}:{part.first}",
    )


def header_of(part: Part) -> Header:
    """What the file of a part says of itself."""
    return Header(
        recording=str(part.recording_id),
        kind=part.recording.kind,
        first=part.first,
        chunks=part.count,
        previous=bytes(part.previous).hex(),
        head=bytes(part.head).hex(),
    )


def _frames_as_chained(part: Part) -> Iterator[bytes]:
    frames = sealed_frames(part.recording, part.first, part.first + part.count)
    yield from _chained(part, frames)


def check_part(part: Part, stored: StoredObject) -> None:
    """Read an object again, all of it: whether it holds the chunks of its part.

    Raises:
        VaultError: it does not, or was destroyed meanwhile.
        StoreError: the store does not give it.
    """
    for _ in _chained(part, frames_in_vault(part, stored)):
        pass


def _chained(part: Part, frames: Iterator[bytes]) -> Iterator[bytes]:
    """Frames, and at their end that they made the links of their part."""
    link, seq, end = bytes(part.previous), part.first, part.first + part.count
    for frame in frames:
        link = next_link(link, seq, hashlib.sha256(frame).digest())
        seq += 1
        yield frame
    if seq != end or link != bytes(part.head):
        raise AlteredError(f"chunks {part.first}–{end - 1} do not make the chain that they should")


@transaction.atomic
def drop_chunks(part: Part, stored: StoredObject, *, at: datetime) -> Part | None:
    """Let a part's chunks leave the database, and record where they are. None: it was done."""
    rows = Recording.objects.select_for_update(of=("self",)).select_related("case", "staff")
    recording = rows.get(pk=part.recording_id)
    part = Part.objects.select_for_update().get(pk=part.pk)
    if part.stored_id is not None:
        return None
    part.stored, part.stored_at = stored, at
    part.save(update_fields=["stored", "stored_at"])
    end = part.first + part.count
    Chunk.objects.filter(recording=recording, seq__gte=part.first, seq__lt=end).update(sealed=None)
    recording.archived_count = end
    recording.save(update_fields=["archived_count"])
    write_down(
        recording,
        "stored",
        at=at,
        key=str(part.first),
        actor="",
        object=str(stored.token),
        first=part.first,
        chunks=end,
        head=bytes(part.head).hex(),
    )
    return part
