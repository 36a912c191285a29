"""What was recorded, for whoever asks by contact or by case."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from carrears.outreach.models import Attempt
from carrears.recordings.models import Kind, RecordedContact, RecordingState


def parts_of(attempts: Iterable[Attempt]) -> Counter[int]:
    """How many parts of each call's sound were recorded, by the attempt's number."""
    ties = RecordedContact.objects.filter(attempt__in=list(attempts), recording__kind=Kind.AUDIO)
    ties = ties.exclude(recording__state=RecordingState.REFUSED)
    return Counter(ties.values_list("attempt_id", flat=True))
