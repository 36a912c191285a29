"""The key of lookups changes while the house works, and is killed over it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from conduct.indexed import begin, keys, rows, tape
from django.db import connection, transaction
from factories import DAY
from homes import Home

from carrears.conduct.index_keys import index_key_uses
from carrears.parties import index_rotation
from carrears.parties.keyring import KeyInUseError
from carrears.parties.queries import search_by_name
from carrears.parties.services import store_people

__all__ = ["keys"]  # fixtures


@pytest.mark.django_db(transaction=True)
def test_people_are_found_and_written_while_the_key_changes() -> None:
    store_people(tape(30), source="contract")
    before = rows()
    stop, failures, rounds = threading.Event(), [], {"found": 0, "written": 0}

    def until_stopped(work: str) -> None:
        try:
            while not stop.is_set() or not rounds[work]:
                if work == "found":
                    with transaction.atomic(), connection.cursor() as cursor:
                        cursor.execute("select 1")  # as a request does, before it asks
                        assert search_by_name("wxm").count() == 30
                else:
                    store_people(tape(30), source="contract")
                rounds[work] += 1
        except BaseException as error:  # noqa: BLE001  told below, whatever it is
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=until_stopped, args=(work,)) for work in rounds]
    for thread in threads:
        thread.start()
    for _ in range(3):
        with contextlib.suppress(KeyInUseError):
            begin()
        index_rotation.finish(portion=4)
    stop.set()
    for thread in threads:
        thread.join()

    assert failures == []
    assert min(rounds.values()) > 0
    assert rows() == before
    index_rotation.finish()
    assert [one.people for one in index_key_uses(on=DAY)][-1] == 30


@pytest.mark.slow
def test_a_killed_rotation_goes_on(imported_home: Home, tmp_path: Path) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    [before] = home.run_json("keys", "list")["index_keys"]
    with home.connect() as database:
        # The rotation passes this row over at first, and waits for it at the end.
        database.execute("begin")
        database.execute(_HOLD)
        killed = home.start("keys", "rotate-index", "--portion", "1")
        _wait_for_people(home, before["key"], 1)
        os.kill(killed.pid, signal.SIGKILL)
        killed.communicate()
        database.execute("rollback")
    half = home.run_json("keys", "list")["index_keys"]
    assert [one["people"] for one in half] == [1, before["people"] - 1]
    assert "1 people" in home.run("keys", "retire", before["key"], expect=1)

    done = home.run_json("keys", "rotate-index")

    assert (done["makes"], done["reindexed"]) == (half[1]["key"], 1)
    home.run("keys", "retire", before["key"])
    [after] = home.run_json("keys", "list")["index_keys"]
    assert (after["key"], after["people"]) == (half[1]["key"], before["people"])
    assert home.run_json("evidence", "verify")["ok"]
    with home.connect() as database:
        kinds = database.execute(_KINDS).fetchall()
    assert [kind for (kind,) in kinds] == [
        "vault.index_key_makes",
        "vault.index_rotated",
        "vault.key_retired",
    ]


_HOLD = """
select from parties_party
where token = (select token from parties_party order by 1 offset 3 limit 1) for update
"""
_USES = """
select count(*), count(*) filter (where index_key is distinct from %s)
from parties_party where wrapped_key is not null
"""
_KINDS = "select kind from evidence_entry where kind like 'vault.%' order by id"


def _wait_for_people(home: Home, key: str, wanted: int) -> None:
    """Until all but so many are under another key than the old."""
    deadline, left = time.monotonic() + 60, -1
    with home.connect() as database:
        while left != wanted:
            assert time.monotonic() < deadline, f"{left} are left"
            time.sleep(0.05)
            ((count, others),) = database.execute(_USES, [bytes.fromhex(key)]).fetchall()
            left = count - others
