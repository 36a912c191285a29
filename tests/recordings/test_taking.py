"""A recording is taken in chunk by chunk, whatever the line does to it."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import MOMENT, make_case, make_user
from pytest_django import Settings
from recordings.sending import Tape, begin
from typer.testing import CliRunner

from carrears.access.models import User
from carrears.alerts.night_signs import evidence_check
from carrears.casework.models import Case
from carrears.cli.recordings import recordings as commands
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.evidence.nights import NIGHTS, Share
from carrears.outreach.calls import book_call
from carrears.parties.erasing import erase_person
from carrears.recordings import services
from carrears.recordings.chain import first_link
from carrears.recordings.checking import Checked, check_all, check_recording, check_share
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

pytestmark = pytest.mark.django_db


@pytest.fixture
def me() -> User:
    return make_user(role="collector")


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


def seconds(number: float) -> Any:
    return MOMENT + timedelta(seconds=number)


def entries(kind: str) -> list[dict[str, Any]]:
    found = Entry.objects.filter(kind=f"recording.{kind}").order_by("pk")
    return [json.loads(entry.payload) for entry in found]


def recorded(tape: Tape, case: Case, me: User, *texts: str) -> Recording:
    begin(tape, case, me)
    for number, text in enumerate(texts):
        append(tape.token, tape.add(text), by=me, at=seconds(number))
    return Recording.objects.get(pk=tape.token)


def checked(tape: Tape) -> Checked:
    return check_recording(Recording.objects.get(pk=tape.token))


def by_force(statement: str, *values: Any) -> None:
    """What only a superuser can do: past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("set local session_replication_role = origin")


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


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (
            "update recordings_chunk set sealed = set_byte(sealed, 30, 0) where seq = 1",
            "chunk 1: altered, or sealed for another place",
        ),
        (
            "update recordings_chunk set sealed = substr(sealed, 1, 30) where seq = 1",
            "chunk 1: altered, or sealed for another place",
        ),
        ("delete from recordings_chunk where seq = 1", "chunk 1 is missing"),
        ("delete from recordings_chunk where seq > 0", "chunks 1–2 are missing"),
        (
            "update recordings_chunk set peaks = '\\x00' where seq = 2",
            "chunk 2: times or waveform are not those of its frame",
        ),
    ],
)
def test_what_is_done_to_the_rows_is_found(
    case: Case, me: User, statement: str, fault: str
) -> None:
    tape = Tape()
    recorded(tape, case, me, "one", "two", "three")
    finish(tape.token, count=3, head=tape.head, reason="left", by=me, at=seconds(9))

    by_force(statement)
    assert fault in checked(tape).faults


def test_a_tail_that_was_cut_with_its_count_contradicts_the_log(case: Case, me: User) -> None:
    tape = Tape()
    recorded(tape, case, me, "one", "two", "three")
    finish(tape.token, count=3, head=tape.head, reason="left", by=me, at=seconds(9))

    by_force("delete from recordings_chunk where seq = 2")
    by_force("update recordings_recording set chunk_count = 2, told_count = 2, head = %s",
             tape.links[1])  # fmt: skip
    assert checked(tape).faults == ("the evidence log vouches for 3 chunks; they are not all here",)


def test_a_recording_that_was_taken_away_whole_is_missing(case: Case, me: User) -> None:
    tape, other = Tape(), Tape()
    recorded(tape, case, me, "one")
    recorded(other, case, me, "one")
    finish(other.token, count=1, head=other.head, reason="left", by=me, at=seconds(9))
    by_force("delete from recordings_chunk where recording_id = %s", tape.token)
    by_force("delete from recordings_recording where token = %s", tape.token)

    nights = [check_share(Share(nth), at=MOMENT + timedelta(days=9 + nth)) for nth in range(NIGHTS)]
    assert sum(len(one.checked) for one in nights) == 1
    assert [one.missing for one in nights if not one.ok] == [(str(tape.token),)]
    told = [json.loads(one.payload) for one in Entry.objects.filter(kind="recording.checked")]
    assert sum(one["fault_count"] for one in told) == 1

    report = check_all()
    assert (report.missing, [one.faults for one in report.checked]) == ((str(tape.token),), [()])
    assert not report.ok
    assert check_all(tokens=[str(other.token)]).ok
    with pytest.raises(ValueError, match="no such recording"):
        check_all(tokens=[str(uuid.uuid4())])


