"""What an older release kept in clear is sealed by the migration that runs after, and is read."""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import LazySettings
from dumped import NAME, read_in_clear, typed
from factories import DAY, MOMENT, make_case, make_user

from carrears.access.models import Organisation
from carrears.agencies.approving import refusals_of
from carrears.agencies.models import Placing
from carrears.alerts.night_signs import person_keys
from carrears.casework.models import CaseEvent, Move, Placement
from carrears.casework.moves import reasons_of
from carrears.casework.placements import recall_words
from carrears.casework.words import text_of
from carrears.conduct.models import DoNotContact, FlaggedNote
from carrears.conduct.notes import comments_on
from carrears.conduct.services import put_bar_words
from carrears.evidence.services import record
from carrears.outreach.models import Attempt, Delivery
from carrears.outreach.sending import SAID_BY_HAND
from carrears.outreach.services import contact
from carrears.parties.damaged import DamagedKeyError
from carrears.parties.erasing import erase_person
from carrears.parties.models import Correction, DamagedKey, Party
from carrears.parties.words import commit_words, words_of
from carrears.recordings.models import Playback, Recording
from carrears.recordings.playing import notes_of
from carrears.rights.late_sealing import seal_set_aside

pytestmark = pytest.mark.django_db
_MIGRATION = import_module("carrears.rights.migrations.0003_after_seal_words")
_LATER = MOMENT + timedelta(days=2)


def seal() -> None:
    _MIGRATION._seal(None, None)


def test_an_old_house_is_sealed_and_reads_what_it_said() -> None:
    case, by = make_case(), make_user()
    assert case.party is not None
    note = CaseEvent.objects.create(
        case=case, key="n", happened_at=MOMENT, kind="note", data={"text": typed("note")}
    )
    flagged = FlaggedNote.objects.create(note=note, comment=typed("comment"))
    move = Move.objects.create(way="pool", reason=typed("move"), by=by, at=MOMENT)
    agency = Organisation.objects.create(key="A", name="A", kind="agency")
    placed = Placement.objects.create(
        obligor_no=case.party.party_no, agency=agency, from_on=DAY, until_on=DAY, placed_at=MOMENT,
        recalled_at=MOMENT, recall_reason=typed("recall"),
    )  # fmt: skip
    by_rule = Placement.objects.create(
        obligor_no="other", agency=agency, from_on=DAY, until_on=DAY, placed_at=MOMENT,
        recalled_at=MOMENT, recall_reason="paid",
    )  # fmt: skip
    bar = DoNotContact.objects.create(
        party=case.party, reason=typed("bar"), from_on=DAY, lifted_at=MOMENT,
        lift_reason=typed("lifted"),
    )  # fmt: skip
    own = DoNotContact.objects.create(party=case.party, reason="appeal", from_on=DAY)
    recording = Recording.objects.create(
        token="0" * 32, kind="screen", case=case, staff=by, started_at=MOMENT, received_at=MOMENT,
        last_at=MOMENT, told_at=MOMENT, head=b"", sealed_key=b"",
    )  # fmt: skip
    played = Playback.objects.create(
        recording=recording, by=by, at=MOMENT, why="quality", note=typed("note")
    )
    corrected = Correction.objects.create(
        party=case.party, kind="name", before_sealed=b"", after_sealed=b"", reason=typed("why"),
        at=MOMENT,
    )  # fmt: skip
    Party.objects.filter(pk=case.party.pk).update(erase_reason=typed("his word"))
    refused = Placing.objects.create(
        first_on=DAY, rules_from=DAY - timedelta(days=1), state="refused", made_at=MOMENT,
        decided_at=MOMENT, reason=typed("refused"),
    )  # fmt: skip
    assert read_in_clear(NAME) != []

    seal()
    seal()

    assert read_in_clear(NAME) == []
    for row in (note, flagged, move, placed, by_rule, bar, own, played, corrected, refused):
        row.refresh_from_db()
    assert text_of(note) == typed("note")
    assert comments_on([flagged]) == {flagged.pk: typed("comment")}
    assert reasons_of([move]) == {move.pk: typed("move")}
    assert recall_words([placed, by_rule]) == {placed.pk: typed("recall")}
    assert (placed.recall_reason, by_rule.recall_reason) == ("by_hand", "paid")
    assert [(one.reason, one.lift_reason) for one in put_bar_words([bar, own])] == [
        (typed("bar"), typed("lifted")),
        ("appeal", ""),
    ]
    assert notes_of([played]) == {played.pk: typed("note")}
    assert words_of([f"corrected:{corrected.pk}"]).popitem()[1] == typed("why")
    assert words_of([f"erased:{case.party.pk}"]).popitem()[1] == typed("his word")
    assert refusals_of([refused]) == {refused.pk: typed("refused")}


