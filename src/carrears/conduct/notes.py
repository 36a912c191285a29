"""Notes of staff, read for words that no one may say."""

from __future__ import annotations

from datetime import datetime

from carrears.access.models import User
from carrears.casework.models import Case, CaseEvent
from carrears.casework.services import add_note
from carrears.conduct.pack import load_pack
from carrears.conduct.spoken import word_rule
from carrears.conduct.wording import find_forbidden


def keep_note(case: Case, *, text: str, by: User, at: datetime) -> CaseEvent:
    """Keep a note, whatever it says; what a message could not say is flagged for review.

    A note is a record: it may quote what a debtor shouted. So nothing of it is refused, and the
    rules that object stand with it and in the evidence.

    Raises:
        CaseworkError: an empty note.
        PackError: the jurisdiction's list of words cannot be used.
    """
    pack = load_pack(case.jurisdiction)
    found = find_forbidden(text, pack)
    words = tuple(dict.fromkeys(word_rule(pack, each.id) for each in found))
    return add_note(case, text=text, words=words, by=by, at=at)
