"""A recording is taken in chunk by chunk, whatever the line does to it."""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest
from factories import MOMENT, make_user
from pytest_django import Settings
from recordings.sending import Tape, begin
from recordings.taken import case, checked, entries, me, recorded, seconds

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.evidence.models import Entry
from carrears.outreach.calls import book_call
from carrears.parties.erasing import erase_person
from carrears.recordings import services
from carrears.recordings.closing import close_silent
from carrears.recordings.models import Chunk, Kind, Recording
from carrears.recordings.services import (
    NotAsToldError,
    OutOfPlaceError,
    RecordingError,
    TooLongError,
    append,
    finish,
)

__all__ = ["case", "me"]  # fixtures
pytestmark = pytest.mark.django_db


def test_a_recording_is_kept_sealed_chained_and_vouched_for(case: Case, me: User) -> None:
    tape = Tape()
    recorded(tape, case, me, "first", "second")
    ended = finish(tape.token, count=2, head=tape.head, reason="left", by=me, at=seconds(5))

    assert (ended.state, ended.chunk_count, ended.duration_ms) == ("ended", 2, 2000)
    assert bytes(ended.head) == tape.head
    sealed = b"".join(bytes(one.sealed) for one in Chunk.objects.all())
    assert b"first" not in sealed
    assert b"from" not in sealed
    [started], [end] = entries("started"), entries("ended")
    assert started == {"recording": str(tape.token), "what": "screen", "page": "case"}
    assert (end["chunks"], end["head"], end["reason"]) == (2, tape.head.hex(), "left")
    found = checked(tape)
    assert (found.faults, found.chunks, found.vouched) == ((), 2, 2)
    assert Entry.objects.get(kind="recording.ended").subject == "A-03"


def test_what_is_sent_again_is_taken_once(case: Case, me: User) -> None:
    tape = Tape()
    begin(tape, case, me)
    sent = tape.add("once")
    for _ in range(3):
        begin(tape, case, me)
        assert append(tape.token, sent, by=me, at=MOMENT).chunk_count == 1
    for _ in range(2):
        finish(tape.token, count=1, head=tape.head, reason="left", by=me, at=MOMENT)
    append(tape.token, sent, by=me, at=MOMENT)  # its answer was lost, and the page is gone

    assert (Chunk.objects.count(), len(entries("started")), len(entries("ended"))) == (1, 1, 1)


def test_a_gap_is_refused_and_says_what_is_wanted(case: Case, me: User) -> None:
    tape = Tape()
    begin(tape, case, me)
    first, second, third = (tape.add(text) for text in "abc")
    append(tape.token, first, by=me, at=MOMENT)

    with pytest.raises(OutOfPlaceError) as refused:
        append(tape.token, third, by=me, at=MOMENT)
    assert (refused.value.wanted, refused.value.head) == (1, tape.links[0])
    with pytest.raises(OutOfPlaceError):
        finish(tape.token, count=3, head=tape.head, reason="left", by=me, at=MOMENT)
    for late in (second, third):
        append(tape.token, late, by=me, at=MOMENT)
    finish(tape.token, count=3, head=tape.head, reason="left", by=me, at=MOMENT)
    assert checked(tape).faults == ()


def test_a_recording_becomes_so_large(case: Case, me: User, settings: Settings) -> None:
    settings.RECORDING_MB = 1
    tape = Tape()
    begin(tape, case, me)
    first, much, little = tape.add("x" * 900_000), tape.add("x" * 200_000), tape.add("end")
    append(tape.token, first, by=me, at=MOMENT)

    for _ in range(2):
        with pytest.raises(TooLongError, match="at most 1 MB"):
            append(tape.token, much, by=me, at=MOMENT)

    assert append(tape.token, first, by=me, at=MOMENT).chunk_count == 1  # here already
    with pytest.raises(OutOfPlaceError):
        append(tape.token, little, by=me, at=MOMENT)
    assert Chunk.objects.count() == 1
    close_silent(at=seconds(16 * 60))
    assert (checked(tape).faults, checked(tape).chunks) == ((), 1)


def test_what_is_not_as_told_is_refused_and_kept_in_mind(case: Case, me: User) -> None:
    tape = Tape()
    begin(tape, case, me)
    sent = tape.add("what was captured")
    altered = replace(sent, frame=sent.frame + b"!")
    with pytest.raises(NotAsToldError):
        append(tape.token, altered, by=me, at=MOMENT)
    append(tape.token, sent, by=me, at=MOMENT)
    other = Tape(token=tape.token).add("something else")
    with pytest.raises(NotAsToldError):
        append(tape.token, other, by=me, at=MOMENT)
    with pytest.raises(OutOfPlaceError):  # follows from another chain
        append(tape.token, replace(other, seq=1), by=me, at=MOMENT)
    with pytest.raises(NotAsToldError):
        finish(tape.token, count=1, head=bytes(32), reason="left", by=me, at=MOMENT)

    for _ in range(2):
        services.keep_conflict(tape.token, other, by=me, at=MOMENT)
    [conflict] = entries("conflict")
    assert (conflict["chunk"], conflict["told"]) == (0, other.sha256.hex())
    assert checked(tape).faults == ()


