"""What was recorded, for whoever asks by contact or by case."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from uuid import UUID

from carrears.outreach.models import Attempt
from carrears.recordings.models import (
    Chunk,
    Kind,
    Part,
    RecordedContact,
    Recording,
    RecordingState,
)
from carrears.vault.models import StoredObject


def parts_of(attempts: Iterable[Attempt]) -> Counter[int]:
    """How many parts of each call's sound were recorded, by the attempt's number."""
    ties = RecordedContact.objects.filter(attempt__in=list(attempts), recording__kind=Kind.AUDIO)
    ties = ties.exclude(recording__state=RecordingState.REFUSED)
    return Counter(ties.values_list("attempt_id", flat=True))


def recordings_of(attempts: Iterable[int]) -> Mapping[int, Sequence[Recording]]:
    """What was recorded while each contact was made, by its number; the first begun first."""
    found: dict[int, list[Recording]] = defaultdict(list)
    wanted = list(attempts)
    if not wanted:
        return found
    ties = RecordedContact.objects.filter(attempt__in=wanted).select_related("recording")
    for tie in ties.order_by("recording__started_at", "pk"):
        found[tie.attempt_id].append(tie.recording)
    return found


def is_erased(recording: Recording) -> bool:
    """Whether the person under whose key it is kept was erased."""
    return recording.key_party is not None and recording.key_party.wrapped_key is None


def objects_of(recording: Recording) -> Sequence[StoredObject]:
    """What of it lies, or lay, in the vault, in its order."""
    objects = StoredObject.objects.filter(recording_part__recording=recording)
    return list(objects.order_by("recording_part__first"))


def recordings_in(objects: Iterable[StoredObject]) -> Mapping[UUID, UUID]:
    """Which recording each of these objects is of, by their tokens."""
    parts = Part.objects.filter(stored__in=list(objects)).values_list("stored", "recording")
    return dict(parts)


def peaks_of(recording: Recording) -> bytes:
    """The waveform of a sound: a byte for each stretch of equal length, 255 for full scale."""
    chunks = Chunk.objects.filter(recording=recording).order_by("seq")
    return b"".join(bytes(peaks) for peaks in chunks.values_list("peaks", flat=True))


def drawn(peaks: bytes, *, bars: int) -> tuple[int, ...]:
    """A waveform in at most ``bars`` bars, each the loudest of its stretch."""
    if len(peaks) <= bars:
        return tuple(peaks)
    edges = [len(peaks) * n // bars for n in range(bars + 1)]
    return tuple(max(peaks[a:b]) for a, b in pairwise(edges))
