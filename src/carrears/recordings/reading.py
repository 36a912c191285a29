"""Open what was recorded."""

from __future__ import annotations

from collections.abc import Iterator

from carrears.recordings.chain import Frame, first_link, read_frame
from carrears.recordings.models import Chunk, Recording
from carrears.recordings.sealing import open_frame
from carrears.recordings.services import data_key

_AT_A_TIME = 50


def frames_of(recording: Recording) -> Iterator[Frame]:
    """The frames of a recording, in their order.

    Raises:
        SubjectErasedError: the person was erased, and the recording with him.
        VaultError: one was altered; ``carrears recordings verify`` says which.
    """
    key, previous = data_key(recording), first_link(recording.token, recording.kind)
    for chunk in Chunk.objects.filter(recording=recording).order_by("seq").iterator(_AT_A_TIME):
        token, seq = recording.token, chunk.seq
        yield read_frame(open_frame(key, chunk.sealed, token=token, seq=seq, previous=previous))
        previous = bytes(chunk.link)