def test_nobody_adds_to_what_is_anothers(case: Case, me: User) -> None:
    tape = Tape()
    begin(tape, case, me)
    thief = make_user(role="collector", username="thief")

    with pytest.raises(Recording.DoesNotExist):
        append(tape.token, tape.add("mine?"), by=thief, at=MOMENT)
    with pytest.raises(RecordingError):
        begin(tape, case, thief)


def test_silence_closes_and_the_browser_that_comes_back_goes_on(case: Case, me: User) -> None:
    tape = Tape()
    recorded(tape, case, me, "before the crash")
    unsent = tape.add("found in the browser afterwards")

    assert close_silent(at=seconds(60)) == []
    [closed] = close_silent(at=seconds(3600))
    assert (closed.state, closed.reason, closed.ended_at) == ("broken_off", "silent", MOMENT)
    assert (checked(tape).faults, checked(tape).vouched) == ((), 1)
    assert close_silent(at=seconds(3600)) == []

    append(tape.token, unsent, by=me, at=seconds(4000))
    finish(tape.token, count=2, head=tape.head, reason="left", by=me, at=seconds(4001))
    assert [one["chunks"] for one in entries("broken_off") + entries("resumed")] == [1, 2]
    assert (checked(tape).faults, checked(tape).vouched) == ((), 2)
    assert Recording.objects.get(pk=tape.token).state == "ended"
    with pytest.raises(RecordingError):
        append(tape.token, tape.add("after its end"), by=me, at=seconds(4002))


def test_what_arrived_is_vouched_for_within_a_minute(case: Case, me: User) -> None:
    tape = Tape()
    begin(tape, case, me)
    for number in range(130):
        append(tape.token, tape.add(str(number)), by=me, at=seconds(number))

    assert [one["chunks"] for one in entries("portion")] == [61, 121]
    assert checked(tape).vouched == 121


def test_a_call_is_recorded_by_who_makes_it(case: Case, me: User) -> None:
    assert case.party is not None
    attempt = book_call(case, party=case.party, key="call-1", by=me)
    tape = Tape(kind=Kind.AUDIO)
    other = make_user(role="collector", username="other")
    with pytest.raises(RecordingError):
        begin(tape, case, other, attempt=attempt)
    with pytest.raises(RecordingError):
        begin(tape, case, me)

    begin(tape, case, me, attempt=attempt)
    append(tape.token, tape.add("sound", peaks=b"\0\x40\xff"), by=me, at=MOMENT)
    assert list(attempt.recordings.all()) == [Recording.objects.get()]
    assert [one["attempt"] for one in entries("tied")] == [attempt.key]
    assert bytes(Chunk.objects.get().peaks) == b"\0\x40\xff"
    assert checked(tape).faults == ()


def test_a_contact_is_tied_to_the_screen_on_which_it_was_made(case: Case, me: User) -> None:
    assert case.party is not None
    tape, before = Tape(), Tape()
    begin(before, case, me)
    finish(before.token, count=0, head=before.head, reason="left", by=me, at=MOMENT)
    begin(tape, case, me)
    attempt = book_call(case, party=case.party, key="call-1", by=me)

    for _ in range(2):
        assert services.tie_open_screens(attempt, by=me, at=seconds(7)) == 1
    assert [str(one.token) for one in attempt.recordings.all()] == [str(tape.token)]
    assert attempt.recording_ties.get().at_ms == 7000


def test_a_recording_that_could_not_begin_is_kept_with_its_reason(case: Case, me: User) -> None:
    assert case.party is not None
    attempt = book_call(case, party=case.party, key="call-1", by=me)
    told = services.Beginning(
        token=uuid.uuid4(), kind=Kind.AUDIO, case=case, started_at=MOMENT, attempt=attempt
    )
    made = services.refuse(told, reason="denied", by=me, at=MOMENT)

    assert (made.state, made.reason) == ("refused", "denied")
    assert [one["reason"] for one in entries("refused")] == ["denied"]
    with pytest.raises(RecordingError):
        append(told.token, Tape().add("x"), by=me, at=MOMENT)
    with pytest.raises(RecordingError):
        services.refuse(replace(told, token=uuid.uuid4()), reason="tired", by=me, at=MOMENT)


def test_erasing_the_person_erases_what_was_recorded_and_the_chain_still_holds(
    case: Case, me: User
) -> None:
    assert case.party is not None
    tape = Tape()
    recorded(tape, case, me, "what he said")
    erase_person(case.party, by=None, at=MOMENT)

    found = checked(tape)
    assert (found.erased, found.chunks, found.faults) == (True, 1, ())
