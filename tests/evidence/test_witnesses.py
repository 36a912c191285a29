"""The log's checkpoints go to real witness processes, and come back cosigned."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from evidence.logs import NOW, write
from homes import run_jobs
from procrastinate.contrib.django.models import ProcrastinateJob
from witness.running import Running, free_port, make_witness, run_witness

from carrears.clock import now
from carrears.evidence import jobs, note
from carrears.evidence.models import Entry, StoredCheckpoint, StoredCosignature, WitnessState
from carrears.evidence.policy import Policy
from carrears.evidence.queries import log_vkey
from carrears.evidence.witnesses import (
    HEARTBEAT,
    newest_vouched,
    read_policy,
    send_checkpoint,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("own_key")]


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Running]:
    folder = make_witness(tmp_path / "w", "witness.example/one", with_ml_dsa=True)
    with run_witness(folder) as running:
        yield running


def policy_of(settings: Any, tmp_path: Path, lines: list[str]) -> Policy:
    path = tmp_path / "witnesses.policy"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    settings.WITNESS_POLICY = str(path)
    found = read_policy()
    assert found is not None
    return found


@pytest.fixture
def policy(settings: Any, tmp_path: Path, witness: Running, own_key: None) -> Policy:  # noqa: ARG001
    witness.folder.watch(log_vkey())
    classic, post_quantum = witness.vkeys
    return policy_of(
        settings,
        tmp_path,
        [
            f"witness classic {classic} {witness.url}",
            f"witness post-quantum {post_quantum} {witness.url}",
            "group both all classic post-quantum",
            "quorum both",
        ],
    )


def test_each_checkpoint_is_cosigned_and_kept(policy: Policy, witness: Running) -> None:
    for size, at in ((3, NOW), (300, NOW), (700, NOW + timedelta(seconds=1))):
        write(size - Entry.objects.count(), start=Entry.objects.count())
        states = send_checkpoint(policy, at=at)
        assert [(one.name, one.size, one.error) for one in states] == [
            ("classic", size, ""),
            ("post-quantum", size, ""),
        ]

    vouched = newest_vouched(policy)
    assert vouched is not None
    assert vouched.checkpoint.size == 700
    assert note.verify(vouched.note, [log_vkey(), *witness.vkeys]) == [
        "lender.example/log",
        "witness.example/one",
        "witness.example/one",
    ]
    assert StoredCosignature.objects.count() == 6
    assert witness.seen("lender.example/log").startswith("lender.example/log\n700\n")
    older = newest_vouched(policy, least=701)
    assert older is None


def test_the_log_is_seen_again_though_nothing_happened(policy: Policy) -> None:
    write(3)
    asked = [
        send_checkpoint(policy, at=NOW + wait)[0].asked_at
        for wait in (timedelta(), HEARTBEAT / 2, HEARTBEAT)
    ]

    assert asked == [NOW, NOW, NOW + HEARTBEAT]
    assert StoredCosignature.objects.count() == 2


def test_who_does_not_answer_is_asked_again_later(
    settings: Any, tmp_path: Path, witness: Running
) -> None:
    witness.folder.watch(log_vkey())
    key = witness.vkeys[0]
    write(3)
    away = policy_of(
        settings, tmp_path, [f"witness a {key} http://127.0.0.1:{free_port()}", "quorum a"]
    )

    tries = [send_checkpoint(away, at=NOW + timedelta(seconds=s))[0].failures for s in range(40)]

    assert [tries.index(n) for n in range(1, 5)] == [0, 5, 15, 35]
    assert newest_vouched(away) is None
    back = policy_of(settings, tmp_path, [f"witness a {key} {witness.url}", "quorum a"])
    state = send_checkpoint(back, at=NOW + timedelta(minutes=10))[0]
    assert (state.size, state.failures, state.error) == (3, 0, "")


def test_a_witness_that_does_not_know_the_log_says_so(
    settings: Any, tmp_path: Path, witness: Running
) -> None:
    write(3)
    lines = [f"witness a {witness.vkeys[0]} {witness.url}", "quorum a"]

    state = send_checkpoint(policy_of(settings, tmp_path, lines), at=NOW)[0]

    assert (state.refusal, state.size) == ("unknown", 0)


def test_a_cosignature_of_another_key_is_no_cosignature(
    settings: Any, tmp_path: Path, witness: Running
) -> None:
    witness.folder.watch(log_vkey())
    other = note.generate_signer("witness.example/one", note.KeyKind.COSIGNATURE)
    write(3)
    lines = [f"witness a {other.verifier()} {witness.url}", "quorum a"]

    state = send_checkpoint(policy_of(settings, tmp_path, lines), at=NOW)[0]

    assert "other keys" in state.error
    assert not StoredCosignature.objects.exists()


def test_a_witness_that_forgot_is_brought_up_to_date(policy: Policy, witness: Running) -> None:
    write(3)
    send_checkpoint(policy, at=NOW)
    for path in (witness.folder.path / "seen").iterdir():
        path.unlink()
    write(3, start=3)

    assert [one.size for one in send_checkpoint(policy, at=NOW)] == [6, 6]


@pytest.mark.parametrize(
    "sql",
    [
        "update evidence_storedcosignature set line = ''",
        "delete from evidence_storedcosignature",
        "truncate evidence_storedcosignature",
    ],
)
def test_cosignatures_are_kept(policy: Policy, sql: str) -> None:
    write(3)
    send_checkpoint(policy, at=NOW)

    with (
        pytest.raises(IntegrityError, match="only grows"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_sealing_wakes_one_job_that_sends_the_newest(policy: Policy) -> None:
    write(3)
    write(3, start=3)
    waiting = ProcrastinateJob.objects.filter(queueing_lock="evidence.send_checkpoint")
    assert waiting.count() == 1
    with connection.cursor() as cursor:  # its seconds are over
        cursor.execute("update procrastinate_jobs set scheduled_at = now() where id > 0")

    run_jobs()

    vouched = newest_vouched(policy)
    assert vouched is not None
    assert vouched.checkpoint.size == 6
    # That the policy is a new one is an entry, too, and may be sealed by now.
    assert StoredCheckpoint.objects.filter(size__lte=6).count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_worker_that_begins_asks_whatever_the_database_says(
    policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database may be a backup of a minute ago, which says that all was asked just now."""
    write(3)
    monkeypatch.setattr(jobs, "_asked", set())
    # The test's own transaction would end with it.
    monkeypatch.setattr(jobs, "connection", SimpleNamespace(close=lambda: None))
    asked = [send_checkpoint(policy, at=now())[0].asked_at]
    for _ in range(2):
        jobs._send()  # what both jobs do
        asked.append(WitnessState.objects.get(name="classic").asked_at)

    assert asked[0] != asked[1]
    assert asked[1] == asked[2]


def test_without_a_policy_nobody_is_asked(settings: Any, tmp_path: Path) -> None:
    settings.WITNESS_POLICY = str(tmp_path / "none")
    assert read_policy() is None
