"""A server of somebody else, whose user is no superuser, does all that the embedded one does."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from homes import Home
from outside import HAS_TLS, Outside, OutsideHome, make_user, run_outside
from small_tape import AS_OF, write_small_tape
from witness.running import free_port

pytestmark = pytest.mark.slow

_LOOK = """
import json
from carrears.cli import start_django
start_django(migrate=False)
from django.db import connection
from carrears.access.walls import TABLES
from carrears.database.wall import EVERYTHING, Standing, Wall
from carrears.parties.models import Party
from carrears.parties.queries import open_parties
def counts():
    with connection.cursor() as cursor:
        found = {}
        # The log grows by a backup and a restore themselves; whether it is whole they say.
        for name in sorted(name for name in TABLES if not name.startswith("evidence_")):
            cursor.execute(f"select count(*) from {name}")
            found[name] = cursor.fetchone()[0]
        return found
def behind(org):
    with Wall(lambda: Standing(org, "2026-07-01")).raised():
        return counts()
people = Party.objects.exclude(party_no="house").order_by("party_no")
opened = open_parties(party.pk for party in people)
print(json.dumps({
    "names": {party.party_no: opened[party.pk].name for party in people},
    "house": counts(), "lender": behind(EVERYTHING), "agency": behind("4711"),
}))
"""


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outside]:
    with run_outside(tmp_path_factory.mktemp("outside") / "server") as server:
        yield server


def _look(home: Home) -> Any:
    command = [sys.executable, "-c", _LOOK]
    done = subprocess.run(command, env=home.environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@contextmanager
def _served(home: Home) -> Iterator[str]:
    port = free_port()
    process = home.start("serve", "--port", str(port), "--workers", "1", "--no-worker")
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def _get(url: str) -> tuple[int, str]:
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:  # noqa: S310  our own
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def test_the_whole_of_a_day_and_a_backup(outside: Outside, tmp_path: Path) -> None:
    home = OutsideHome(tmp_path / "home", outside.database("whole"))
    told = home.run("database")
    assert told.endswith("nothing is lacking\n")
    assert ("(TLS)" in told) == HAS_TLS
    home.run("book", "import", str(write_small_tape(tmp_path / "tape", watched=True)))
    day = home.run_json("day", "--as-of", AS_OF.isoformat())
    assert (day["loans"], day["cases_open"], day["actions_sent"]) == (10, 6, 2)
    with _served(home) as address:
        assert _get(f"{address}/readyz") == (200, '{"ready": true, "missing": []}')
        assert _get(f"{address}/sign-in/")[0] == 200
    assert not (home.folder / "pg").exists()

    before = _look(home)
    assert before["house"]["casework_case"] == 7  # a watched loan has a file too
    assert before["lender"] == before["house"]
    assert set(before["agency"].values()) == {0}

    # Into another database of a user of another name, who has rights of his own.
    key, data, keys = (str(tmp_path / name) for name in ("id", "data", "keys"))
    public = home.run("backup-key", key).strip()
    made = home.run_json("backup", data, "--to", public)
    home.run("backup", keys, "--to", public, "--keys")
    make_user(outside, "other_app")
    outside.administer("grant carrears_web to other_app")
    outside.administer("grant carrears_web_inside to other_app")
    outside.administer("grant carrears_web_part to other_app")
    fresh = OutsideHome(tmp_path / "fresh", outside.database("fresh", owner="other_app"))
    fresh.run("restore", keys, "--identity", key, "--keys")
    done = fresh.run_json("restore", data, "--identity", key, "--no-erasures")
    assert (done["log_ok"], done["log_size"]) == (True, made["log_size"])
    assert _look(fresh) == before
    assert fresh.run_json("day", "--as-of", AS_OF.isoformat())["repeated"]

    # What a policy hides would be missing from a backup: then there is none.
    with home.connect() as connection:
        connection.execute("drop policy carrears_house on casework_promise")
    refused = home.run("backup", str(tmp_path / "cut"), "--to", public, expect=1)
    assert "casework_promise" in refused
    assert not (tmp_path / "cut").exists()
    home.run("migrate")
    home.run("backup", str(tmp_path / "cut"), "--to", public)


def test_a_book_moves_from_the_embedded_server_to_another(
    outside: Outside, imported_home: Home, tmp_path: Path
) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    key, data = str(tmp_path / "id"), str(tmp_path / "data")
    home.run("backup", data, "--to", home.run("backup-key", key).strip())
    before = _look(home)

    moved = OutsideHome(tmp_path / "moved", outside.database("moved"))
    moved.folder.mkdir()
    shutil.copytree(home.folder / "keys", moved.folder / "keys")
    done = moved.run_json("restore", data, "--identity", key, "--no-erasures")

    assert done["log_ok"]
    assert _look(moved) == before

    # Whoever stands in the way of replacing it is counted, though he be another user.
    with outside.connect("moved"):
        refused = moved.run("restore", data, "--identity", key, "--replace", expect=1)
    assert "1 others are connected" in refused
    assert _look(moved) == before


def test_what_is_lacking_is_named_with_how_to_give_it(outside: Outside, tmp_path: Path) -> None:
    make_user(outside, "modest")
    outside.database("guarded", owner="postgres")
    url = outside.url("guarded", user="modest")
    home = _WithRole(tmp_path / "home", url)
    outside.administer("revoke temporary on database guarded from public")

    refused = home.run("migrate", expect=1)
    wanted = [
        (
            'alter database "guarded" owner to "modest"'
            ' (or: grant create on schema public to "modest")'
        ),
        'grant temporary on database "guarded" to "modest"',
        'create role "guarded_web" nologin',
        'grant "guarded_web" to "modest"',
        'create role "guarded_web_inside" nologin',
        'grant "guarded_web_inside" to "modest"',
        'create role "guarded_web_part" nologin',
        'grant "guarded_web_part" to "modest"',
    ]
    assert [line for line in refused.splitlines() if line in wanted] == wanted

    for line in wanted:
        outside.administer(line.split(" (or: ")[0])
    home.run("migrate")
    assert home.run("database").endswith("nothing is lacking\n")

    for role in ("guarded_web", "guarded_web_inside", "guarded_web_part"):
        outside.administer(f"alter role {role} bypassrls")
        refused = home.run("database", expect=1)
        assert f"the role '{role}' passes by row-level security" in refused
        outside.administer(f"alter role {role} nobypassrls")
    wrong = OutsideHome(tmp_path / "wrong", url.replace("p%40ss", "other"))
    refused = wrong.run("migrate", expect=1)
    assert "error: the database does not answer" in refused
    assert "Traceback" not in refused


class _WithRole(OutsideHome):
    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"CARREARS_WEB_ROLE": "guarded_web"}
