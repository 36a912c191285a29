"""Notes of staff, read for words that no one may say, and what a second person thinks of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from carrears.access.models import User
from carrears.casework.mentions import mentioned_in
from carrears.casework.models import Case, CaseEvent
from carrears.casework.services import note_line, tell_many, write_note
from carrears.clock import now
from carrears.conduct.models import FlaggedNote, NoteOutcome
from carrears.conduct.pack import load_pack
from carrears.conduct.services import ConductError
from carrears.conduct.spoken import word_rule
from carrears.conduct.wording import find_forbidden
from carrears.evidence.services import record
from carrears.notices.models import NoticeKind
from carrears.notices.services import Told, notify
from carrears.parties.words import commit_words, words_of


@transaction.atomic
def keep_note(case: Case, *, text: str, by: User, at: datetime, strict: bool = False) -> CaseEvent:
    """Keep a note, whatever it says; what a message could not say is flagged for review.

    A note is a record: it may quote what a debtor shouted. So nothing of it is refused, and the
    rules that object stand with it and in the evidence. Colleagues whom it names by ``@`` are
    told of it; with ``strict`` one who may not see the case is refused rather than passed over.

    Raises:
        MentionError: it names one who may not see the case.
        CaseworkError: an empty note.
        PackError: the jurisdiction's list of words cannot be used.
    """
    people = mentioned_in(text, case, by=by, strict=strict)
    return _put(case, text=text, words=_words(text, case), people=people, by=by, at=at)


@dataclass(frozen=True, slots=True)
class Written:
    """A note to be kept with others."""

    case: Case
    text: str
    at: datetime


def keep_notes(notes: Iterable[Written], *, by: User) -> None:
    """The same for many notes, as part of the caller's transaction; plain ones in one statement.

    Raises:
        CaseworkError, PackError: as ``keep_note``.
    """
    plain = []
    for one in notes:
        words = _words(one.text, one.case)
        people = mentioned_in(one.text, one.case, by=by, strict=False)
        if words or people:
            _put(one.case, text=one.text, words=words, people=people, by=by, at=one.at)
        else:
            plain.append(note_line(one.case, text=one.text, by=by, at=one.at))
    tell_many(plain)


def _words(text: str, case: Case) -> tuple[str, ...]:
    """The rules that object to the words."""
    pack = load_pack(case.jurisdiction)
    found = find_forbidden(text, pack)
    return tuple(dict.fromkeys(word_rule(pack, each.id) for each in found))


def _put(
    case: Case, *, text: str, words: Sequence[str], people: Sequence[User], by: User, at: datetime
) -> CaseEvent:
    names = [one.get_username() for one in people]
    note = write_note(case, text=text, words=words, mentions=names, by=by, at=at)
    if words:
        FlaggedNote.objects.create(note=note)
    key = f"mention:{note.pk}"
    notify(
        [
            Told(user=one.pk, kind=NoticeKind.MENTION, key=key, loan_no=case.loan_no)
            for one in people
        ],
        at=now(),
        by=by,
    )
    return note


@transaction.atomic
def review_note(
    flagged: FlaggedNote, *, outcome: str, comment: str, by: User, at: datetime
) -> FlaggedNote:
    """Keep what somebody else than its writer makes of a flagged note; it stays as it was.

    Raises:
        ConductError: an unknown outcome, no comment where something has to be done, one's own
            note, or one that was reviewed before.
    """
    if outcome not in NoteOutcome.values:
        raise ConductError(f"unknown outcome {outcome!r}")
    if outcome != NoteOutcome.FINE and not comment.strip():
        raise ConductError("what is to be done has to be said")
    locked = FlaggedNote.objects.select_for_update(of=("self",)).select_related("note__case")
    found = locked.get(pk=flagged.pk)
    if found.outcome:
        raise ConductError("this note was reviewed before")
    if found.note.actor_id == by.pk:
        raise ConductError("a second person has to review a note")
    found.outcome, found.reviewed_by, found.reviewed_at = outcome, by, at
    found.save()
    case, key = found.note.case, _reviewed_key(found)
    # The comment may name somebody: as of notes, the log keeps a commitment.
    said = commit_words(key, {"comment": comment.strip()}, party=case.party_id)
    record(
        "note.reviewed",
        subject=case.loan_no,
        payload={
            "note": found.note.key,
            "outcome": outcome,
            "rules": found.note.data.get("words", []),
            **said,
        },
        actor=by.get_username(),
        key=key,
        occurred_at=at,
    )
    return found


def comments_on(flagged: Iterable[FlaggedNote]) -> dict[int, str]:
    """What reviewers said of these notes, by the numbers of the flags."""
    found = list(flagged)
    said = words_of((_reviewed_key(one) for one in found), "comment")
    return {one.pk: said.get(_reviewed_key(one), one.comment) for one in found}


def _reviewed_key(flagged: FlaggedNote) -> str:
    return f"note-reviewed:{flagged.note.key}"
