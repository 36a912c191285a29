"""A real authority (openssl ts) stamps checkpoints; what it stamped is checked."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from evidence.authority import Stamper, make_authority, run_authority
from evidence.logs import NOW, tamper, write
from homes import run_jobs
from witness.running import free_port

from carrears.evidence import jobs
from carrears.evidence.models import StoredCheckpoint, StoredTimestamp
from carrears.evidence.timestamps import (
    Authority,
    false_stamps,
    first_stamp_after,
    read_authority,
    stamp_newest,
)
from carrears.evidence.tsa import StampError, ask_stamp, verify_stamp

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.usefixtures("own_key"),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to be the authority"),
]


@pytest.fixture(scope="module")
def stamper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stamper]:
    with run_authority(tmp_path_factory.mktemp("authority") / "tsa") as running:
        yield running


@pytest.fixture
def authority(settings: Any, stamper: Stamper) -> Authority:
    settings.TSA_URL, settings.TSA_ROOTS = stamper.url, str(stamper.roots)
    found = read_authority()
    assert found is not None
    return found


def test_a_checkpoint_is_stamped_with_the_authoritys_time(authority: Authority) -> None:
    write(5)
    before = datetime.now(UTC).replace(microsecond=0)

    stamped = stamp_newest(authority, at=NOW)

    assert stamped is not None
    assert stamped.size == 5
    assert before <= stamped.at <= datetime.now(UTC)
    kept = StoredTimestamp.objects.get()
    assert (kept.checkpoint_id, kept.stamped_at) == (5, stamped.at)
    assert list(false_stamps(authority)) == []


def test_openssl_agrees(authority: Authority, stamper: Stamper, tmp_path: Path) -> None:
    write(5)
    stamped = stamp_newest(authority, at=NOW)
    assert stamped is not None
    (tmp_path / "note").write_text(StoredCheckpoint.objects.get().note, encoding="utf-8")
    (tmp_path / "answer").write_bytes(stamped.response)

    subprocess.run(
        ["openssl", "ts", "-verify", "-data", "note", "-in", "answer",
         "-CAfile", str(stamper.roots)],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip


def test_new_checkpoints_are_stamped_once_an_hour(authority: Authority) -> None:
    made = []
    for minutes in (0, 10, 60, 70, 180):
        write(1, start=StoredCheckpoint.objects.count())
        stamped = stamp_newest(authority, at=NOW + timedelta(minutes=minutes))
        made.append(stamped and stamped.size)
    assert made == [1, None, 3, None, 5]
    assert stamp_newest(authority, at=NOW + timedelta(days=1)) is None  # nothing is new

    found = [first_stamp_after(size, authority) for size in (1, 2, 3, 4, 5, 6)]
    assert [one and one.size for one in found] == [1, 3, 3, 5, 5, None]


def test_a_history_written_anew_does_not_fit_its_time_stamp(authority: Authority) -> None:
    write(5)
    write(5, start=5)
    stamp_newest(authority, at=NOW)
    tamper("update evidence_storedcheckpoint set note = note || '— x AAAAAAA=' where size = 10")

    assert ["does not verify" in one for one in false_stamps(authority)] == [True]
    assert first_stamp_after(1, authority) is None
    tamper("delete from evidence_storedcheckpoint where size = 10")
    assert ["is gone" in one for one in false_stamps(authority)] == [True]


def test_another_authority_vouches_for_nothing(stamper: Stamper, tmp_path: Path) -> None:
    other = make_authority(tmp_path / "other").read_bytes()
    with pytest.raises(StampError, match="does not verify"):
        ask_stamp(stamper.url, b"text", roots=other)

    answer = ask_stamp(stamper.url, b"text", roots=stamper.roots.read_bytes())
    for response, message in ((answer, b"other text"), (answer[:-1], b"text"), (b"", b"text")):
        with pytest.raises(StampError):
            verify_stamp(response, message, roots=stamper.roots.read_bytes())
    with pytest.raises(StampError):
        verify_stamp(answer, b"text", roots=stamper.roots.read_bytes(), nonce=1)


def test_who_does_not_answer_is_asked_again(settings: Any, authority: Authority) -> None:
    write(5)
    settings.TSA_URL = f"http://127.0.0.1:{free_port()}/"
    away = read_authority()
    assert away is not None
    with pytest.raises(StampError, match="does not answer"):
        stamp_newest(away, at=NOW)
    assert stamp_newest(authority, at=NOW) is not None


def test_roots_have_to_be_named(settings: Any) -> None:
    settings.TSA_URL, settings.TSA_ROOTS = "https://tsa.example/", ""
    with pytest.raises(StampError, match="CARREARS_TSA_ROOTS"):
        read_authority()
    settings.TSA_URL = ""
    assert read_authority() is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("authority")
def test_the_job_stamps() -> None:
    write(5)
    jobs.stamp_each_hour.defer(timestamp=0)

    run_jobs()

    assert StoredTimestamp.objects.get().checkpoint_id == 5
