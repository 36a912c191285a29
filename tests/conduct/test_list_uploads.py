"""Files of lists that the screen brings are read in the background, once, whoever is killed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from factories import MOMENT
from homes import run_jobs

from carrears.access.models import User
from carrears.conduct import list_uploads
from carrears.conduct.foreign import Scheme
from carrears.conduct.industry_lists import ListTerms, put_in_force
from carrears.conduct.list_uploads import (
    FileLostError,
    ask_add,
    ask_read,
    drop_strays,
    take,
    terms_of,
)
from carrears.conduct.models import IndustryList, Listing, ListUpload
from carrears.conduct.services import ConductError, Scope
from carrears.evidence.models import Entry

pytestmark = pytest.mark.django_db
TERMS = ListTerms(
    name="拒收名单",
    version="2026-06",
    source="行业协会",
    reason="本人登记拒收",
    scheme=Scheme(form="national", algorithm="clear"),
    from_on=date(2026, 6, 1),
    until_on=date(2027, 6, 1),
    scope=Scope(channel="call"),
    whole_person=True,
)
OURS, OTHER = "13900000001", "13911112222"


class Killed(BaseException):
    """What a killed worker comes to, in this process."""


def bring(*numbers: str, more: str = "") -> ListUpload:
    data = ("\n".join(numbers) + more).encode()
    return ask_read([data], TERMS, file_name="l.csv", by=None, at=MOMENT)


def add(*numbers: str) -> ListUpload:
    data = "\n".join(numbers).encode()
    return ask_add([data], TERMS.name, file_name="m.csv", by=None, at=MOMENT)


def sealed(home: Path) -> list[Path]:
    return list((home / ".lists").iterdir())


@pytest.fixture(autouse=True)
def home(settings: Any, tmp_path: Path) -> Path:
    keys = settings.CARREARS_HOME / "keys"
    tmp_path.joinpath("keys").symlink_to(keys)
    settings.CARREARS_HOME = tmp_path
    return tmp_path


@pytest.mark.django_db(transaction=True)
def test_the_worker_reads_it_and_its_file_goes(home: Path) -> None:
    upload = bring(OURS, OTHER, OTHER, more="\nx\n")
    officer = User.objects.create(username="officer")
    ListUpload.objects.update(by=officer)
    [file] = sealed(home)
    assert OURS.encode() not in file.read_bytes()
    assert (upload.state, file.stat().st_mode & 0o777) == ("waiting", 0o600)

    run_jobs()

    upload.refresh_from_db()
    row = IndustryList.objects.get()
    assert (upload.state, upload.result, upload.is_new) == ("done", row, True)
    assert (upload.done, upload.key_sealed, upload.terms) == (upload.total, None, {})
    assert (row.state, row.entries, row.twice, row.rejected) == ("read", 2, 1, 1)
    assert (row.whole_person, row.channel, row.until_on) == (True, "call", date(2027, 6, 1))
    assert row.file_sha256 == hashlib.sha256(f"{OURS}\n{OTHER}\n{OTHER}\nx\n".encode()).hexdigest()
    assert row.imported_by == officer
    assert sealed(home) == []


def test_what_was_told_is_what_is_read_by() -> None:
    assert terms_of(bring(OURS)) == TERMS


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_leaves_nothing_and_the_next_begins_anew(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    upload = bring(OURS, OTHER)
    monkeypatch.setattr(list_uploads, "_TOLD_EVERY_SECONDS", -1.0)
    counted = list_uploads.read_list

    def killed(*given: Any, **told: Any) -> Any:
        counted(*given, **told)
        raise Killed

    monkeypatch.setattr(list_uploads, "read_list", killed)
    with pytest.raises(Killed):
        take(upload.pk)

    upload.refresh_from_db()
    assert (upload.state, upload.done, len(sealed(home))) == ("running", upload.total, 1)
    assert not IndustryList.objects.exists()
    assert not Listing.objects.exists()

    monkeypatch.setattr(list_uploads, "read_list", counted)
    assert take(upload.pk).state == "done"
    assert (IndustryList.objects.get().entries, sealed(home)) == (2, [])


def test_once_read_a_second_start_changes_nothing(home: Path) -> None:
    upload = bring(OURS)
    take(upload.pk)
    put_in_force(IndustryList.objects.get(), by=None, at=MOMENT)
    (home / ".lists" / f"{upload.pk}.sealed").touch()  # as if killed before it was deleted

    assert take(upload.pk).state == "done"
    assert (IndustryList.objects.get().state, sealed(home)) == ("live", [])


def test_a_file_is_added_to_the_list_in_force_once() -> None:
    with pytest.raises(ConductError, match="is in force"):
        add(OTHER)
    take(bring(OURS).pk)
    put_in_force(IndustryList.objects.get(), by=None, at=MOMENT)

    first, second = take(add(OTHER).pk), take(add(OTHER).pk)

    row = IndustryList.objects.get()
    assert [(one.result, one.is_new) for one in (first, second)] == [(row, True), (row, False)]
    assert (row.entries, len(row.added)) == (2, 1)
    kinds = Entry.objects.filter(kind="contact.list_added_to")
    assert kinds.count() == 1


@pytest.mark.parametrize(
    ("data", "problem", "why"),
    [
        (b"1x\ny\n", "file", "2 of the first 2 rows cannot be read, so the scheme is another one"),
        (b"", "file", "it has no rows"),
        (b"PK\x03\x04" + bytes(60), "foreign", "is an Excel workbook or a ZIP archive"),
    ],
)
def test_what_is_no_such_list_says_why_and_is_told_again_from_what_was_told(
    home: Path, data: bytes, problem: str, why: str
) -> None:
    upload = ask_read([data], TERMS, file_name="l.csv", by=None, at=MOMENT)

    took = take(upload.pk)

    took.refresh_from_db()
    assert (took.state, took.problem, took.result) == ("failed", problem, None)
    assert took.why.startswith(why)
    assert (terms_of(took), sealed(home)) == (TERMS, [])
    assert not IndustryList.objects.exists()


def test_another_file_of_a_version_in_force_is_refused() -> None:
    take(bring(OURS).pk)
    put_in_force(IndustryList.objects.get(), by=None, at=MOMENT)

    took = take(bring(OTHER).pk)
    assert (took.state, took.problem) == ("failed", "refused")
    assert took.why.startswith("another file came as version '2026-06'")


def test_terms_without_sense_are_refused_before_anything_is_kept(home: Path) -> None:
    bad = ListTerms(
        name=" ", version="1", source="x", reason="x", scheme=TERMS.scheme, from_on=TERMS.from_on
    )
    with pytest.raises(ConductError, match="name"):
        ask_read([b"1"], bad, file_name="l.csv", by=None, at=MOMENT)
    assert not (home / ".lists").exists()
    assert not ListUpload.objects.exists()


def test_an_upload_that_cannot_be_asked_for_leaves_no_file(home: Path) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"1"
        raise OSError("the browser went away")

    with pytest.raises(OSError, match="went away"):
        ask_read(pieces(), TERMS, file_name="l.csv", by=None, at=MOMENT)
    assert sealed(home) == []


def test_a_lost_file_is_told_and_strays_are_deleted(home: Path) -> None:
    upload = bring(OURS)
    [file] = sealed(home)
    stray = home / ".lists" / "stray.sealed"
    stray.touch()
    os.utime(stray, (0, 0))
    os.utime(file, (0, 0))
    assert drop_strays(at=MOMENT) == 1
    assert sealed(home) == [file]

    file.unlink()
    with pytest.raises(FileLostError):
        take(upload.pk)
    upload.refresh_from_db()
    assert (upload.state, upload.problem) == ("failed", "lost")


def test_the_database_keeps_no_key_of_what_was_read() -> None:
    upload = take(bring(OURS).pk)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "update conduct_listupload set key_sealed = 'x' where token = %s", [upload.pk]
        )
