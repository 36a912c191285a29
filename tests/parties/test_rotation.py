"""The master key changes while people are read and written, and whatever is killed meanwhile."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connection
from factories import MOMENT, make_person
from homes import Home

from carrears.evidence.models import Entry
from carrears.parties import custody, rotation
from carrears.parties.indexing import reindex_all
from carrears.parties.keyring import KeyInUseError, key_id, load_keyring
from carrears.parties.models import DamagedKey, Party
from carrears.parties.queries import open_parties, search_by_name
from carrears.parties.services import HOUSE, open_for_house, seal_for_house, store_people
from carrears.parties.vault import create_subject_key, wrapping_key_id


@pytest.fixture(autouse=True)
def keys(settings: Any, tmp_path: Path) -> Iterator[Path]:
    """Keys of this test's own, so that others find theirs as they were."""
    settings.KEYS_DIR = tmp_path / "keys"
    yield settings.KEYS_DIR
    custody._read.pop(settings.KEYS_DIR, None)


def _people(count: int, *, name: str = "王试") -> pa.Table:
    return pa.Table.from_pylist(
        [
            {"party_no": f"P-{place}", "loan_no": f"L-{place}", "role": "obligor"}
            | {"name": f"{name}{place}", "phone": f"138{place:08}", "language": "zh-CN"}
            for place in range(count)
        ]
    )


def _names() -> list[str]:
    tokens = Party.objects.exclude(party_no=HOUSE).order_by("party_no").values_list("pk", flat=True)
    found = open_parties(tokens)
    return [found[token].name for token in tokens]


def _rotate() -> tuple[str, str]:
    (old,) = (one.key for one in rotation.key_uses())
    new = rotation.add_key()
    rotation.note_newest(actor="tester", at=MOMENT)
    rotation.rewrap_all(portion=2)
    return old, new


@pytest.mark.django_db
def test_a_rotation_brings_everybody_under_the_new_key() -> None:
    store_people(_people(5), source="contract")
    house = seal_for_house("row", "text")
    before = _names()

    old, new = _rotate()

    assert [(use.key, use.state, use.subjects) for use in rotation.key_uses()] == [
        (old, "opens", 0),
        (new, "wraps", 6),
    ]
    assert rotation.is_rewrapped()
    assert rotation.rewrap_all() == 0
    assert _names() == before
    assert open_for_house("row", house) == "text"
    assert search_by_name("王试3").count() == 1


@pytest.mark.django_db
def test_a_damaged_key_is_passed_by_and_keeps_the_old_one_from_being_retired() -> None:
    store_people(_people(5), source="contract")
    seal_for_house("row", "text")
    hurt = Party.objects.get(party_no="P-2")
    whole = bytes(hurt.wrapped_key or b"")
    Party.objects.filter(pk=hurt.pk).update(wrapped_key=whole[:-1] + bytes([whole[-1] ^ 1]))
    Party.objects.update(tokens_version=0)

    old, new = _rotate()

    assert [(use.key, use.subjects) for use in rotation.key_uses()] == [(old, 1), (new, 5)]
    assert reindex_all(portion=2) == 5
    assert DamagedKey.objects.get().party_id == hurt.pk
    with pytest.raises(KeyInUseError):
        rotation.retire_key(old, destroy=False, actor="tester", at=MOMENT)
    Party.objects.filter(pk=hurt.pk).update(wrapped_key=whole)
    assert rotation.rewrap_all() == 1
    assert "王试2" in _names()
    assert Entry.objects.filter(kind="vault.key_wraps").count() == 1
    rotation.note_newest(actor="tester", at=MOMENT)
    assert Entry.objects.filter(kind="vault.key_wraps").count() == 1


@pytest.mark.django_db
def test_another_cipher_is_a_rotation_too(settings: Any) -> None:
    store_people(_people(3), source="contract")
    before = _names()

    settings.CIPHER = "sm4-gcm"
    store_people(_people(5), source="contract")
    mixed = {len(bytes(key)) for key in Party.objects.values_list("wrapped_key", flat=True)}

    assert mixed == {64, 65}
    assert _names()[:3] == before
    assert rotation.rewrap_all() == 3
    settings.CIPHER = "des"
    with pytest.raises(ImproperlyConfigured, match="aes-256-gcm, sm4-gcm"):
        custody.keyring()
    settings.CIPHER = "aes-256-gcm"
    assert len(_names()) == 5
    assert rotation.rewrap_all() == 5


@pytest.mark.django_db
def test_a_key_is_retired_when_nothing_uses_it_and_not_before(keys: Path) -> None:
    store_people(_people(3), source="contract")
    (old,) = (one.key for one in rotation.key_uses())
    with pytest.raises(KeyInUseError, match="newest"):
        rotation.retire_key(old, destroy=False, actor="", at=MOMENT)
    rotation.add_key()
    with pytest.raises(KeyInUseError, match="3 data keys"):
        rotation.retire_key(old, destroy=False, actor="", at=MOMENT)
    assert old in [one.key for one in rotation.key_uses()]
    rotation.rewrap_all()

    rotation.retire_key(old, destroy=False, actor="", at=MOMENT)

    assert [key_id(key).hex() for key in load_keyring(keys).keys] == [
        one.key for one in rotation.key_uses()
    ]
    assert (keys / "vault.retired").exists()
    assert len(_names()) == 3
    assert search_by_name("王试").count() == 3  # the indexes outlive the key they came with
    for unknown in (old, "no hex", "00" * 4):
        with pytest.raises(KeyInUseError):
            rotation.retire_key(unknown, destroy=False, actor="", at=MOMENT)


