"""What is closed goes into the vault, and is what it was: played, checked, kept and erased."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from factories import MOMENT, make_case, make_user
from hypothesis import given
from hypothesis import settings as given_with
from hypothesis import strategies as st
from recordings.sending import Tape, begin

from carrears.access.models import User
from carrears.casework.models import Case
from carrears.evidence.models import Entry
from carrears.evidence.nights import NIGHTS, Share
from carrears.parties.erasing import erase_person
from carrears.recordings.archiving import archive_closed
from carrears.recordings.checking import Checked, check_recording, check_share
from carrears.recordings.closing import close_silent
from carrears.recordings.file_format import BadFileError, Header, read_file, write_file
from carrears.recordings.models import Chunk, Kind, Part, Recording
from carrears.recordings.queries import peaks_of
from carrears.recordings.reading import captured, frames_of
from carrears.recordings.services import append, finish
from carrears.vault.destruction import destroy_expired
from carrears.vault.models import StoredObject
from carrears.vault.places import store_in_use
from carrears.vault.stores import StoreError
from carrears.vault.verification import verify_vault

pytestmark = pytest.mark.django_db
HEADER = Header(recording="r", kind="screen", first=0, chunks=2, previous="00", head="01")


@pytest.fixture(autouse=True)
def _vault(vault: Path) -> None:
    """Every test here has a vault of its own."""


@pytest.fixture
def me() -> User:
    return make_user(role="collector")


@pytest.fixture
def case(me: User) -> Case:
    return make_case(assignee=me)


def recorded(tape: Tape, case: Case, me: User, *texts: str, ended: bool = True) -> Recording:
    begin(tape, case, me)
    for text in texts:
        append(tape.token, tape.add(text, peaks=b"\x01\x02"), by=me, at=MOMENT)
    if ended:
        finish(tape.token, count=len(texts), head=tape.head, reason="left", by=me, at=MOMENT)
    return Recording.objects.get(pk=tape.token)


def checked(tape: Tape) -> Checked:
    return check_recording(Recording.objects.get(pk=tape.token))


def told(kind: str) -> list[dict[str, Any]]:
    found = Entry.objects.filter(kind=kind).order_by("pk")
    return [json.loads(entry.payload) for entry in found]


def by_force(statement: str, *values: Any) -> None:
    """What only a superuser can do: past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("set local session_replication_role = origin")


def test_what_is_closed_is_one_object_and_its_chain_stays(case: Case, me: User) -> None:
    tape, going_on = Tape(), Tape()
    recorded(tape, case, me, "first", "second")
    recorded(going_on, case, me, "still open", ended=False)

    [part] = archive_closed(at=MOMENT).parts
    assert archive_closed(at=MOMENT).parts == []
    stored = StoredObject.objects.get()
    assert (stored.kind, stored.loan_no, stored.party_id) == ("screen", "A-03", case.party_id)
    assert (stored.retained_until, stored.seconds) == (date(2031, 6, 30), 2)
    rows = Chunk.objects.filter(recording=tape.token).order_by("seq")
    assert [(row.sealed, bytes(row.link)) for row in rows] == [(None, one) for one in tape.links]
    assert Chunk.objects.get(recording=going_on.token).sealed is not None
    assert told("recording.stored") == [
        {
            "recording": str(tape.token),
            "what": "screen",
            "object": str(part.stored_id),
            "first": 0,
            "chunks": 2,
            "head": tape.head.hex(),
        }
    ]
    recording = Recording.objects.get(pk=tape.token)
    assert list(captured(recording)) == tape.frames
    assert [frame.body for frame in frames_of(recording)] == [b"first", b"second"]
    assert peaks_of(recording) == b"\x01\x02\x01\x02"
    assert (checked(tape).faults, checked(tape).vouched, checked(tape).chunks) == ((), 2, 2)
    assert verify_vault(opened=True).ok


