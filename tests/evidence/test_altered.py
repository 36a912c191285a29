"""What was altered in the log is found, and named."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from evidence.logs import TABLES, leaf_of_stored, made, tamper, write

from carrears.evidence.services import (
    LogAlteredError,
    record_many,
    sequence,
    verify_log,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_key")]


@pytest.mark.parametrize(
    "sql",
    [
        "update evidence_entry set payload = '{}' where key = 'case:1'",
        "delete from evidence_entry where key = 'case:1'",
        "update evidence_position set index = 99 where index = 1",
        "delete from evidence_position where index = 1",
        "update evidence_storedcheckpoint set note = ''",
        "delete from evidence_storedcheckpoint",
        "update evidence_storedtile set hashes = ''",
        "update evidence_storedtile set index = 5",
        "delete from evidence_storedtile",
        "delete from evidence_queuedentry",
        "update evidence_queuedentry set entry_id = 0",
        *(f"truncate evidence_{table}" for table in TABLES),
    ],
)
def test_the_application_cannot_alter_the_log(sql: str) -> None:
    write(3)
    record_many([made(9)])

    with (
        pytest.raises(IntegrityError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert verify_log().ok


RESEALED = "update evidence_entry set payload = %s, leaf_hash = %s where key = %s"


def reseal(number: int) -> None:
    """Alter an entry and make its stored leaf hash fit, as one who knows the code would."""
    tamper("update evidence_entry set payload = '{\"case\":0}' where key = %s", f"case:{number}")
    hashed = leaf_of_stored(f"case:{number}")
    tamper("update evidence_entry set leaf_hash = %s where key = %s", hashed, f"case:{number}")


@pytest.mark.parametrize(
    ("sql", "first", "reason"),
    [
        ("update evidence_entry set payload = '{}' where key = 'case:444'", 444, "altered"),
        ("update evidence_entry set subject = 'x' where key = 'case:444'", 444, "altered"),
        ("update evidence_entry set actor = 'x' where key = 'case:444'", 444, "altered"),
        (
            (
                "update evidence_entry set occurred_at = occurred_at - interval '1 microsecond'"
                " where key = 'case:444'"
            ),
            444,
            "altered",
        ),
        ("update evidence_entry set leaf_hash = '\\x00' where key = 'case:444'", 444, "stored"),
        ("delete from evidence_entry where key = 'case:444'", 444, "missing"),
        ("delete from evidence_position where index = 444", 444, "missing"),
        ("delete from evidence_position where index >= 590", 590, "missing"),
        ("delete from evidence_entry where key in ('case:7', 'case:444')", 7, "missing"),
        (
            (
                "update evidence_storedtile set hashes = overlay(hashes placing '\\x00' from 33)"
                " where level = 0 and index = 1"
            ),
            257,
            "stored hash or tile",
        ),
        ("delete from evidence_storedtile where level = 0 and index = 1", 256, "stored hash"),
        (
            (
                "update evidence_storedtile set hashes = overlay(hashes placing '\\x00' from 1)"
                " where level = 1"
            ),
            0,
            "tile 1/0",
        ),
        ("update evidence_storedcheckpoint set root = '\\x00' where size = 600", None, "columns"),
        ("update evidence_storedcheckpoint set size = 601 where size = 600", None, "columns"),
        (
            (
                "update evidence_storedcheckpoint set note = replace(note, '600', '599')"
                " where size = 600"
            ),
            None,
            "signature",
        ),
        ("delete from evidence_storedcheckpoint where size = 600", 500, "beyond"),
        (
            "insert into evidence_position (index, entry_id) values (600, 1::bigint << 40)",
            600,
            "beyond",
        ),
    ],
)
def test_what_was_altered_first_is_named(sql: str, first: int | None, reason: str) -> None:
    write(600, batch_size=100)
    assert verify_log().ok

    tamper(sql.replace("%", "%%"))

    found = verify_log()
    assert (found.ok, found.first_altered) == (False, first), found.reason
    assert reason in found.reason


def test_an_entry_altered_with_its_leaf_hash_is_named() -> None:
    write(600, batch_size=100)
    reseal(444)
    reseal(555)

    found = verify_log()

    assert (found.ok, found.first_altered) == (False, 444)
    assert "case:444" in found.reason


def test_an_entry_altered_with_its_leaf_hash_and_tile_is_bounded_by_its_checkpoint() -> None:
    write(600, batch_size=100)
    reseal(444)
    tamper(
        "update evidence_storedtile set hashes = overlay(hashes placing %s from %s)"
        " where level = 0 and index = 1",
        leaf_of_stored("case:444"),
        (444 - 256) * 32 + 1,
    )

    found = verify_log()

    assert (found.ok, found.first_altered) == (False, 400)
    assert "entries 400 to 499" in found.reason


def test_swapped_entries_are_named_by_the_first() -> None:
    write(600, batch_size=100)
    tamper(
        "update evidence_position set entry_id = -entry_id where index in (310, 444)",
    )
    tamper(
        "update evidence_position p set entry_id = -o.entry_id from evidence_position o"
        " where p.index in (310, 444) and o.index = 754 - p.index",
    )

    found = verify_log()

    assert (found.ok, found.first_altered) == (False, 310)


def test_an_alteration_across_many_blocks_and_checkpoints_is_named() -> None:
    write(9000, batch_size=4000)
    tamper("update evidence_entry set payload = '{}' where key in ('case:8500', 'case:8999')")

    steps: list[tuple[int, int]] = []
    found = verify_log(lambda done, total: steps.append((done, total)))

    assert (found.ok, found.first_altered, found.size) == (False, 8500, 9000)
    assert steps == [(8192, 9000)]


def test_a_queued_entry_cannot_be_altered_or_lost_unseen() -> None:
    write(5)
    record_many([made(6)])
    tamper("update evidence_entry set payload = '{}' where key = 'case:6'")
    assert "case:6 was altered" in verify_log().reason

    tamper("delete from evidence_queuedentry")
    assert "neither queued nor in the log" in verify_log().reason

    tamper("delete from evidence_entry where key = 'case:6'")
    assert verify_log().ok  # what was never sealed leaves no trace: seal soon


def test_nothing_is_signed_upon_an_altered_log() -> None:
    write(300)
    tamper("update evidence_storedtile set hashes = overlay(hashes placing '\\x00' from 9)")
    record_many([made(900)])

    with pytest.raises(LogAlteredError, match="root of checkpoint 300"):
        sequence()


def test_nothing_is_signed_upon_another_logs_history(settings: Any, tmp_path: Any) -> None:
    write(3)
    settings.KEYS_DIR = tmp_path / "lost"
    record_many([made(9)])

    with pytest.raises(LogAlteredError, match="checkpoint 3"):
        sequence()
    assert verify_log().ok is False
