from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from factories import MOMENT, make_case, make_user
from vault.storing_for_tests import store_words
from vault.streams import EDGES, FIRST, content_of

from carrears.evidence.commitment import is_opened_by
from carrears.evidence.models import Entry
from carrears.parties.erasing import erase_person
from carrears.parties.services import data_key
from carrears.parties.vault import SubjectErasedError
from carrears.vault import services as vault_services
from carrears.vault.models import StoredObject
from carrears.vault.reading import commitment_context, read_content
from carrears.vault.services import (
    NotOpenedError,
    TooLargeError,
    VaultError,
    open_objects,
    read_name,
    read_note,
    read_range,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("vault")]


def _files(vault: Path) -> list[Path]:
    return [path for path in vault.rglob("*") if path.is_file()]


@pytest.mark.parametrize("size", EDGES)
def test_what_is_stored_comes_back_to_who_opens_it(size: int) -> None:
    content = content_of(size)
    stored = store_words(make_case(), content)
    opening = open_objects([stored], by=None, why="quality", at=MOMENT)
    assert b"".join(read_range(opening, stored, at=MOMENT)) == content
    middle = read_range(opening, stored, size // 3, size // 2, at=MOMENT)
    assert b"".join(middle) == content[size // 3 : size // 2]


def test_nothing_lies_in_clear(vault: Path) -> None:
    stored = store_words(make_case(), b"the debtor said" * 1000, name="赵试一 身份证.jpg")
    (file,) = _files(vault)
    sealed = file.read_bytes()
    assert b"debtor" not in sealed
    assert hashlib.sha256(sealed).hexdigest() == stored.address
    row = StoredObject.objects.filter(pk=stored.pk).values().get()
    assert "赵试一" not in repr(row)
    assert read_name(stored) == "赵试一 身份证.jpg"
    assert file.stat().st_mode & 0o777 == 0o600


def test_storing_and_opening_leave_evidence() -> None:
    case, clerk = make_case(), make_user(role="team_lead", username="lin")
    stored = store_words(case, b"words", actor=clerk, seconds=7)
    opening = open_objects([stored], by=clerk, why="complaint", note="赵试一投诉", at=MOMENT)
    first, second = Entry.objects.filter(kind__startswith="vault.").order_by("pk")
    told = json.loads(first.payload)
    assert (first.kind, first.subject, first.actor) == ("vault.stored", case.loan_no, "lin")
    assert (told["object"], told["address"], told["size"], told["seconds"]) == (
        str(stored.token), stored.address, 5, 7,
    )  # fmt: skip
    assert told["retained_until"] == "2031-06-30"
    assert is_opened_by(
        told["sha256_commitment"],
        value=hashlib.sha256(b"words").hexdigest(),
        salt=data_key(case.party_id).commitment_salt(commitment_context(stored)),
    )
    assert (second.kind, second.actor) == ("vault.opened", "lin")
    assert json.loads(second.payload)["why"] == "complaint"
    assert "赵试一" not in second.payload
    assert hashlib.sha256(b"words").hexdigest() not in first.payload
    assert read_note(opening) == "赵试一投诉"


def test_a_ticket_is_for_its_objects_and_its_time() -> None:
    case = make_case()
    one, other = store_words(case), store_words(case)
    opening = open_objects([one], by=None, why="dispute", at=MOMENT)
    with pytest.raises(NotOpenedError):
        read_range(opening, other, at=MOMENT)
    with pytest.raises(NotOpenedError):
        read_range(opening, one, at=MOMENT + timedelta(minutes=30))
    assert b"".join(read_range(opening, one, at=MOMENT + timedelta(minutes=29))) == b"words"


@pytest.mark.parametrize(("why", "note"), [("", ""), ("other", " "), ("curiosity", "x")])
def test_nothing_is_opened_without_a_reason(why: str, note: str) -> None:
    stored = store_words(make_case())
    with pytest.raises(VaultError):
        open_objects([stored], by=None, why=why, note=note)
    assert not Entry.objects.filter(kind="vault.opened").exists()


def test_the_same_key_stores_once(vault: Path) -> None:
    case = make_case()
    first = store_words(case, b"words", key="call:7:chunk:1")
    again = store_words(case, b"words", key="call:7:chunk:1")
    assert first.pk == again.pk
    assert Entry.objects.filter(kind="vault.stored").count() == 1
    assert len(_files(vault)) == 1


def test_too_much_leaves_nothing(vault: Path) -> None:
    with pytest.raises(TooLargeError):
        store_words(make_case(), content_of(FIRST + 2), most_bytes=FIRST + 1)
    assert _files(vault) == []
    assert not StoredObject.objects.exists()


def test_a_stream_that_breaks_leaves_nothing(vault: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield content_of(3_000_000)
        raise ConnectionResetError("the browser is gone")

    with pytest.raises(ConnectionResetError):
        store_words(make_case(), stream=broken())
    assert _files(vault) == []
    assert not Entry.objects.filter(kind="vault.stored").exists()


def test_where_the_row_cannot_be_written_no_bytes_stay(vault: Path) -> None:
    case = make_case()
    with pytest.raises(Exception, match="too long"), transaction.atomic():
        store_words(case, media_type="x" * 101)
    assert _files(vault) == []


def test_an_erased_person_gets_nothing_new_and_what_he_had_is_gone(vault: Path) -> None:
    case = make_case()
    stored = store_words(case)
    assert case.party is not None
    erase_person(case.party, by=None, at=MOMENT)
    with pytest.raises(SubjectErasedError):
        store_words(case)
    with pytest.raises(SubjectErasedError):
        list(read_content(stored))
    assert len(_files(vault)) == 1


def test_what_belongs_to_nobody_is_sealed_by_the_house() -> None:
    stored = store_words(make_case(name=""))
    assert (stored.party_id, b"".join(read_content(stored))) == (None, b"words")


@pytest.mark.parametrize(
    ("kind", "jurisdiction", "until"),
    [
        ("audio", "cn", date(2031, 6, 30)),
        ("photo", "cn", date(2031, 6, 30)),
        ("audio", "us", date(2029, 6, 30)),
        ("audio", "uk", None),
    ],
)
def test_each_is_kept_by_its_law(kind: str, jurisdiction: str, until: date | None) -> None:
    stored = store_words(make_case(jurisdiction=jurisdiction), kind=kind)
    assert stored.retained_until == until
    assert bool(stored.retained_by) == (until is not None)


def test_the_door_has_what_it_says() -> None:
    assert [name for name in vault_services.__all__ if not hasattr(vault_services, name)] == []


@pytest.mark.django_db(transaction=True)
def test_two_that_store_under_one_key_at_once_store_one(vault: Path) -> None:
    case, key = make_case(), str(uuid.uuid4())
    gate, found = threading.Barrier(3), []

    def pieces() -> Iterator[bytes]:
        gate.wait(timeout=20)  # all have looked for the key by now, and none has found it
        yield b"words"

    def run() -> None:
        try:
            found.append(store_words(case, stream=pieces(), key=key).pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert len(set(found)) == 1
    assert len(_files(vault)) == 1