def test_a_vault_that_is_away_says_nothing_of_recordings(
    case: Case, me: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape()
    recorded(tape, case, me, "first")
    archive_closed(at=MOMENT)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x" * 40)
    settings.VAULT_STORE = "s3://vault/recordings-away?endpoint=http://127.0.0.1:9"
    with pytest.raises(StoreError, match="out of reach"):
        check_share(Share(tape.token.int % NIGHTS), at=MOMENT)
    assert told("recording.checked") == []


def test_what_was_broken_off_and_goes_on_has_a_part_for_the_rest(case: Case, me: User) -> None:
    tape = Tape(kind=Kind.SCREEN)
    recorded(tape, case, me, "before", "the crash", ended=False)
    rest = [tape.add("found"), tape.add("afterwards")]
    close_silent(at=MOMENT + timedelta(hours=1))
    assert [one.count for one in archive_closed(at=MOMENT).parts] == [2]

    later = MOMENT + timedelta(hours=2)
    append(tape.token, rest[0], by=me, at=later)
    half = Recording.objects.get(pk=tape.token)
    assert list(captured(half)) == tape.frames[:3]  # two in the vault, one here
    assert archive_closed(at=later).parts == []
    append(tape.token, rest[1], by=me, at=later)
    finish(tape.token, count=4, head=tape.head, reason="left", by=me, at=later)
    [part] = archive_closed(at=later).parts
    assert (part.first, part.count, bytes(part.previous)) == (2, 2, tape.links[1])
    assert list(captured(Recording.objects.get(pk=tape.token))) == tape.frames
    assert (checked(tape).faults, Part.objects.count()) == ((), 2)


def test_an_altered_chunk_is_not_stored_and_keeps_nothing_else_waiting(
    case: Case, me: User
) -> None:
    tape, other = Tape(), Tape()
    recorded(tape, case, me, "one", "two")
    recorded(other, case, me, "one")
    by_force(
        "update recordings_chunk set sealed = substr(sealed, 1, 30)"
        " where recording_id = %s and seq = 1",
        tape.token,
    )
    outcome = archive_closed(at=MOMENT)
    assert [one.recording_id for one in outcome.parts] == [other.token]
    assert [token for token, _ in outcome.failed] == [tape.token]
    assert Chunk.objects.filter(recording=tape.token, sealed=None).count() == 0
    assert [stored.key for stored in StoredObject.objects.all()] == [f"recording:{other.token}:0"]


def test_what_the_vault_gives_back_altered_stays_in_the_database(
    case: Case, me: User, vault: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tape = Tape()
    recorded(tape, case, me, "one", "two")
    place = type(store_in_use())
    put = place.put

    def failing_disk(self: Any, spooled: Any, *, keep_until: Any) -> None:
        put(self, spooled, keep_until=keep_until)
        [path] = vault.glob("objects/??/*")
        data = bytearray(path.read_bytes())
        data[-1] ^= 1
        path.write_bytes(data)

    monkeypatch.setattr(place, "put", failing_disk)
    outcome = archive_closed(at=MOMENT)
    assert (outcome.parts, len(outcome.failed)) == ([], 1)
    assert list(captured(Recording.objects.get(pk=tape.token))) == tape.frames
    assert told("recording.stored") == []


def test_an_erased_person_is_unreadable_and_the_proof_holds(case: Case, me: User) -> None:
    assert case.party is not None
    tape, late = Tape(), Tape()
    recorded(tape, case, me, "what he said")
    archive_closed(at=MOMENT)
    recorded(late, case, me, "closed, and not in the vault yet")
    erase_person(case.party, by=None, at=MOMENT)

    assert archive_closed(at=MOMENT).failed == []
    for one in (tape, late):
        found = checked(one)
        assert (found.erased, found.destroyed, found.chunks, found.faults) == (True, False, 1, ())
    assert StoredObject.objects.count() == 1


def test_what_is_past_its_time_is_destroyed_and_the_chain_holds(case: Case, me: User) -> None:
    tape = Tape()
    recorded(tape, case, me, "long ago")
    archive_closed(at=MOMENT)
    day = StoredObject.objects.get().retained_until
    assert day is not None
    last = MOMENT + (day - MOMENT.date())
    assert destroy_expired(at=last, by=None, active_days=lambda *_: {}).destroyed == []
    gone = destroy_expired(at=last + timedelta(days=2), by=None, active_days=lambda *_: {})
    assert len(gone.destroyed) == 1

    found = checked(tape)
    assert (found.erased, found.destroyed, found.chunks, found.faults) == (False, True, 1, ())
    assert list(store_in_use().addresses()) == []


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("delete from recordings_chunk where seq = 1", "chunk 1 is missing"),
        (
            "update recordings_part set stored_id = null, stored_at = null",
            "chunk 0 is neither here nor in the vault",
        ),
        (
            "update recordings_part set stored_id = null, stored_at = null",
            "the evidence log says of other objects in the vault",
        ),
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
    archive_closed(at=MOMENT)
    by_force(statement)
    assert fault in checked(tape).faults


def test_what_is_done_to_the_object_is_found(case: Case, me: User, vault: Path) -> None:
    tape = Tape()
    recorded(tape, case, me, "one", "two", "three")
    archive_closed(at=MOMENT)
    [path] = vault.glob("objects/??/*")
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    [altered] = checked(tape).faults
    assert altered.endswith("segment 0 does not open")
    path.unlink()
    [missing] = checked(tape).faults
    assert "in the vault: no object" in missing


@pytest.mark.parametrize(
    "statement",
    [
        "update recordings_chunk set sealed = null where recording_id = %s",  # not in the vault
        "update recordings_recording set archived_count = 0 where token <> %s",
        "update recordings_part set first = 7 where recording_id <> %s",
        "update recordings_part set stored_id = null, stored_at = null where recording_id <> %s",
        "delete from recordings_part where recording_id <> %s",
        "update recordings_chunk set sealed = '\\x00' where recording_id <> %s",
    ],
)
def test_the_database_keeps_what_it_has(case: Case, me: User, statement: str) -> None:
    tape, here = Tape(), Tape()
    recorded(tape, case, me, "one")
    archive_closed(at=MOMENT)
    recorded(here, case, me, "one")
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, [here.token])


@given(st.lists(st.binary(max_size=2000), max_size=5), st.booleans(), st.integers(1, 700))
@given_with(deadline=None)
def test_a_file_gives_back_what_was_written(
    frames: list[bytes],
    compress: bool,  # noqa: FBT001  drawn
    cut: int,
) -> None:
    header = Header(
        recording="r", kind="audio", first=3, chunks=len(frames), previous="00", head="01"
    )
    written = b"".join(write_file(header, frames, compress=compress))
    pieces = (written[at : at + cut] for at in range(0, len(written), cut))
    found, read = read_file(pieces)
    assert (found, list(read)) == (header, frames)


@pytest.mark.parametrize("change", ["cut", "longer", "how", "length", "text", "number", "empty"])
def test_what_is_no_file_is_refused(change: str) -> None:
    written = b"".join(write_file(HEADER, [b"one", b"two"], compress=True))
    begin_of_frames = written.index(b"}\n") + 2
    bad = {
        "cut": written[:-1],
        "longer": written + b"!",
        "how": written[:begin_of_frames] + b"\x07" + written[begin_of_frames + 1 :],
        "length": written[: begin_of_frames + 1] + b"\xff" * 4 + written[begin_of_frames + 5 :],
        "text": written.replace(b'"screen"', b"7"),
        "number": written.replace(b'"first": 0', b'"first": -1'),
        "empty": b"",
    }[change]
    with pytest.raises(BadFileError):
        list(read_file([bad])[1])
