"""What is done to a recording once it is taken is found, whoever did it."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from factories import MOMENT, make_case
from recordings.sending import Tape
from recordings.taken import case, checked, me, recorded, seconds
from typer.testing import CliRunner

from carrears.access.models import User
from carrears.alerts.night_signs import evidence_check
from carrears.casework.models import Case
from carrears.cli.recordings import recordings as commands
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.evidence.nights import NIGHTS, Share
from carrears.recordings.chain import first_link
from carrears.recordings.checking import check_all, check_recording, check_share
from carrears.recordings.models import Recording
from carrears.recordings.services import append, finish

__all__ = ["case", "me"]  # fixtures
pytestmark = pytest.mark.django_db


def by_force(statement: str, *values: Any) -> None:
    """What only a superuser can do: past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement, values)
        cursor.execute("set local session_replication_role = origin")


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
