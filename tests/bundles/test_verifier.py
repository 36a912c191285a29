"""The separate verifier: what it says of true bundles, and that it believes no false one."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import take_over
from bundles.conftest import Made
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.evidence import note, tsa
from carrears_verify.bundle import BundleError, read_bundle
from carrears_verify.timestamp import StampError, verify_stamp

pytestmark = pytest.mark.django_db  # one bundle is made for all, in a real log
Members = dict[str, bytes]


def unpack(path: Path) -> Members:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(members: Members, *, fitting: bool = True) -> bytes:
    """A bundle of these members, with a manifest that fits them, as a forger would write it."""
    manifest = json.loads(members["bundle.json"])
    if fitting:
        manifest["files"] = {
            name: hashlib.sha256(data).hexdigest()
            for name, data in members.items()
            if name != "bundle.json"
        }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (members | {"bundle.json": json.dumps(manifest).encode()}).items():
            archive.writestr(name, data)
    return out.getvalue()


def kinds(told: Any) -> set[str]:
    return {one["kind"] for one in told["findings"]}


def test_shared_modules_are_those_of_carrears() -> None:
    for name in take_over.SHARED:
        assert take_over.copy_of(name).read_text(encoding="utf-8") == take_over.taken_over(name), (
            f"{name} differs; run: python verifier/take_over.py"
        )


def test_the_verifier_needs_nothing_of_carrears(made: Made, tmp_path: Path) -> None:
    """In an interpreter that sees the verifier and cryptography, and neither Carrears nor more."""
    source = Path(take_over.HERE) / "src"
    code = (
        f"import sys; sys.path.insert(0, {str(source)!r})\n"
        "import carrears_verify.command as c\n"
        f"code = c.run([{str(made.path)!r}, '--policy', {str(made.policy)!r},"
        f" '--tsa-roots', {str(made.roots)!r}])\n"
        "own = {name.split('.')[0] for name in sys.modules}\n"
        "assert not own & {'carrears', 'django', 'rfc3161_client', 'yaml', 'lxml'}, own\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "All of it verifies" in done.stdout
    assert "Not proven by any bundle" in done.stdout


def test_all_is_proven_to_who_trusts_the_witnesses(made: Made, capsys: Any) -> None:
    code, told = made.verify(capsys)

    texts = [one["text"] for one in told["findings"]]
    assert (code, kinds(told)) == (0, {"proven"})
    assert texts[0].startswith("the log lender.example/log, by a key that you trust, signed")
    assert [t.split(" saw")[0] for t in texts if "saw this history" in t] == [
        "witness.example/one (Ed25519)",
        "witness.example/one (ML-DSA-44)",
        "witness.example/two (Ed25519)",
    ]
    assert any(t == "the quorum outside is met" for t in texts)
    assert any(t == "12 entries lie in the log, unaltered" for t in texts)
    assert any(t.startswith("12 of the entries existed before") for t in texts)
    assert any(t == "12 texts are those which entries commit to" for t in texts)
    assert len(told["not_proven"]) == 4


def test_a_bundle_by_itself_leaves_open_whose_word_it_is(made: Made, capsys: Any) -> None:
    code, told = made.verify(capsys, trusting=False)

    assert (code, kinds(told)) == (1, {"proven", "open"})


def test_another_log_and_too_few_witnesses_are_not_enough(
    made: Made, tmp_path: Path, capsys: Any
) -> None:
    text = made.policy.read_text(encoding="utf-8")
    stranger = note.generate_signer("lender.example/log").verifier()
    wrong = tmp_path / "wrong"
    wrong.write_text(f"log {stranger}\n{text.partition(chr(10))[2]}", encoding="utf-8")
    absent = note.generate_signer("w9", note.KeyKind.COSIGNATURE).verifier()
    more = tmp_path / "more"
    more.write_text(
        text.replace("quorum outside", f"witness w9 {absent}\ngroup q all outside w9\nquorum q"),
        encoding="utf-8",
    )

    assert Made(made.path, wrong, made.roots).verify(capsys)[0] == 2
    code, told = Made(made.path, more, made.roots).verify(capsys)
    assert code == 1
    assert any("not the quorum q" in one["text"] for one in told["findings"])


def alter_json(name: str, change: Callable[[Any], Any]) -> Callable[[Members], None]:
    def alter(members: Members) -> None:
        value = json.loads(members[name])
        changed = change(value)
        members[name] = json.dumps(value if changed is None else changed).encode()

    return alter


def set_first(member: str, value: Any) -> Callable[[Any], Any]:
    return lambda found: found[0].__setitem__(member, value)


def alter_entry(old: bytes, new: bytes) -> Callable[[Members], None]:
    def alter(members: Members) -> None:
        assert old in members["entries.jsonl"]
        members["entries.jsonl"] = members["entries.jsonl"].replace(old, new, 1)

    return alter


def drop_proof_hash(members: Members) -> None:
    proofs = json.loads(members["proofs.json"])
    proofs[0]["hashes"].pop()
    members["proofs.json"] = json.dumps(proofs).encode()


def repeat_entry(members: Members) -> None:
    first = members["entries.jsonl"].split(b"\n")[0]
    members["entries.jsonl"] += first + b"\n"
    proofs = json.loads(members["proofs.json"])
    members["proofs.json"] = json.dumps([*proofs, proofs[0]]).encode()


def sign_with_own_key(members: Members) -> None:
    body, _ = note.split(members["checkpoint.txt"].decode())
    forger = note.generate_signer("lender.example/log")
    members["checkpoint.txt"] = note.sign(body, [forger]).encode()


@pytest.mark.parametrize(
    ("alter", "why"),
    [
        (alter_entry(b'"actor":"lin"', b'"actor":"wei"'), "entry"),
        (alter_json("proofs.json", set_first("index", 1)), "entry 1"),
        (drop_proof_hash, "too short"),
        (repeat_entry, "twice"),
        (alter_json("texts.json", set_first("text", "另一句话")), "not what the entry commits to"),
        (alter_json("texts.json", set_first("salt", "")), "not what the entry commits to"),
        (alter_json("texts.json", set_first("index", 10**6)), "not what the entry commits to"),
        (alter_json("bundle.json", lambda m: m.__setitem__("subjects", ["B"])), "somebody else"),
        (alter_json("timestamps.json", set_first("note", "x\n1\n\n")), "the time-stamp"),
        (alter_json("timestamps.json", set_first("response", "AAAA")), "the time-stamp"),
        (sign_with_own_key, "none of the trusted keys"),
        (lambda m: m.__setitem__("checkpoint.txt", m["checkpoint.txt"][:-9] + b"\n"), "signature"),
    ],
    ids=range(12),
)
def test_a_forged_bundle_is_false_though_its_manifest_fits(
    made: Made, tmp_path: Path, capsys: Any, alter: Callable[[Members], None], why: str
) -> None:
    members = unpack(made.path)
    alter(members)
    forged = tmp_path / "forged.zip"
    forged.write_bytes(packed(members))

    code, told = made.verify(capsys, forged)

    assert code == 2
    assert any(one["kind"] == "false" and why in one["text"] for one in told["findings"]), told


def test_a_changed_report_is_noticed(made: Made, tmp_path: Path, capsys: Any) -> None:
    members = unpack(made.path)
    members["report-zh.pdf"] += b" "
    forged = tmp_path / "forged.zip"
    forged.write_bytes(packed(members, fitting=False))

    code, told = made.verify(capsys, forged)
    assert code == 2
    assert told["findings"][0]["text"] == "report-zh.pdf is not what the bundle says of it"


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 100], ids=range(3))
def test_what_is_no_bundle_is_unreadable(
    made: Made, tmp_path: Path, capsys: Any, data: bytes
) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert made.verify(capsys, path) == (3, {})
    assert made.verify(capsys, tmp_path / "none") == (3, {})


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_no_flipped_bit_of_the_file_is_proven_as_something_else(
    made: Made, data: st.DataObject
) -> None:
    """A flipped bit either shows, or changes nothing that is read."""
    raw = bytearray(made.path.read_bytes())
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    true = read_bundle(made.path.read_bytes())
    try:
        found = read_bundle(bytes(raw))
    except BundleError:
        return
    assert (found.entries, found.texts, found.note) == (true.entries, true.texts, true.note)


@pytest.mark.filterwarnings("ignore:Parsed a serial number")
def test_no_flipped_bit_of_a_time_stamp_says_something_else(made: Made) -> None:
    """What the library refuses is refused here too, unless it lies outside all that is signed.

    A bit that nothing is read from (a version, a list of hashes in use) may differ.
    """
    stamp = json.loads(unpack(made.path)["timestamps.json"])[0]
    response = base64.b64decode(stamp["response"])
    message, roots = stamp["note"].encode(), made.roots.read_bytes()
    true = verify_stamp(response, message, roots)
    assert true.at == tsa.verify_stamp(response, message, roots=roots)

    accepted = set()
    for place in range(len(response) * 8):
        raw = bytearray(response)
        raw[place // 8] ^= 1 << place % 8
        try:
            assert verify_stamp(bytes(raw), message, roots) == true
        except StampError:
            continue
        accepted.add(place // 8)
    # 20 bytes or so are neither signed nor read; anything that is both would be hundreds.
    assert len(accepted) < 60
    with pytest.raises(StampError):
        verify_stamp(response, message + b"x", roots)
