"""Play a recording: who may, why he does, and that he did."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from carrears.access.models import User
from carrears.recordings.models import Kind, Playback, Recording, Why
from carrears.recordings.services import RecordingError, write_down


def may_play(user: User, recording: Recording) -> bool:
    """Whether ``user`` may play it; one with the personal data on it takes more."""
    if recording.kind == Kind.SCREEN and not recording.masked:
        return user.has_perm("recordings.play_recording") and user.has_perm(
            "recordings.unmask_recording"
        )
    return user.has_perm("recordings.play_recording")


@transaction.atomic
def note_playback(recording: Recording, *, why: str, note: str, by: User, at: datetime) -> Playback:
    """Keep that ``by`` plays a recording, and why; the evidence log has the code of it only.

    Raises:
        PermissionDenied: he may not.
        RecordingError: an unknown reason, or no words about it.
    """
    if not may_play(by, recording):
        raise PermissionDenied
    if why not in Why.values or not note.strip():
        raise RecordingError("a reason is needed")
    played = Playback.objects.create(recording=recording, by=by, at=at, why=why, note=note.strip())
    write_down(recording, "played", at=at, key=uuid.uuid4().hex, actor=by.get_username(), why=why)
    return played
