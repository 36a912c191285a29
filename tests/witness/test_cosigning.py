"""A witness cosigns one history of a log, whatever it is asked."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from witness.growing import LOG, OTHER_LEAVES, asking, signed
from witness.running import make_witness, run_witness

from carrears.evidence import checkpoint, note, policy
from carrears.evidence.note import KeyKind, NoteError
from carrears.evidence.policy import QuorumError
from carrears.witness.cosigning import Answer, add_checkpoint
from carrears.witness.folder import Folder, WitnessError, create, parse_logs

AT = 1_795_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return make_witness(tmp_path / "w", "witness.example/one", str(LOG.verifier()))


def ask(folder: Folder, body: str, at: int = AT) -> Answer:
    return add_checkpoint(folder, body.encode(), at=at)


def seen_size(folder: Folder) -> int:
    with folder.seen(LOG.name) as seen:
        newest = seen.newest()
    return newest.size if newest else 0


def test_what_continues_is_cosigned_with_the_time(tmp_path: Path) -> None:
    folder = create(tmp_path / "w", "witness.example/one", with_ml_dsa=True)
    folder.watch(str(LOG.verifier()))
    vkeys = [str(one.verifier()) for one in folder.signers()]

    for old, size in ((0, 1), (1, 5), (5, 5), (5, 40)):
        answer = ask(folder, asking(old, size), at=AT + size)
        assert answer.status == 200, answer.text
        found = checkpoint.cosignatures(signed(size) + answer.text, vkeys=vkeys)
        assert [one.kind for one in found] == [KeyKind.COSIGNATURE, KeyKind.ML_DSA_44]
        assert {one.at and one.at.timestamp() for one in found} == {AT + size}
        assert seen_size(folder) == size


@pytest.mark.parametrize(
    ("body", "status", "text"),
    [
        (asking(4, 7), 409, "5\n"),  # another old size
        (asking(0, 3), 409, "5\n"),  # rolled back
        (asking(5, 4), 400, None),  # the old size is more than the checkpoint's
        (asking(5, 9, OTHER_LEAVES), 422, None),  # a fork
        (asking(5, 5, OTHER_LEAVES), 409, None),  # a fork of the same size
        (asking(5, 9).replace("\n\n", "\nAAAA\n\n", 1), 400, None),
        (asking(5, 9).replace("old 5", "old 05"), 400, None),
        (asking(5, 9).replace("old 5", "old"), 400, None),
        (asking(5, 9).replace("\n9\n", "\n10\n"), 403, None),  # not what was signed
        (
            asking(5, 9).replace("lender.example", "other.example"),
            403,
            None,
        ),  # our key, not our log
        ("", 400, None),
        ("old 5\n" + "A" * 43 + "=\n" * 64 + "\n" + signed(9), 400, None),
    ],
    ids=range(12),
)
def test_the_rest_is_refused_and_forgotten(
    folder: Folder, body: str, status: int, text: str | None
) -> None:
    assert ask(folder, asking(0, 5)).status == 200

    answer = ask(folder, body)

    assert answer.status == status, answer.text
    if text is not None:
        assert (answer.text, answer.content_type) == (text, "text/x.tlog.size")
    assert "—" not in answer.text
    assert seen_size(folder) == 5


def test_two_readers_cannot_both_be_shown_a_cosigned_history(folder: Folder) -> None:
    """A split view: one history for the lender, another one, as large, for the judge."""
    vkey = str(folder.signers()[0].verifier())
    trusted = policy.parse_policy(f"log {LOG.verifier()}\nwitness w {vkey}\nquorum w\n")
    first, second = signed(9), signed(9, OTHER_LEAVES)

    line = ask(folder, asking(0, 9)).text
    assert ask(folder, asking(0, 9, OTHER_LEAVES)).status == 409
    assert ask(folder, asking(9, 9, OTHER_LEAVES)).status == 409

    assert policy.verify(first + line, trusted)[0].size == 9
    with pytest.raises(QuorumError):
        policy.verify(second, trusted)
    with pytest.raises(NoteError, match="is false"):
        policy.verify(second + line, trusted)


def test_a_strange_log_is_not_found_and_a_strange_key_is_forbidden(folder: Folder) -> None:
    strange = note.generate_signer("strange.example/log")
    assert ask(folder, f"old 0\n\n{signed(1, signer=strange)}").status == 404

    other_key = note.generate_signer(LOG.name)
    assert ask(folder, f"old 0\n\n{signed(1, signer=other_key)}").status == 403


def test_nothing_is_proven_from_the_empty_tree(folder: Folder) -> None:
    body = asking(0, 5).replace("old 0\n", f"old 0\n{'A' * 43}=\n")
    assert ask(folder, body).status == 422
    assert ask(folder, asking(0, 0)).status == 200
    assert ask(folder, asking(0, 5)).status == 200


def test_two_at_once_get_one_history(folder: Folder) -> None:
    """The race of the specification: what was checked first must not be kept last."""
    assert ask(folder, asking(0, 5)).status == 200
    bodies = [asking(5, size) for size in range(6, 41)]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: ask(folder, body), bodies))

    assert sorted(answer.status for answer in answers) == [200, *[409] * 34]
    won = next(n for n, answer in enumerate(answers, 6) if answer.status == 200)
    assert seen_size(folder) == won


def test_what_was_seen_cannot_be_altered_unseen(folder: Folder) -> None:
    ask(folder, asking(0, 5))
    with folder.seen(LOG.name) as seen:
        seen.path.write_text(signed(2), encoding="utf-8")

    with pytest.raises(WitnessError, match="not cosigned by this witness"):
        ask(folder, asking(2, 7))


def test_a_log_keeps_its_keys_and_gains_more(folder: Folder) -> None:
    second = note.generate_signer("key-two")
    folder.watch(str(second.verifier()), origin=LOG.name)

    assert [one.name for one in folder.logs()[LOG.name].verifiers] == [LOG.name, "key-two"]


def test_the_witness_networks_list_is_read() -> None:
    text = f"logs/v0\n\nvkey {LOG.verifier()}\norigin a log\nqpd 86400\ncontact a@b.example\n"

    logs = parse_logs(text, "list")

    assert list(logs) == ["a log"]
    with pytest.raises(WitnessError, match="begin with logs/v0"):
        parse_logs("vkey x", "list")
    with pytest.raises(WitnessError, match="before the first vkey"):
        parse_logs("logs/v0\norigin x", "list")


def test_keys_are_made_once_and_for_their_owner_only(tmp_path: Path) -> None:
    folder = create(tmp_path / "w", "witness.example/one", with_ml_dsa=False)
    with pytest.raises(WitnessError, match="keeps its keys"):
        create(tmp_path / "w", "witness.example/one", with_ml_dsa=False)
    with pytest.raises(WitnessError, match="witness init"):
        Folder(tmp_path / "none").signers()
    (folder.path / "witness.key").chmod(0o644)
    with pytest.raises(WitnessError, match="chmod 600"):
        folder.signers()


def test_published_sessions(tmp_path: Path, shared: Path) -> None:
    path = shared / "vectors" / "merkle" / "witness-session.json"
    if not path.exists():
        pytest.skip("no witness sessions")
    session = json.loads(path.read_text())
    folder = create(tmp_path / "w", "example.com/witness", with_ml_dsa=False)
    folder.watch(session["log_vkey"], origin="go.sum database tree")
    folder.watch(session["sigsum_log_vkey"])

    for step in [*session["steps"], *session["first_steps_of_sigsum_session"]]:
        answer = ask(folder, step["request"])
        assert answer.status == step["status"], step
        wanted = step["asserts"].split('"')[1]
        assert wanted in answer.text


def test_the_service_speaks_http_and_survives_a_restart(folder: Folder) -> None:
    with run_witness(folder) as running:
        status, kind, text = running.post(asking(0, 5))
        assert (status, kind) == (200, "text/plain")
        assert note.verify(signed(5) + text, running.vkeys) == ["witness.example/one"]
        assert running.get("/health") == f"{running.vkeys[0]}\n"
        assert running.post(b"x" * 600_000)[0] == 413
    with run_witness(folder) as running:
        assert running.post(asking(0, 3)) == (409, "text/x.tlog.size", "5\n")
        assert running.post(asking(5, 9, OTHER_LEAVES))[0] == 422
        assert running.post(asking(5, 9))[0] == 200
        kept = running.seen(LOG.name)
    assert note.verify(kept, [*running.vkeys, str(LOG.verifier())]) == [
        LOG.name,
        "witness.example/one",
    ]
    assert checkpoint.parse(kept)[0].size == 9
