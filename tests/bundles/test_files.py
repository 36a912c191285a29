"""Recordings and files in a bundle: put in for a reason, and proven byte for byte, or told."""

from __future__ import annotations

import hashlib
import io
import json
import tracemalloc
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from bundles.conftest import Made
from bundles.filing import BROKEN_OFF, CALL, LETTER, REASON, file_things, live, written
from bundles.histories import LOAN, live_through
from bundles.test_verifier import Members, packed, unpack
from django.db import connection
from factories import MOMENT
from recordings.sending import Tape
from typer.testing import CliRunner

from carrears.bundles.services import Reason, write_bundle
from carrears.cli import app, evidence
from carrears.evidence.models import Entry
from carrears.parties.erasing import erase_person
from carrears.recordings.archiving import archive_closed
from carrears.recordings.services import append
from carrears.vault.models import Opening, StoredObject
from carrears.vault.places import store_in_use
from carrears.vault.services import VaultError, store
from carrears_verify.bundle import read_bundle
from carrears_verify.verdict import Finding, verify_bundle

pytestmark = pytest.mark.django_db


@pytest.fixture
def own_vault(own_key: None, settings: Any, tmp_path: Path) -> Path:  # noqa: ARG001  its log too
    settings.VAULT_DIR = tmp_path / "vault"
    return tmp_path / "vault"


def texts_of(told: Any, kind: str) -> list[str]:
    return [one["text"] for one in told["findings"] if one["kind"] == kind]


def findings(path: Path) -> list[Finding]:
    return verify_bundle(read_bundle(path), policy=None, roots=b"")


def member_of(members: Members, ending: str, *, having: bytes = b"") -> str:
    [name] = [
        name
        for name, data in members.items()
        if name.startswith("files/") and name.endswith(ending) and having in data
    ]
    return name


def test_each_file_is_proven_and_each_chain_is_whole(filed: Made, capsys: Any) -> None:
    code, told = filed.verify(capsys)

    proven = texts_of(told, "proven")
    assert code == 0, told
    assert "4 files are byte for byte those which entries commit to" in proven
    for tape in (BROKEN_OFF, CALL):
        made = "3 of 3 chunks are here and make the chain that the log vouches for"
        assert f"recording {tape.token} (screen): {made}" in proven
    members = unpack(filed.path)
    assert members[member_of(members, ".pdf")] == LETTER
    assert json.loads(members["bundle.json"])["format"] == "carrears-bundle/2"


def _drop_file(members: Members) -> None:
    del members[member_of(members, ".pdf")]


def _alter_file(members: Members) -> None:
    members[member_of(members, ".pdf")] += b"!"


def _alter_file_and_hash(members: Members) -> None:
    name = member_of(members, ".pdf")
    members[name] += b"!"
    lines = json.loads(members["files.json"])
    for one in lines:
        if one["name"] == name:
            one["sha256"] = hashlib.sha256(members[name]).hexdigest()
    members["files.json"] = json.dumps(lines).encode()


def _swap_bytes(members: Members) -> None:
    one, other = member_of(members, ".pdf"), _call(members)
    members[one], members[other] = members[other], members[one]


def _swap_lines(members: Members) -> None:
    lines = json.loads(members["files.json"])
    first, second = lines[:2]
    first["index"], second["index"] = second["index"], first["index"]
    members["files.json"] = json.dumps(lines).encode()


def _add_file(members: Members) -> None:
    members["files/extra.pdf"] = b"%PDF"


def _add_member(members: Members) -> None:
    members["confession.txt"] = b"I did it"


def _name_twice(members: Members) -> None:
    lines = json.loads(members["files.json"])
    members["files.json"] = json.dumps([*lines, lines[0]]).encode()


def _hush_up(members: Members) -> None:
    lines = json.loads(members["files.json"])
    del members[lines[0]["name"]]
    members["files.json"] = json.dumps(lines[1:]).encode()


def _weaken_salt(members: Members) -> None:
    lines = json.loads(members["files.json"])
    lines[0]["salt"] = ""
    members["files.json"] = json.dumps(lines).encode()


def _call(members: Members) -> str:
    return member_of(members, ".recording", having=str(CALL.token).encode())


