"""What somebody with the database, and even the log's key, can do; and who notices.

Each attack leaves a log that verifies by itself: only the witness, a process of its own, tells.
docs/evidence.md lists them with the time within which they are told.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from evidence.attacks import as_superuser, cut_to, sign_anew
from evidence.authority import run_authority
from evidence.logs import NOW, made, write
from homes import Home
from small_tape import AS_OF
from witness.running import Running, make_witness, run_witness

from carrears.evidence.models import (
    Entry,
    QueuedEntry,
)
from carrears.evidence.policy import Policy
from carrears.evidence.queries import log_vkey
from carrears.evidence.services import record_many, sequence, verify_log
from carrears.evidence.timestamps import false_stamps, read_authority, stamp_newest
from carrears.evidence.witnesses import newest_vouched, read_policy, send_checkpoint

pytestmark = [pytest.mark.django_db]

LATER = NOW + timedelta(hours=1)


def write_policy(path: Path, running: Running) -> None:
    path.write_text(f"witness w {running.vkeys[0]} {running.url}\nquorum w\n", encoding="utf-8")


@pytest.fixture
def witness(tmp_path: Path) -> Iterator[Running]:
    with run_witness(make_witness(tmp_path / "w", "witness.example/one")) as running:
        yield running


@pytest.fixture
def policy(settings: Any, tmp_path: Path, witness: Running, own_key: None) -> Policy:  # noqa: ARG001
    witness.folder.watch(log_vkey())
    settings.WITNESS_POLICY = str(tmp_path / "policy")
    write_policy(tmp_path / "policy", witness)
    found = read_policy()
    assert found is not None
    return found


def told(policy: Policy) -> tuple[str, str]:
    """What the log itself says after an attack, and what the witness says."""
    alone = verify_log()
    assert alone.ok, alone.reason  # or the attack needs no witness
    state = send_checkpoint(policy, at=LATER)[0]
    sequence()
    recorded = Entry.objects.filter(kind="witness.refused").count()
    assert (recorded == 1) == bool(state.refusal)
    return ("verifies", state.refusal)


def test_an_honest_log_is_refused_by_nobody(policy: Policy) -> None:
    write(10)
    send_checkpoint(policy, at=NOW)
    write(10, start=10)

    assert told(policy) == ("verifies", "")


def test_a_cut_tail_is_told(policy: Policy) -> None:
    write(6)
    write(4, start=6)
    send_checkpoint(policy, at=NOW)

    cut_to(6)

    assert told(policy) == ("verifies", "rolled_back")
    assert newest_vouched(policy) is None


def test_a_log_that_is_cut_and_grows_again_is_told(policy: Policy) -> None:
    write(6)
    write(4, start=6)
    send_checkpoint(policy, at=NOW)

    cut_to(6)
    write(9, start=100)

    assert told(policy) == ("verifies", "forked")


def test_another_history_of_the_same_size_is_told(policy: Policy) -> None:
    write(6)
    write(4, start=6)
    send_checkpoint(policy, at=NOW)

    cut_to(6)
    record_many(made(number) for number in range(100, 104))
    sequence()

    assert told(policy) == ("verifies", "forked")


@pytest.mark.parametrize("grown", [0, 5])
@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to be the authority")
def test_a_history_signed_anew_with_the_stolen_key_is_told(
    settings: Any, tmp_path: Path, policy: Policy, grown: int
) -> None:
    write(300)
    write(400, start=300)
    send_checkpoint(policy, at=NOW)
    with run_authority(tmp_path / "tsa") as stamper:
        settings.TSA_URL, settings.TSA_ROOTS = stamper.url, str(stamper.roots)
        authority = read_authority()
        assert authority is not None
        stamp_newest(authority, at=NOW)

    as_superuser("update evidence_entry set payload = '{\"case\":0}' where key = 'case:123'")
    sign_anew(300, 700)
    if grown:
        write(grown, start=1000)

    assert told(policy) == ("verifies", "forked")
    # Whoever still has the time-stamp, in the database or in a bundle, can tell as well.
    assert len(list(false_stamps(authority))) == 1


def test_a_refusal_is_recorded_once_and_ends_when_the_log_is_right_again(policy: Policy) -> None:
    write(6)
    write(4, start=6)
    send_checkpoint(policy, at=NOW)
    kept = list(Entry.objects.filter(position__index__gte=6).order_by("position__index"))
    cut_to(6)
    for minutes in range(4):
        state = send_checkpoint(policy, at=LATER + timedelta(minutes=minutes), forced=True)[0]
    assert (state.refusal, state.refused_at, state.failures) == ("rolled_back", LATER, 4)
    assert Entry.objects.filter(kind="witness.refused").count() == 1

    # The write-ahead log brings back what was cut, instead of the entry about the refusal.
    as_superuser("delete from evidence_entry where kind = 'witness.refused'")
    as_superuser("delete from evidence_queuedentry")
    Entry.objects.bulk_create(kept)
    QueuedEntry.objects.bulk_create([QueuedEntry(entry=one) for one in kept])
    sequence()

    state = send_checkpoint(policy, at=LATER + timedelta(hours=1))[0]
    assert (state.refusal, state.refused_at, state.size) == ("", None, 10)


@pytest.mark.slow
def test_a_backup_that_is_put_back_is_told(
    imported_home: Home, tmp_path: Path, witness: Running
) -> None:
    """The whole cluster's files, as a thief or a careless administrator would put them back."""
    home = imported_home.copy_to(tmp_path / "home")
    witness.folder.watch(home.run("evidence", "key").strip())
    write_policy(home.folder / "witnesses.policy", witness)
    first = home.run_json("evidence", "witnesses")
    backup = home.copy_to(tmp_path / "backup")
    home.run("day", "--as-of", AS_OF.isoformat())
    second = home.run_json("evidence", "witnesses")
    assert 0 < first["vouched_size"] < second["vouched_size"]

    shutil.rmtree(home.folder)
    backup.folder.rename(home.folder)

    alone = home.run_json("evidence", "verify")
    assert (alone["ok"], alone["size"]) == (True, first["vouched_size"])
    answer = home.run_json("evidence", "witnesses", expect=2)["witnesses"][0]
    assert answer["refusal"] == "rolled_back"
    assert answer["error"].startswith(f"it has cosigned {second['vouched_size']} entries")