@pytest.mark.django_db
def test_who_read_the_ring_before_cannot_wrap_by_a_retired_key(keys: Path) -> None:
    party = make_person(loan_no="A-03")
    stale = load_keyring(keys)
    old, _ = _rotate()
    rotation.retire_key(old, destroy=True, actor="", at=MOMENT)
    lost = create_subject_key(stale, str(party.token)).wrapped
    assert wrapping_key_id(lost).hex() == old

    for write in (
        lambda: Party.objects.filter(pk=party.pk).update(wrapped_key=lost),
        lambda: Party.objects.create(party_no="P-new", wrapped_key=lost),
    ):
        with pytest.raises(IntegrityError, match="retired"), _savepoint():
            write()

    assert open_parties([party.token])[party.token].name == "赵试一"


@contextlib.contextmanager
def _savepoint() -> Iterator[None]:
    from django.db import transaction  # noqa: PLC0415  one use

    with transaction.atomic():
        yield


@pytest.mark.django_db
def test_keys_of_the_environment_are_changed_there(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_person(loan_no="A-03")
    line = (keys / "vault.key").read_text().strip()
    monkeypatch.setenv("CARREARS_MASTER_KEY", line)
    for refused in (
        rotation.add_key,
        lambda: rotation.retire_key("00" * 4, destroy=True, actor="", at=MOMENT),
    ):
        with pytest.raises(KeyInUseError, match="CARREARS_MASTER_KEY"):
            refused()
    fresh = "data:local::" + "QUJD" * 10 + "QUI="
    monkeypatch.setenv("CARREARS_MASTER_KEY", f"{line},{fresh}")

    assert not rotation.is_rewrapped()
    assert rotation.rewrap_all() == 1
    assert _names() == ["赵试一"]


@pytest.mark.django_db(transaction=True)
def test_people_are_read_and_written_while_the_key_changes() -> None:
    store_people(_people(40), source="contract")
    stop, failures, rounds = threading.Event(), [], {"read": 0, "written": 0}

    def until_stopped(work: str) -> None:
        try:
            while not stop.is_set() or not rounds[work]:
                if work == "read":
                    assert len(_names()) >= 40
                else:
                    store_people(_people(40 + rounds[work] % 5), source="contract")
                rounds[work] += 1
        except BaseException as error:  # noqa: BLE001  told below, whatever it is
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=until_stopped, args=(work,)) for work in rounds]
    for thread in threads:
        thread.start()
    try:
        for _ in range(3):
            rotation.add_key()
            rotation.rewrap_all(portion=3)
            _retire_all_but_the_newest()
    finally:
        stop.set()
        for thread in threads:
            thread.join()

    assert failures == []
    assert min(rounds.values()) > 0
    assert len(rotation.key_uses()) == 1
    assert len(_names()) == Party.objects.count() >= 40


def _retire_all_but_the_newest() -> None:
    for use in rotation.key_uses()[:-1]:
        for _ in range(100):
            try:
                rotation.retire_key(use.key, destroy=True, actor="", at=MOMENT)
                break
            except KeyInUseError:  # somebody who read the ring before it wrote by it since
                rotation.rewrap_all(portion=3)
        else:
            pytest.fail("whoever writes still wraps by a key that is long not the newest")


_READ_ON = """
import sys, time
from carrears.cli import start_django
start_django(migrate=False)
from carrears.parties.models import Party
from carrears.parties.queries import open_parties
tokens = list(Party.objects.exclude(party_no="house").values_list("pk", flat=True))
print(len(tokens), flush=True)
while True:
    names = {data.name for data in open_parties(tokens).values()}
    assert len(names) == len(tokens), names
    print("read", flush=True)
"""


@pytest.mark.slow
def test_a_killed_rotation_goes_on(imported_home: Home, tmp_path: Path) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    reader = subprocess.Popen(
        [sys.executable, "-c", _READ_ON], env=home.environ, stdout=subprocess.PIPE, text=True
    )
    try:
        _rotate_and_kill(home, reader)
    finally:
        reader.kill()
        reader.communicate()
    assert home.run_json("evidence", "verify")["ok"]


def _rotate_and_kill(home: Home, reader: subprocess.Popen[str]) -> None:
    before = home.run_json("keys", "list")["keys"]
    subjects = before[0]["subjects"]
    assert reader.stdout is not None
    assert int(reader.stdout.readline()) > 0
    with home.connect() as database:
        # The rotation passes this row over at first, and waits for it at the end.
        database.execute("begin")
        database.execute(_HOLD)
        killed = home.start("keys", "rotate", "--portion", "1")
        _wait_for_use(home, before[0]["key"], 1)
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate()
        database.execute("rollback")
    half = home.run_json("keys", "list")["keys"]
    assert [one["subjects"] for one in half] == [1, subjects - 1]

    done = home.run_json("keys", "rotate")

    assert (done["wraps"], done["rewrapped"]) == (half[1]["key"], 1)
    assert [one["subjects"] for one in home.run_json("keys", "list")["keys"]] == [0, subjects]
    home.run("keys", "retire", before[0]["key"])
    assert reader.stdout.readline() == "read\n"
    assert reader.poll() is None


_HOLD = """
select from parties_party
where token = (select token from parties_party order by 1 offset 3 limit 1) for update
"""
_USES = "select count(*) from parties_party where parties_wrapping_key(wrapped_key) = %s"


def _wait_for_use(home: Home, key: str, wanted: int) -> None:
    deadline, found = time.monotonic() + 60, -1
    with home.connect() as database:
        while found != wanted:
            assert time.monotonic() < deadline, f"{found} use {key}"
            time.sleep(0.05)
            ((found,),) = database.execute(_USES, [bytes.fromhex(key)]).fetchall()