FORGERIES: dict[Callable[[Members], None], str] = {
    _drop_file: "is missing",
    _alter_file: "was altered",
    _alter_file_and_hash: "is not the one it commits to",
    _swap_bytes: "was altered",
    _swap_lines: "is not the one it commits to",
    _add_file: "files/extra.pdf belongs to no entry",
    _add_member: "confession.txt belongs to no entry",
    _name_twice: "has two files",
    _hush_up: "the bundle says nothing",
    _weaken_salt: "is not the one it commits to",
}


@pytest.mark.parametrize(("forge", "told"), FORGERIES.items())
def test_a_forged_member_is_told(
    filed: Made, tmp_path: Path, capsys: Any, forge: Callable[[Members], None], told: str
) -> None:
    members = unpack(filed.path)
    forge(members)
    forged = tmp_path / "forged.zip"
    forged.write_bytes(packed(members))
    code, said = filed.verify(capsys, forged)
    assert code == 2
    assert any(told in text for text in texts_of(said, "false")), said


def test_hashes_only_say_so_and_prove_the_hash(own_vault: Path, tmp_path: Path) -> None:
    case, me = live_through(notes=1)
    file_things(case, me)
    archive_closed(at=MOMENT)
    path = written(tmp_path / "b", reason=None)

    texts = [one.text for one in findings(path)]
    assert not Opening.objects.exists()
    assert "4 files were left out of the bundle; their entries stand" in texts
    assert "of 4 files that are not in the bundle the SHA-256 is proven" in texts
    assert f"recording {CALL.token} (screen): chunks 0–2 are not in the bundle" in texts
    members = unpack(path)
    assert [name for name in members if name.startswith("files/")] == []
    hashes = {one["sha256"] for one in json.loads(members["files.json"])}
    assert hashlib.sha256(LETTER).hexdigest() in hashes
    assert own_vault.exists()


