"""What others said of a message, without the person whom it went to."""

from __future__ import annotations

from collections.abc import Iterable

from carrears.outreach.models import Attempt
from carrears.parties.queries import open_parties
from carrears.starred import without_person


def said_of(attempt: Attempt, words: str, *, also: Iterable[str] = ()) -> str:
    """``words`` without his name, numbers and addresses, and without those of ``also``."""
    if not words:
        return ""
    person = open_parties([attempt.party_id])[attempt.party_id]
    points = [each.value for each in person.points]
    return without_person(words, name=person.name, reached_at=[*points, *also])
