"""The vault says of each object whether it is what was stored."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection
from factories import MOMENT, make_case
from pytest_django import Settings
from vault.storing_for_tests import store_words
from vault.streams import FIRST, REST, content_of

from carrears.alerts.night_signs import evidence_check
from carrears.conduct.vault_keeping import destroy_expired_objects
from carrears.evidence.models import Entry, StoredCheckpoint
from carrears.evidence.nights import NIGHTS, Share, share_of
from carrears.evidence.services import record, sequence
from carrears.vault.models import StoredObject
from carrears.vault.streaming import SEGMENT_BYTES
from carrears.vault.verification import VaultCheck, keep_check, verify_vault

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vault")]
SIZE = FIRST + 2 * REST


@pytest.fixture
def three() -> list[StoredObject]:
    case = make_case()
    return [store_words(case, content_of(SIZE, seed)) for seed in range(3)]


def _file(vault: Path, stored: StoredObject) -> Path:
    return vault / "objects" / stored.address[:2] / stored.address[2:]


def _faults(*, opened: bool = False) -> list[tuple[str, str]]:
    findings = verify_vault(opened=opened).findings
    return sorted((one.object, str(one.fault)) for one in findings)


def _sql(statement: str, *given: object) -> None:
    """As a superuser can, past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("set constraints all immediate")
        cursor.execute("set local session_replication_role = replica")
        cursor.execute(statement, given)
        cursor.execute("set local session_replication_role = origin")


@pytest.mark.parametrize("opened", [True, False])
def test_what_is_as_it_was_is_intact(three: list[StoredObject], *, opened: bool) -> None:
    check = verify_vault(opened=opened)
    assert check.ok
    assert (check.objects, check.unknown) == (3, 0)
    assert check.bytes_read == sum(one.sealed_size for one in three)


def _flip(raw: bytes) -> bytes:
    return raw[:700_000] + bytes([raw[700_000] ^ 1]) + raw[700_001:]


@pytest.mark.parametrize(
    ("alter", "fault"),
    [
        (_flip, "altered"),
        (lambda raw: raw[:-1], "cut"),
        (lambda raw: raw[: 2 * SEGMENT_BYTES], "cut"),
        (lambda raw: raw + b"x", "cut"),
        (lambda raw: raw[:0], "cut"),
        (lambda raw: raw[SEGMENT_BYTES : 2 * SEGMENT_BYTES] + raw[:SEGMENT_BYTES]
         + raw[2 * SEGMENT_BYTES :], "altered"),
    ],
)  # fmt: skip
def test_a_file_that_was_touched_is_named(
    vault: Path, three: list[StoredObject], alter: Callable[[bytes], bytes], fault: str
) -> None:
    file = _file(vault, three[1])
    file.write_bytes(alter(file.read_bytes()))
    assert _faults() == [(str(three[1].token), fault)]


def test_a_missing_file_is_named(vault: Path, three: list[StoredObject]) -> None:
    _file(vault, three[0]).unlink()
    assert _faults() == [(str(three[0].token), "missing")]


def test_two_files_that_were_swapped_are_named(vault: Path, three: list[StoredObject]) -> None:
    one, other = _file(vault, three[0]), _file(vault, three[2])
    first, second = one.read_bytes(), other.read_bytes()
    one.write_bytes(second)
    other.write_bytes(first)
    swapped = (three[0], three[2])
    assert _faults() == sorted((str(stored.token), "altered") for stored in swapped)


def test_two_objects_that_were_swapped_in_the_database_are_named(
    three: list[StoredObject],
) -> None:
    """Also where bytes, hashes and keys are moved together: the log says which is which."""
    a, b = three[0], three[1]
    move = "update vault_storedobject set address = %s where token = %s"
    for address, stored in (("x", a), (a.address, b), (b.address, a)):
        _sql(move, address, stored.token)
    assert _faults() == sorted((str(stored.token), "row_altered") for stored in (a, b))


def test_a_row_that_was_deleted_is_named(three: list[StoredObject]) -> None:
    _sql("delete from vault_storedobject where token = %s", three[1].token)
    assert _faults() == [(str(three[1].token), "row_missing")]
    assert verify_vault().unknown == 1