@pytest.mark.usefixtures("own_vault")
def test_files_are_opened_for_a_reason_that_is_evidence(tmp_path: Path) -> None:
    case, me = live_through(notes=1)
    file_things(case, me)
    with pytest.raises(VaultError):
        written(tmp_path / "no", Reason(why="curiosity"))
    assert not Entry.objects.filter(kind__in=("vault.opened", "bundle.made")).exists()

    path = written(tmp_path / "b")
    opening = Opening.objects.get()
    assert (opening.why, opening.objects_opened.count()) == ("dispute", 4)
    assert Entry.objects.filter(kind="vault.opened").count() == 4
    told = json.loads(Entry.objects.get(kind="bundle.made").payload)
    assert told["files"] == 4
    assert told["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    # That they were opened for it stands in the bundle itself.
    kinds = [one.told()["kind"] for one in read_bundle(path).entries]
    assert kinds.count("vault.opened") == 4


@pytest.mark.usefixtures("own_vault")
def test_a_recording_that_goes_on_leaves_its_newest_chunks_open(tmp_path: Path) -> None:
    case, me = live_through(notes=1)
    tape = Tape()
    live(case, me, tape, "one")
    append(tape.token, tape.add("two"), by=me, at=MOMENT + timedelta(minutes=2))
    found = findings(written(tmp_path / "b"))
    text = f"recording {tape.token} (screen): chunks 0–1 are not in the bundle"
    assert ("open", text) in [(str(one.kind), one.text) for one in found]


@pytest.mark.usefixtures("own_vault")
def test_of_an_erased_person_the_entries_stand(tmp_path: Path) -> None:
    case, me = live_through(notes=1)
    file_things(case, me)
    archive_closed(at=MOMENT)
    assert case.party is not None
    erase_person(case.party, by=None, at=MOMENT)
    path = written(tmp_path / "b")

    found = findings(path)
    assert "false" not in {str(one.kind) for one in found}
    reason = "are of a person who was erased, and can never be read again"
    assert f"4 files {reason}; their entries stand" in [one.text for one in found]
    lines = json.loads(unpack(path)["files.json"])
    assert {(one["name"], one["sha256"], one["salt"]) for one in lines} == {(None, None, None)}


def test_what_cannot_be_read_is_left_out_and_told(own_vault: Path, tmp_path: Path) -> None:
    case, me = live_through(notes=1)
    file_things(case, me)
    letter = StoredObject.objects.get(kind="letter")
    [bad] = own_vault.glob(f"objects/??/{letter.address[2:]}")
    data = bytearray(bad.read_bytes())
    data[-1] ^= 1
    bad.write_bytes(data)

    with (tmp_path / "b").open("w+b") as file:
        made = write_bundle(LOAN, file, by="", at=MOMENT, reason=REASON)
    assert (made.files, made.unreadable) == (3, 1)
    found = findings(tmp_path / "b")
    assert "false" not in {str(one.kind) for one in found}
    told = "1 files could not be read whole by who made the bundle; their entries stand"
    assert told in [one.text for one in found]
    assert store_in_use().size(letter.address) is not None


@pytest.mark.usefixtures("own_vault")
def test_an_altered_recording_does_not_keep_the_rest_out(tmp_path: Path) -> None:
    case, me = live_through(notes=1)
    file_things(case, me)
    with connection.cursor() as cursor:
        cursor.execute("set local session_replication_role = replica")
        cursor.execute("update recordings_chunk set sealed = '\\x0102' where sealed is not null")
        cursor.execute("set local session_replication_role = origin")
    found = findings(written(tmp_path / "b"))
    told = [(str(one.kind), one.text) for one in found]
    assert "false" not in {kind for kind, _ in told}
    text = f"recording {BROKEN_OFF.token} (screen): chunk 2 is not in the bundle"
    assert ("open", text) in told


@pytest.mark.usefixtures("own_vault")
def test_what_is_large_is_never_held_in_memory(tmp_path: Path) -> None:
    case, _ = live_through(notes=1)
    piece, count = bytes(1 << 20), 96
    store(kind="audio", stream=(piece for _ in range(count)), case=case, media_type="audio/webm",
          actor=None, at=MOMENT)  # fmt: skip
    tracemalloc.start()
    path = written(tmp_path / "b")
    found = findings(path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > count << 20
    assert most < (count << 20) // 2
    assert "1 files are byte for byte those which entries commit to" in [o.text for o in found]


@pytest.mark.usefixtures("own_vault")
def test_a_bundle_of_the_first_format_still_verifies(tmp_path: Path) -> None:
    live_through(notes=2)
    members = unpack(written(tmp_path / "b", reason=None))
    manifest = json.loads(members["bundle.json"])
    manifest["format"] = "carrears-bundle/1"
    del members["files.json"]
    members["bundle.json"] = json.dumps(manifest).encode()
    found = verify_bundle(read_bundle(packed(members)), policy=None, roots=b"")
    assert {str(one.kind) for one in found} == {"proven", "open"}
    assert "2 entries lie in the log, unaltered" in [one.text for one in found]


@pytest.mark.usefixtures("own_vault")
def test_the_same_contents_are_the_same_bytes() -> None:
    case, me = live_through(notes=1)
    file_things(case, me)
    archive_closed(at=MOMENT)

    def bundle() -> list[tuple[str, bytes]]:
        out = io.BytesIO()
        write_bundle(LOAN, out, by="", at=MOMENT, reason=REASON)
        with zipfile.ZipFile(out) as archive:
            return [(one, archive.read(one)) for one in archive.namelist() if "files/" in one]

    assert bundle() == bundle()


@pytest.mark.usefixtures("own_vault")
def test_the_command_asks_for_a_reason_and_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, me = live_through(notes=1)
    file_things(case, me)
    monkeypatch.chdir(tmp_path)
    assert evidence  # its commands are registered
    runner = CliRunner()

    refused = runner.invoke(app, ["evidence", "bundle", LOAN, "-o", "b.zip"])
    assert (refused.exit_code, "--why" in refused.output) == (1, True)
    unknown = runner.invoke(app, ["evidence", "bundle", "NONE", "-o", "b.zip", "--without-files"])
    assert unknown.exit_code == 1
    assert [path.name for path in tmp_path.glob("b.zip*")] == []
    made = runner.invoke(app, ["evidence", "bundle", LOAN, "-o", "b.zip", "--why", "dispute"])
    assert made.exit_code == 0, made.output
    assert "4 files" in made.output
    assert [path.name for path in tmp_path.glob("b.zip*")] == ["b.zip"]
    assert "false" not in {str(one.kind) for one in findings(tmp_path / "b.zip")}