def test_what_came_while_it_was_checked_is_no_fault(case: Case, me: User) -> None:
    tape = Tape()
    read_before = recorded(tape, case, me, "one")
    append(tape.token, tape.add("two"), by=me, at=seconds(2))
    found = check_recording(read_before)
    assert (found.faults, found.chunks) == ((), 2)
    assert check_share(Share(tape.token.int % NIGHTS), at=seconds(3)).checked == ()  # still open


def test_a_check_of_all_ends_what_was_amiss(case: Case, me: User) -> None:
    tape = Tape()
    recorded(tape, case, me, "one")
    finish(tape.token, count=1, head=tape.head, reason="left", by=me, at=seconds(9))
    by_force("update recordings_chunk set peaks = '\\x00'")
    check_share(Share(tape.token.int % NIGHTS), at=now())
    assert evidence_check(None, now()) == {  # type: ignore[arg-type]
        "objects": 0, "recordings": 1, "days": 0,
    }  # fmt: skip
    assert CliRunner().invoke(commands, ["verify"]).exit_code == 2
    by_force("update recordings_chunk set peaks = ''")
    assert CliRunner().invoke(commands, ["verify", str(tape.token)]).exit_code == 0
    assert evidence_check(None, now()) is not None  # type: ignore[arg-type]
    assert CliRunner().invoke(commands, ["verify"]).exit_code == 0
    assert evidence_check(None, now()) is None  # type: ignore[arg-type]


def test_each_recording_is_checked_in_the_night_of_its_share(case: Case, me: User) -> None:
    common: dict[str, Any] = {
        "kind": "screen", "case": case, "staff": me, "state": "ended", "started_at": MOMENT,
        "received_at": MOMENT, "last_at": MOMENT, "told_at": MOMENT, "sealed_key": b"",
    }  # fmt: skip
    tokens = [uuid.uuid4() for _ in range(58)] + [uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)]
    Recording.objects.bulk_create(
        Recording(token=token, head=first_link(token, "screen"), **common) for token in tokens
    )
    for nth in range(NIGHTS):
        found = check_share(Share(nth), at=MOMENT + timedelta(days=9 + nth)).checked
        assert {one.recording.token for one in found} == {
            token for token in tokens if token.int % NIGHTS == nth
        }
    assert len(check_share(Share(0), at=MOMENT + timedelta(days=1)).checked) == len(tokens)


def test_the_log_is_asked_by_the_loan_that_a_recording_began_under(case: Case, me: User) -> None:
    tape = Tape()
    recorded(tape, case, me, "one")
    finish(tape.token, count=1, head=tape.head, reason="left", by=me, at=seconds(9))
    with CaptureQueriesContext(connection) as asked:
        assert checked(tape).faults == ()
    of_log = [one["sql"] for one in asked if '"evidence_entry"' in one["sql"]]
    assert of_log
    # A prefix of a key is found by no index in most collations.
    assert [sql for sql in of_log if '"subject" =' not in sql and '"key" IN' not in sql] == []

    other = make_case(loan_no="A-77")
    by_force("update recordings_recording set case_id = %s", other.pk)
    found = checked(tape)
    assert (found.faults, found.vouched) == (("the evidence log says of another loan",), 1)


@pytest.mark.parametrize(
    "statement",
    [
        "update recordings_chunk set size = 1",
        "delete from recordings_chunk",
        "delete from recordings_recordedcontact; delete from recordings_recording",
        "update recordings_recording set state = 'open'",
        "update recordings_recording set started_at = now()",
        "update recordings_recording set chunk_count = 0, told_count = 0",
    ],
)
def test_the_database_keeps_what_was_taken(case: Case, me: User, statement: str) -> None:
    tape = Tape()
    recorded(tape, case, me, "one")
    finish(tape.token, count=1, head=tape.head, reason="left", by=me, at=seconds(9))

    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_erasing_the_person_erases_what_was_recorded_and_the_chain_still_holds(
    case: Case, me: User
) -> None:
    assert case.party is not None
    tape = Tape()
    recorded(tape, case, me, "what he said")
    erase_person(case.party, by=None, at=MOMENT)

    found = checked(tape)
    assert (found.erased, found.chunks, found.faults) == (True, 1, ())
