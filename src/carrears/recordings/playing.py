"""Play a recording: who may, why he does, and that he did."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import PermissionDenied
from django.db import transaction

from carrears.access.models import User
from carrears.parties.words import commit_words, words_of
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
    """Keep that ``by`` plays a recording, and why; of his words the log has a commitment only.

    Raises:
        PermissionDenied: he may not.
        RecordingError: an unknown reason, or no words about it.
    """
    if not may_play(by, recording):
        raise PermissionDenied
    if why not in Why.values or not note.strip():
        raise RecordingError("a reason is needed")
    played = Playback.objects.create(recording=recording, by=by, at=at, why=why)
    said = commit_words(_key(played), {"note": note.strip()}, party=recording.case.party_id)
    actor = by.get_username()
    write_down(recording, "played", at=at, key=str(played.pk), actor=actor, why=why, **said)
    return played


def notes_of(played: Iterable[Playback]) -> dict[int, str]:
    """What was said about why they were played, by their numbers."""
    found = list(played)
    said = words_of((_key(one) for one in found), "note")
    return {one.pk: said.get(_key(one), one.note) for one in found}


def _key(played: Playback) -> str:
    """The key of its entry of the evidence log."""
    return f"recording:{played.recording_id}:played:{played.pk}"