def test_what_was_typed_of_an_uncertain_message_is_sealed_and_gateways_words_stay(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.MAIL_DIR = tmp_path / "mail"
    case, by = make_case(), make_user(role="collector")
    assert case.party is not None
    for key, state, error in (("k1", "accepted", typed("he has it")), ("k2", "failed", "550 no")):
        sent = contact(case, party=case.party, template="reminder", by=by, key=key)
        Delivery.objects.filter(attempt=sent).update(state=state, error=error, settled_at=MOMENT)
        Attempt.objects.filter(pk=sent.pk).update(error=error)
    first, second = Attempt.objects.order_by("pk")
    settled, refused = f"delivery:{first.key}:accepted", f"delivery:{second.key}:failed"
    record(
        "message.accepted", subject=case.loan_no, actor="wei", key=settled,
        payload={"error": typed("he has it"), "reason": typed("he has it")}, occurred_at=MOMENT,
    )  # fmt: skip

    seal()
    seal()

    for rows in (Delivery, Attempt):
        assert list(rows.objects.order_by("pk").values_list("error", flat=True)) == [
            SAID_BY_HAND,
            "550 no",
        ]
    assert words_of([settled, refused]) == {settled: typed("he has it")}


def test_one_damaged_key_stops_nobody_else_and_is_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Lines and a column, so that both ways of sealing pass by the damaged one."""
    cases = [make_case(loan_no=f"A-0{one}") for one in range(3)]
    people = [one.party for one in cases if one.party is not None]
    notes = [
        CaseEvent.objects.create(
            case=one, key=one.loan_no, happened_at=MOMENT, kind="note", data={"text": typed("note")}
        )
        for one in cases
    ]
    bars = [
        DoNotContact.objects.create(party=one, reason=typed("bar"), from_on=DAY) for one in people
    ]
    hurt = people[1]
    whole = bytes(hurt.wrapped_key or b"")
    damage(hurt, whole[:-1] + bytes([whole[-1] ^ 1]))

    seal()
    seal()

    assert DamagedKey.objects.get().party_id == hurt.pk
    assert str(hurt.pk) in caplog.text
    for row in (*notes, *bars):
        row.refresh_from_db()
    assert [one.data["text"] for one in notes] == ["", typed("note"), ""]
    assert [one.reason for one in bars] == ["by_hand", typed("bar"), "by_hand"]
    assert text_of(notes[2]) == typed("note")
    figures = person_keys(None, _LATER)  # type: ignore[arg-type]
    assert figures is not None
    assert figures["people"] == 1
    assert seal_set_aside(at=_LATER) == 0
    assert DamagedKey.objects.get().tried_at == _LATER

    damage(hurt, whole)
    assert seal_set_aside(at=_LATER) == 1

    assert read_in_clear(NAME) == []
    notes[1].refresh_from_db()
    bars[1].refresh_from_db()
    assert text_of(notes[1]) == typed("note")
    assert put_bar_words([bars[1]])[0].reason == typed("bar")
    assert person_keys(None, _LATER) is None  # type: ignore[arg-type]
    assert seal_set_aside(at=_LATER) == 0


def test_who_is_erased_meanwhile_is_set_aside_no_more() -> None:
    case = make_case()
    assert case.party is not None
    bar = DoNotContact.objects.create(party=case.party, reason=typed("bar"), from_on=DAY)
    damage(case.party, b"\0" * 64)
    seal()
    erase_person(case.party, by=None, at=MOMENT)

    assert seal_set_aside(at=_LATER) == 1

    assert not DamagedKey.objects.exists()
    assert read_in_clear(NAME) == []
    bar.refresh_from_db()
    assert bar.reason == "by_hand"


def test_words_of_whose_key_is_damaged_are_not_read_and_none_are_written() -> None:
    first, second = make_case(loan_no="A-01"), make_case(loan_no="A-02")
    assert first.party is not None
    assert second.party is not None
    for one in (first, second):
        commit_words(f"k-{one.loan_no}", {"reason": typed("why")}, party=one.party_id)
    damage(first.party, b"\0" * 64)

    assert words_of(["k-A-01", "k-A-02"]) == {"k-A-02": typed("why")}
    with pytest.raises(DamagedKeyError, match=str(first.party.pk)):
        commit_words("k-3", {"reason": typed("why")}, party=first.party_id)


def damage(party: Party, wrapped: bytes) -> None:
    Party.objects.filter(pk=party.pk).update(wrapped_key=wrapped)
