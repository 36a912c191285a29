"""Notes are records: kept whatever they say, and flagged."""

from __future__ import annotations

import json

import pytest
from factories import MOMENT, make_case, make_user

from carrears.casework.services import CaseworkError
from carrears.casework.words import text_of
from carrears.conduct.notes import keep_note
from carrears.conduct.pack import load_pack
from carrears.conduct.spoken import title_of, word_rule
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db


def test_a_note_is_kept_and_its_words_are_flagged() -> None:
    said = "客户喊：你们这帮骗子！我回：不还钱让你坐牢。"
    note = keep_note(make_case(), text=said, by=make_user(role="collector"), at=MOMENT)
    assert (text_of(note), note.data["words"]) == (
        said,
        ["CN-WORDS/insult", "CN-WORDS/threat_of_arrest"],
    )
    told = json.loads(Entry.objects.get(kind="case.note").payload)
    assert told["words"] == note.data["words"]
    assert said not in json.dumps(told, ensure_ascii=False)


def test_an_ordinary_note_has_no_flag() -> None:
    note = keep_note(make_case(), text="约定周五还款", by=make_user(role="collector"), at=MOMENT)
    assert (text_of(note), note.data) == ("约定周五还款", {"text": ""})


def test_an_empty_note_is_no_note() -> None:
    with pytest.raises(CaseworkError, match="a note needs words"):
        keep_note(make_case(), text=" ", by=make_user(role="collector"), at=MOMENT)


def test_a_rule_of_words_is_told_by_its_title() -> None:
    title = title_of(word_rule(load_pack("cn"), "insult"))
    assert title is not None
    assert (title.zh, title.en) == ("侮辱人格", "It insults")
    assert title_of("CN-WORDS/nonsense") is None
    assert title_of("XX-WORDS/insult") is None
