"""Agencies bring recordings as an archive: checked against their logs, kept aside, mended."""

from __future__ import annotations

import csv
import hashlib
import io
import tarfile
import wave
import zipfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from access.outsiders import open_agency
from agencies.test_contact_logs import Abroad, abroad, at, row, take
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from factories import make_user

from carrears.access.models import User
from carrears.access.services import issue_token
from carrears.agencies.agency_recordings import take_archive
from carrears.agencies.models import LoggedRecording, RecordingFile, RecordingReject
from carrears.agencies.row_files import RowFileError
from carrears.clock import now
from carrears.evidence.models import Entry
from carrears.vault.models import StoredObject
from carrears.vault.reading import read_content

pytestmark = pytest.mark.django_db
__all__ = ["abroad"]  # a fixture


@pytest.fixture(autouse=True)
def vault(tmp_path: Any, settings: Any) -> None:
    settings.VAULT_DIR = tmp_path / "vault"


def sound(seed: int = 1) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes([seed, 0]) * 800)
    return out.getvalue()


def line(reference: str, file: str, content: bytes, moment: datetime) -> list[str]:
    return [reference, file, hashlib.sha256(content).hexdigest(), moment.isoformat()]


def manifest(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([["reference", "file", "sha256", "at"], *rows])
    return out.getvalue().encode()


def zipped(rows: Sequence[Sequence[str]], **files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.csv", manifest(rows))
        for name, content in files.items():
            archive.writestr(f"{name}.wav", content)
    return out.getvalue()


def tarred(rows: Sequence[Sequence[str]], **files: bytes) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        told = {"calls/manifest.csv": manifest(rows)}
        for name, content in (told | {f"{n}.wav": c for n, c in files.items()}).items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("link.wav")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return out.getvalue()


def bring(abroad: Abroad, content: bytes, by: User | None = None) -> RecordingFile:
    return take_archive(io.BytesIO(content), name="july.zip", by=by or abroad.user, at=now())


def aside(made: RecordingFile) -> list[tuple[str, str]]:
    return [(one.reference, one.errors[0][1]) for one in made.rejects.all()]


@pytest.fixture
def told(abroad: Abroad) -> Abroad:
    """Two calls are in the agency's log."""
    log = take(abroad, row("A-1", at(2)), row("A-2", at(1)))
    assert (log.taken, log.rejected) == (2, 0)
    return abroad


def test_a_recording_lies_with_its_case_and_is_taken_once(told: Abroad) -> None:
    content = zipped([line("A-1", "a.wav", sound(), at(2))], a=sound())
    made = bring(told, content)
    assert (made.taken, made.known, made.rejected) == (1, 0, 0)
    [one] = LoggedRecording.objects.all()
    assert one.contact.reference == "A-1"
    assert (one.stored.kind, one.stored.loan_no, one.stored.case_id) == (
        "audio", "L-1", told.case.pk,
    )  # fmt: skip
    assert b"".join(read_content(one.stored)) == sound()
    again = bring(told, content)
    assert (again.taken, again.known, again.rejected) == (0, 1, 0)
    assert StoredObject.objects.count() == 1
    kinds = Entry.objects.filter(kind__startswith="agencies.recordings").count()
    assert kinds == 2


def test_a_tar_is_as_good_and_no_link_is_followed(told: Abroad) -> None:
    rows = [
        line("A-1", "a.wav", sound(), at(2)),
        line("A-2", "link.wav", sound(2), at(1)),
    ]
    made = bring(told, tarred(rows, a=sound()))
    assert (made.taken, aside(made)) == (
        1, [("A-2", "“%(told)s” is not in the archive, or twice")],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({0: "B-9"}, "no contact of this reference was taken from your logs"),
        ({0: ""}, "a reference is needed"),
        ({1: "other.wav"}, "“%(told)s” is not in the archive, or twice"),
        ({2: "0" * 64}, "the file has another SHA-256: %(told)s"),
        ({2: "abc"}, "the SHA-256 of the file is needed, 64 hexadecimal digits"),
        ({3: "2026-07-01 10:00"}, "“%(told)s” is no time with a zone (2026-11-30T10:15:00+08:00)"),
    ],
)
def test_what_does_not_fit_is_kept_aside_with_why(
    told: Abroad, change: dict[int, str], why: str
) -> None:
    cells = line("A-1", "a.wav", sound(), at(2))
    for place, cell in change.items():
        cells[place] = cell
    made = bring(told, zipped([cells], a=sound()))
    assert (made.taken, made.rejected) == (0, 1)
    assert aside(made)[0][1] == why
    assert StoredObject.objects.count() == 0


def test_the_time_is_that_of_the_contact(told: Abroad) -> None:
    near, far = at(2) + timedelta(minutes=10), at(1) + timedelta(minutes=11)
    rows = [line("A-1", "a.wav", sound(), near), line("A-2", "b.wav", sound(2), far)]
    made = bring(told, zipped(rows, a=sound(), b=sound(2)))
    assert (made.taken, aside(made)) == (
        1, [("A-2", "it did not begin within ten minutes of the contact")],
    )  # fmt: skip


def test_another_recording_or_no_sound_is_refused(told: Abroad) -> None:
    bring(told, zipped([line("A-1", "a.wav", sound(), at(2))], a=sound()))
    program = b"MZ\x90\x00" * 64
    rows = [line("A-1", "b.wav", sound(2), at(2)), line("A-2", "c.wav", program, at(1))]
    made = bring(told, zipped(rows, b=sound(2), c=program))
    assert aside(made) == [
        ("A-1", "this contact has another recording"),
        ("A-2", "it is no sound recording that is taken in"),
    ]


def test_what_is_mended_comes_again_and_settles_what_lay_aside(told: Abroad) -> None:
    wrong = line("A-1", "typo.wav", sound(), at(2))
    first = bring(told, zipped([wrong], a=sound()))
    client = Client()
    client.force_login(told.user)
    answer = client.post(f"/agencies/recordings/{first.pk}/rows/")
    [head, cells] = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert (head[:4], cells[:4]) == (["reference", "file", "sha256", "at"], wrong)
    cells[1] = "a.wav"
    second = bring(told, zipped([cells[:4]], a=sound()))
    assert (second.taken, RecordingReject.objects.get().corrected_at is not None) == (1, True)
    assert client.post(f"/agencies/recordings/{first.pk}/rows/").status_code == 404


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04broken"])
def test_no_archive_is_refused_as_a_whole(told: Abroad, content: bytes) -> None:
    with pytest.raises(RowFileError, match=r"neither a zip nor a tar|no manifest"):
        bring(told, content)
    assert not RecordingFile.objects.exists()


def test_a_member_is_read_no_further_than_an_upload_may_be(told: Abroad, settings: Any) -> None:
    settings.VAULT_UPLOAD_MB = 1
    large = bytes(3 << 20)
    made = bring(told, zipped([line("A-1", "a.wav", large, at(2))], a=large))
    assert aside(made)[0][1] == "the file is larger than %(told)s bytes"


def test_a_rival_and_the_house_bring_none_and_see_their_own(told: Abroad) -> None:
    rival = make_user(role="agency_user", username="rival", organisation=open_agency("RIVAL"))
    content = zipped([line("A-1", "a.wav", sound(), at(2))], a=sound())
    made = bring(told, content, by=rival)
    assert aside(made)[0][1] == "no contact of this reference was taken from your logs"
    officer = make_user(role="compliance_officer")
    with pytest.raises(PermissionDenied):
        bring(told, content, by=officer)
    bring(told, content)
    counts = {}
    for user in (rival, told.user, officer):
        client = Client()
        client.force_login(user)
        page = client.get("/agencies/recordings/")
        counts[user] = len(page.context["rows"])
    assert list(counts.values()) == [1, 1, 2]
    assert f"文件 {made.pk} 第 2 行" in page.content.decode()


def test_by_the_api_and_the_screen(told: Abroad) -> None:
    bearer = {"Authorization": f"Bearer {issue_token(told.user, name='recorder')}"}
    content = zipped([line("A-1", "a.wav", sound(), at(2))], a=sound())
    program = Client(headers=bearer)
    answer = program.post(
        "/api/contact-logs/recordings", {"file": SimpleUploadedFile("a.zip", content)}
    )
    assert (answer.status_code, answer.json()["taken"]) == (201, 1)
    [one] = program.get("/api/contact-logs/recordings").json()["items"]
    assert (one["agency"], one["rows_aside"]) == ("HENGXIN", [])
    client = Client()
    client.force_login(told.user)
    sent = client.post(
        "/agencies/recordings/bring/", {"file": SimpleUploadedFile("a.zip", content)}
    )
    assert sent.status_code == 302
    assert RecordingFile.objects.first().known == 1  # type: ignore[union-attr]
    bad = client.post("/agencies/recordings/bring/", {"file": SimpleUploadedFile("a.zip", b"no")})
    assert bad.status_code == 422
