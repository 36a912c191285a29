"""Open what was recorded, wherever it lies: in the database still, or in the vault."""

from __future__ import annotations

from collections.abc import Iterator

from carrears.parties.vault import AlteredError, VaultError
from carrears.recordings.chain import Frame, first_link, read_frame
from carrears.recordings.file_format import BadFileError, Header, read_file
from carrears.recordings.models import Chunk, Part, Recording
from carrears.recordings.sealing import open_frame
from carrears.recordings.services import data_key
from carrears.vault.errors import DestroyedError
from carrears.vault.models import StoredObject
from carrears.vault.reading import read_content
from carrears.vault.stores import MissingObjectError
from carrears.vault.streaming import StreamAlteredError

_AT_A_TIME = 50


class DestroyedInVaultError(VaultError):
    """The object was destroyed as its time was over; what it held is gone for good."""


def frames_of(recording: Recording) -> Iterator[Frame]:
    """The frames of a recording, in their order.

    Raises:
        SubjectErasedError: the person was erased, and the recording with him.
        DestroyedInVaultError: what was recorded was destroyed in time.
        VaultError: one was altered; ``carrears recordings verify`` says which.
        StoreError: the vault does not give it now.
    """
    return map(read_frame, captured(recording))


def captured(recording: Recording) -> Iterator[bytes]:
    """The frames as the browser chained them. Raises as ``frames_of``."""
    seq = 0
    while seq < recording.chunk_count:
        part = stored_part(recording, seq)
        frames = (
            frames_in_vault(part, part.stored)
            if part and part.stored
            else sealed_frames(recording, seq, recording.chunk_count)
        )
        before = seq
        for frame in frames:
            yield frame
            seq += 1
        if seq == before:
            raise AlteredError(f"chunk {seq} is missing")


def stored_part(recording: Recording, first: int) -> Part | None:
    """The part in the vault that begins with this chunk."""
    parts = Part.objects.filter(recording=recording, first=first, stored__isnull=False)
    return parts.select_related("stored", "recording").first()


def sealed_frames(recording: Recording, first: int, end: int) -> Iterator[bytes]:
    """Frames that the database holds, from ``first`` up to the first that it does not.

    Raises:
        SubjectErasedError, VaultError: as ``frames_of``.
    """
    key, previous = data_key(recording), link_before(recording, first)
    rows = Chunk.objects.filter(recording=recording, seq__gte=first, seq__lt=end)
    for seq, chunk in enumerate(rows.order_by("seq").iterator(_AT_A_TIME), first):
        if chunk.seq != seq or chunk.sealed is None:
            return
        yield open_frame(key, chunk.sealed, token=recording.token, seq=seq, previous=previous)
        previous = bytes(chunk.link)


def link_before(recording: Recording, first: int) -> bytes:
    """The link to which chunk ``first`` is chained.

    Raises:
        AlteredError: the chunk that makes it is missing.
    """
    if first == 0:
        return first_link(recording.token, recording.kind)
    before = Chunk.objects.only("link").filter(recording=recording, seq=first - 1).first()
    if before is None:
        raise AlteredError(f"chunk {first - 1} is missing")
    return bytes(before.link)


def frames_in_vault(part: Part, stored: StoredObject) -> Iterator[bytes]:
    """The frames of a part, from its object.

    Raises:
        SubjectErasedError, DestroyedInVaultError, VaultError, StoreError: as ``frames_of``.
    """
    try:
        header, frames = read_file(read_content(stored))
        _expect_part(header, part)
        yield from frames
    except DestroyedError as error:
        raise DestroyedInVaultError(str(error)) from error
    except (StreamAlteredError, BadFileError, MissingObjectError) as error:
        raise AlteredError(f"object {stored.token} in the vault: {error}") from error


def _expect_part(header: Header, part: Part) -> None:
    told = (header.recording, header.kind, header.first, header.chunks)
    recording = part.recording
    links = (bytes(part.previous).hex(), bytes(part.head).hex())
    known = (str(recording.token), recording.kind, part.first, part.count)
    if told != known or (header.previous, header.head) != links:
        raise BadFileError("the file is of something else")
