"""Words on a timeline lie sealed: the rows alone tell nobody what was said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from factories import make_case, make_user

from carrears.casework.late_sealing import seal_timelines
from carrears.casework.models import CaseEvent, Move
from carrears.casework.moves import moved_key, reasons_of
from carrears.casework.services import add_note, tell
from carrears.casework.words import text_of, texts_of
from carrears.conduct.models import FlaggedNote
from carrears.conduct.notes import comments_on
from carrears.evidence.models import Entry
from carrears.parties.erasing import erase_person
from carrears.parties.late_sealing import ClearColumn, seal_column
from carrears.parties.models import SealedWords
from carrears.parties.words import commit_words, words_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 6, 30, 2, tzinfo=UTC)
SAID = "赵试一的母亲 13812341234 说下周还"


def test_a_note_is_sealed_and_read_again() -> None:
    note = add_note(make_case(), text=SAID, by=make_user(), at=AT)

    assert (note.data, text_of(note)) == ({"text": ""}, SAID)
    assert SAID.encode() not in bytes(note.text_sealed)
    assert "text_commitment" in Entry.objects.get(kind="case.note").payload


def test_a_page_of_notes_reads_the_keys_once() -> None:
    case, by = make_case(), make_user()
    notes = [add_note(case, text=f"{SAID} {n}", by=by, at=AT) for n in range(40)]

    with CaptureQueriesContext(connection) as asked:
        texts = texts_of(notes)

    assert texts == {note.pk: f"{SAID} {n}" for n, note in enumerate(notes)}
    assert len(asked) == 2


def test_of_somebody_erased_nothing_is_kept() -> None:
    case, by = make_case(), make_user()
    before = add_note(case, text=SAID, by=by, at=AT)
    assert case.party is not None
    erase_person(case.party, by=by, at=AT)

    after = add_note(case, text="again", by=by, at=AT)

    assert (text_of(before), text_of(after)) == ("", "")
    assert (after.data, after.text_sealed) == ({"erased": True}, None)


def test_a_case_without_a_person_is_sealed_by_the_house() -> None:
    note = add_note(make_case(name=""), text=SAID, by=make_user(), at=AT)
    assert (note.data, text_of(note)) == ({"text": ""}, SAID)


def test_words_are_kept_once_beside_an_entry_and_go_with_the_person() -> None:
    case = make_case()
    first = commit_words("k", {"reason": SAID, "empty": ""}, party=case.party_id)
    assert list(first) == ["reason_commitment"]
    assert commit_words("k", {"reason": SAID}, party=case.party_id) == first
    commit_words("house", {"reason": "quiet"}, party=None)
    assert words_of(["k", "house", "other"]) == {"k": SAID, "house": "quiet"}
    assert case.party is not None

    erase_person(case.party, by=make_user(), at=AT)

    assert words_of(["k", "house"]) == {"house": "quiet"}
    assert SealedWords.objects.filter(party=case.party).exists()


def test_what_an_older_release_wrote_is_sealed_afterwards() -> None:
    case, by = make_case(), make_user()
    note = CaseEvent.objects.create(
        case=case, key="n", happened_at=AT, kind="note", data={"text": SAID, "means": ["other"]}
    )
    moved = CaseEvent.objects.create(
        case=case, key="m", happened_at=AT, kind="assigned", data={"to": "li", "reason": SAID}
    )
    by_rule = CaseEvent.objects.create(
        case=case, key="r", happened_at=AT, kind="recalled", data={"reason": "paid"}
    )
    tell(case, "follow_up", at=AT, by=by, data={"follow_up_on": "2026-07-01"}, key="f")
    case.follow_up_why = {"by": "li", "reason": SAID}
    case.save()
    assert text_of(note) == SAID  # while the old release still works

    assert (seal_timelines(), seal_timelines()) == (2, 0)

    for one in (note, moved, by_rule, case):
        one.refresh_from_db()
    assert (note.data, text_of(note)) == ({"text": "", "means": ["other"]}, SAID)
    assert (moved.data, text_of(moved)) == ({"text": "", "to": "li"}, SAID)
    assert (by_rule.data, by_rule.text_sealed) == ({"reason": "paid"}, None)
    assert case.follow_up_why == {"by": "li", "line": "f"}


def test_clear_columns_are_moved_in_portions_and_once() -> None:
    case, by = make_case(), make_user()
    moves = [Move.objects.create(way="pool", reason=f"{SAID} {n}", by=by, at=AT) for n in range(3)]
    assert reasons_of(moves)[moves[0].pk] == f"{SAID} 0"
    wanted = ClearColumn(
        table="casework_move", column="reason", key="'casework.cases.moved:' || t.id"
    )

    assert (seal_column(wanted), seal_column(wanted)) == (3, 0)

    assert set(Move.objects.values_list("reason", flat=True)) == {""}
    assert reasons_of(moves) == {one.pk: f"{SAID} {n}" for n, one in enumerate(moves)}
    assert words_of([moved_key(moves[1])]) == {moved_key(moves[1]): f"{SAID} 1"}
    note = add_note(case, text=SAID, by=by, at=AT)
    flagged = FlaggedNote.objects.create(note=note, comment="old")
    assert comments_on([flagged]) == {flagged.pk: "old"}
