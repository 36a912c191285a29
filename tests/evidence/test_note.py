"""Signed notes and checkpoints: real ones of public logs, and our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carrears.evidence import checkpoint, note
from carrears.evidence.checkpoint import Checkpoint, CheckpointError
from carrears.evidence.note import KeyFormatError, NoteError

ROOT = bytes(range(32))
SIGNER = note.generate_signer("lender.example/log")
OTHER = note.generate_signer("witness.example/one")
BODY = Checkpoint("lender.example/log", 42, ROOT).body()
SIGNED = note.sign(BODY, [SIGNER])

# The example of https://c2sp.org/signed-note with the key of golang.org/x/mod's tests.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngot"
    "pRZb6KE6RyyBwJnAM=\n"
)


def test_published_notes(shared: Path) -> None:
    path = shared / "vectors" / "merkle" / "notes.json"
    if not path.exists():
        pytest.skip("no note vectors")
    for one in json.loads(path.read_text()):
        if one["valid"]:
            names = [vkey.split("+")[0] for vkey in one["vkeys"]]
            assert note.verify(one["note"], one["vkeys"]) == names, one["name"]
        else:
            with pytest.raises(NoteError):
                note.verify(one["note"], one["vkeys"])


def test_a_real_checkpoint_is_read(shared: Path) -> None:
    path = shared / "vectors" / "merkle" / "notes.json"
    if not path.exists():
        pytest.skip("no note vectors")
    real = json.loads(path.read_text())[0]

    found = checkpoint.verify(real["note"], origin="go.sum database tree", vkeys=real["vkeys"])

    assert found.size == 65_209_736
    assert found.body() == real["note"].partition("\n\n")[0] + "\n"


def test_a_note_signed_elsewhere_verifies() -> None:
    assert note.verify(PETERS_NOTE, [PETER]) == ["PeterNeumann"]
    assert str(note.parse_verifier(PETER)) == PETER


def test_what_is_signed_here_verifies_here() -> None:
    both = note.sign(BODY, [OTHER, SIGNER])

    assert note.verify(both, [str(SIGNER.verifier())]) == ["lender.example/log"]
    assert note.verify(both, [str(SIGNER.verifier()), str(OTHER.verifier())]) == [
        "witness.example/one",
        "lender.example/log",
    ]


def test_a_stranger_is_nobody() -> None:
    with pytest.raises(NoteError, match="none of the trusted keys"):
        note.verify(SIGNED, [str(OTHER.verifier())])


def test_a_false_signature_spoils_the_note_beside_a_true_one() -> None:
    true_line = note.sign(BODY, [OTHER]).splitlines()[-1]
    false_line = note.sign("another text\n", [SIGNER]).splitlines()[-1]

    with pytest.raises(NoteError, match="is false"):
        note.verify(
            f"{BODY}\n{true_line}\n{false_line}\n",
            [str(SIGNER.verifier()), str(OTHER.verifier())],
        )


def test_the_same_key_under_another_name_is_another_key() -> None:
    renamed = note.Signer("evil.example/log", SIGNER.private)

    with pytest.raises(NoteError, match="none"):
        note.verify(note.sign(BODY, [renamed]), [str(SIGNER.verifier())])


@settings(deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.characters(exclude_categories=["Cs"]))
def test_no_altered_character_passes(place: int, char: str) -> None:
    altered = SIGNED[:place] + char + SIGNED[place + 1 :]
    if altered == SIGNED:
        return
    with pytest.raises(NoteError):
        note.verify(altered, [str(SIGNER.verifier())])


@settings(deadline=None)
@given(st.text())
def test_no_text_breaks_the_reader(text: str) -> None:
    with pytest.raises(NoteError):
        note.verify(text, [PETER])


@pytest.mark.parametrize(
    "spoiled",
    [
        "",
        "text without signatures\n",
        BODY,
        BODY + "\n",
        SIGNED.rstrip("\n"),
        SIGNED.replace("— ", "- "),
        SIGNED.replace("lender.example/log ", "lender.example/log  ", 1),
        SIGNED + "\n",
        SIGNED.replace("=\n", "=\r\n"),
        SIGNED + "— x AAAA\n",
    ],
)
def test_malformed_notes_are_refused(spoiled: str) -> None:
    with pytest.raises(NoteError):
        note.verify(spoiled, [str(SIGNER.verifier())])


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "PeterNeumann",
        PETER.replace("c74f20a3", "c74f20a4"),
        PETER.replace("PeterNeumann", "Peter Neumann"),
        PETER.replace("+AR", "+Ah"),
        PETER[:-4],
    ],
)
def test_malformed_keys_are_refused(vkey: str) -> None:
    with pytest.raises(KeyFormatError):
        note.verify(PETERS_NOTE, [vkey])


def test_a_signer_key_survives_its_text_form_and_stays_out_of_reprs() -> None:
    assert note.parse_signer(SIGNER.encode()) == SIGNER
    assert "private" not in repr(SIGNER)
    with pytest.raises(KeyFormatError, match="key id"):
        note.parse_signer(SIGNER.encode().replace("lender", "broker"))


def test_a_text_that_cannot_be_a_note_is_not_signed() -> None:
    for text in ("no newline", "a tab\there\n"):
        with pytest.raises(NoteError):
            note.sign(text, [SIGNER])
    with pytest.raises(KeyFormatError):
        note.generate_signer("two words")


def test_a_checkpoint_is_what_its_lines_say() -> None:
    wanted = Checkpoint("lender.example/log", 42, ROOT, ("extension",))
    text = checkpoint.sign(wanted, [SIGNER])

    assert checkpoint.parse(text)[0] == wanted
    assert checkpoint.verify(text, origin=wanted.origin, vkeys=[str(SIGNER.verifier())]) == wanted
    with pytest.raises(CheckpointError, match="not of other"):
        checkpoint.verify(text, origin="other.example", vkeys=[str(SIGNER.verifier())])


@pytest.mark.parametrize(
    "body",
    [
        "origin\n1\n",
        "origin\n01\n" + BODY.splitlines()[2] + "\n",
        "origin\n-1\n" + BODY.splitlines()[2] + "\n",
        "\n1\n" + BODY.splitlines()[2] + "\n",
        "origin\n1\nAAAA\n",
        "origin\n1\n!!!!\n",
        "origin\n1\n" + BODY.splitlines()[2],
        "origin\n1\n" + BODY.splitlines()[2] + "\n\n",
    ],
)
def test_what_is_no_checkpoint_is_refused(body: str) -> None:
    with pytest.raises(CheckpointError):
        checkpoint.parse_body(body)
