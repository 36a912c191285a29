"""Close recordings whose browser fell silent; what arrived of them stays good."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction

from carrears.recordings.models import Recording, RecordingState
from carrears.recordings.services import close


def close_silent(*, at: datetime) -> list[Recording]:
    """Close what has been open without a word for ``RECORDING_SILENCE_MINUTES``; says which."""
    silent_since = at - timedelta(minutes=settings.RECORDING_SILENCE_MINUTES)
    silent = Recording.objects.filter(state=RecordingState.OPEN, last_at__lt=silent_since)
    tokens = list(silent.values_list("token", flat=True))
    return [closed for token in tokens if (closed := _close(token, silent_since, at))]


@transaction.atomic
def _close(token: UUID, silent_since: datetime, at: datetime) -> Recording | None:
    rows = Recording.objects.select_for_update(of=("self",), skip_locked=True)
    still = rows.filter(pk=token, state=RecordingState.OPEN, last_at__lt=silent_since)
    recording = still.select_related("case", "staff").first()
    if recording is None:
        return None  # it spoke meanwhile
    close(recording, RecordingState.BROKEN_OFF, reason="silent", at=at)
    return recording
