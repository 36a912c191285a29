"""``kill -9`` in the middle of a backup or a restore leaves nothing that passes for whole."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
from pathlib import Path

import psycopg
import pytest
from backups.test_restore import _ERASE, _LOOK, _python
from homes import Home
from small_tape import AS_OF
from witness.running import make_witness

from carrears.database.embedded import connection_parameters

pytestmark = pytest.mark.slow


def _kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -9


def test_a_killed_backup_is_none_and_leaves_nothing_to_the_next(
    imported_home: Home, tmp_path: Path
) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    key, target = str(tmp_path / "id"), tmp_path / "backups" / "night"
    target.parent.mkdir()
    public = home.run("backup-key", key).strip()
    large = home.folder / "vault" / "large"
    large.parent.mkdir(exist_ok=True)
    with large.open("wb") as file:
        for _ in range(256):
            file.write(os.urandom(1 << 20))

    process = home.start("backup", str(target), "--to", public)
    while not (parts := list(target.parent.glob(".carrears-part-*"))):
        assert process.poll() is None
    _kill(process)
    assert not target.exists()
    assert list(home.folder.glob(".backup-*"))
    cut = shutil.copy(parts[0], tmp_path / "cut")
    home.run("backup-check", str(cut), "--identity", key, expect=1)

    large.unlink()
    home.run("backup", str(target), "--to", public)
    home.run("backup-check", str(target), "--identity", key)
    assert [one.name for one in target.parent.iterdir()] == ["night"]
    assert [one.name for one in home.folder.glob(".backup*")] == [".backup.lock"]


def test_a_killed_restore_says_that_it_is_not_finished(imported_home: Home, tmp_path: Path) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    before = json.loads(_python(home, _LOOK))["names"]
    witness = make_witness(tmp_path / "w", "witness.example/deaf")
    [vkey, *_] = [str(one.verifier()) for one in witness.signers()]
    key, data = str(tmp_path / "id"), str(tmp_path / "data")
    public = home.run("backup-key", key).strip()
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        # The copy is filled and asks its witness, who says nothing: nobody was erased again yet.
        deaf.settimeout(240)
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        (home.folder / "witnesses.policy").write_text(f"witness w {vkey} {url}\nquorum w\n")
        home.run("backup", data, "--to", public)
        _python(home, _ERASE, "P-A-03")
        process = home.start("restore", data, "--identity", key, "--replace")
        heard, _ = deaf.accept()
        with heard:
            _kill(process)

    for command in (("day", "--as-of", AS_OF.isoformat()), ("backup", "x", "--to", public)):
        refused = home.run(*command, expect=1)
        assert "that was not ended: give `carrears restore` again" in " ".join(refused.split())
    unready = "from carrears.workbench.queries.vitals import unready; print(unready())"
    start = "from carrears.cli import start_django; start_django(migrate=False);"
    assert _python(home, start + unready) == "['restore']\n"

    # Neither the list of the erased nor leave to replace has to be given again.
    done = home.run_json("restore", data, "--identity", key)
    assert (done["erased_again"], done["log_ok"]) == (1, True)
    assert json.loads(_python(home, _LOOK))["names"] == before | {"P-A-03": ""}
    assert _python(home, start + unready) == "[]\n"
    assert [one.name for one in home.folder.glob(".restore*")] == [".restore.lock"]


# Who asks from another database is not counted among those who are connected to this one.
_UNDER_WAY = """
select count(*) from pg_locks l join pg_database d on d.oid = l.database
where d.datname = 'carrears' and l.locktype = 'relation' and l.granted
  and l.mode = 'AccessExclusiveLock'
"""


def test_a_restore_killed_before_the_database_is_replaced_changes_nothing(
    imported_home: Home, tmp_path: Path
) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    before = _python(home, _LOOK)
    key, data = str(tmp_path / "id"), str(tmp_path / "data")
    home.run("backup", data, "--to", home.run("backup-key", key).strip())
    restore = ("restore", data, "--identity", key, "--replace")

    server = connection_parameters(home.folder / "pg") | {"dbname": "postgres"}
    with psycopg.connect(**server, autocommit=True) as beside:
        process = home.start(*restore)
        # Its tables are dropped, and those of the backup are being made: in one transaction.
        while beside.execute(_UNDER_WAY).fetchone() < (20,):
            assert process.poll() is None
        _kill(process)
        assert list(home.folder.glob(".restore-*"))

        assert _python(home, _LOOK) == before
        assert home.run_json(*restore)["log_ok"]
    back = json.loads(_python(home, _LOOK))
    assert (back["names"], back["there"]) == (json.loads(before)["names"], [True])
    assert [one.name for one in home.folder.glob(".restore*")] == [".restore.lock"]