def test_a_key_that_was_destroyed_without_a_word_is_named(three: list[StoredObject]) -> None:
    _sql(
        "update vault_storedobject set wrapped_key = null, sha256 = null, name_sealed = null,"
        " destroyed_at = now() where token = %s",
        three[1].token,
    )
    assert _faults() == [(str(three[1].token), "unproven")]


def test_a_key_that_was_swapped_is_named(three: list[StoredObject]) -> None:
    a, b = three[0], three[1]
    _sql(
        "update vault_storedobject set wrapped_key ="
        " (select wrapped_key from vault_storedobject where token = %s) where token = %s",
        b.token,
        a.token,
    )
    assert _faults() == [(str(a.token), "row_altered")]


def test_a_hash_that_was_rewritten_shows_where_objects_are_opened(
    three: list[StoredObject],
) -> None:
    _sql("update vault_storedobject set sha256 = %s where token = %s", b"x", three[0].token)
    assert _faults() == []
    assert _faults(opened=True) == [(str(three[0].token), "sealed_wrong")]


def test_what_was_destroyed_in_time_is_no_fault() -> None:
    case = make_case(state="closed", closed_on="2026-07-01", close_reason="paid_off")
    store_words(case)
    destroy_expired_objects(at=MOMENT.replace(year=2040))
    check = verify_vault()
    assert (check.ok, check.objects, check.destroyed, check.unknown) == (True, 1, 1, 0)


def test_a_check_is_evidence_itself(vault: Path, three: list[StoredObject]) -> None:
    _file(vault, three[0]).unlink()
    keep_check(verify_vault(), at=MOMENT)
    told = json.loads(Entry.objects.get(kind="vault.verified").payload)
    assert (told["objects"], told["fault_count"]) == (3, 1)
    assert told["faults"] == [[str(three[0].token), "missing"]]


def test_each_object_has_its_night_and_a_fault_counts_in_its_share(
    three: list[StoredObject], vault: Path
) -> None:
    bad = three[0]
    _file(vault, bad).write_bytes(b"other")
    nights = [share_of(date(2026, 6, 1) + timedelta(days=night)) for night in range(NIGHTS)]
    checks = [verify_vault(share=share) for share in nights]

    assert sum(check.objects for check in checks) == 3
    [faulty] = [check for check in checks if not check.ok]
    assert [one.object for one in faulty.findings] == [str(bad.token)]
    keep_check(faulty, at=MOMENT)
    share = bad.token.int % NIGHTS
    assert json.loads(Entry.objects.get(kind="vault.verified").payload)["share"] == [share, NIGHTS]

    told = evidence_check(None, MOMENT)  # type: ignore[arg-type]
    assert told == {"objects": 1, "recordings": 0, "days": 0}
    keep_check(verify_vault(share=Share((share + 1) % NIGHTS)), at=MOMENT + timedelta(days=1))
    assert evidence_check(None, MOMENT) == told  # type: ignore[arg-type]
    _file(vault, bad).write_bytes(b"")
    keep_check(VaultCheck(share=Share(share)), at=MOMENT + timedelta(days=2))
    assert evidence_check(None, MOMENT + timedelta(days=3)) is None  # type: ignore[arg-type]
    late = evidence_check(None, MOMENT + timedelta(days=40))  # type: ignore[arg-type]
    assert late == {"objects": 0, "recordings": 0, "days": 38}


def test_checks_that_never_came_are_told(settings: Settings, tmp_path: Path) -> None:
    settings.KEYS_DIR = tmp_path / "keys"
    record("case.opened", subject="A-1", payload={}, actor="", key="case:1", occurred_at=MOMENT)
    sequence()
    begun = StoredCheckpoint.objects.get().signed_at
    assert evidence_check(None, begun + timedelta(days=2)) is None  # type: ignore[arg-type]
    late = evidence_check(None, begun + timedelta(days=3))  # type: ignore[arg-type]
    assert late == {"objects": 0, "recordings": 0, "days": 3}
