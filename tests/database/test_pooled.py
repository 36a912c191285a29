"""Screens reach the database through a pooler while all else goes straight."""

from __future__ import annotations

import json
import signal
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from homes import Home
from pools import BOUNCER, WITHOUT_BOUNCER, bouncer
from witness.running import free_port

from carrears.database.embedded import connection_parameters

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class PooledHome(Home):
    """A home whose screens are told of a pooler, and have a pool of one themselves."""

    web_url: str = ""

    @property
    def environ(self) -> dict[str, str]:
        web = {"CARREARS_WEB_POOL": "1"}
        if self.web_url:
            web["CARREARS_WEB_DATABASE_URL"] = self.web_url
        return super().environ | web


def _get(url: str) -> tuple[int, str]:
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  our own
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


@pytest.mark.skipif(BOUNCER is None, reason=WITHOUT_BOUNCER)
def test_the_screens_go_through_pgbouncer(imported_home: Home, tmp_path: Path) -> None:
    home = imported_home.copy_to(tmp_path / "home")
    direct = connection_parameters(home.folder / "pg")
    port = free_port()
    with bouncer(tmp_path / "bouncer", direct) as through:
        pooled = PooledHome(home.folder, f"postgresql://postgres@127.0.0.1:{through}/carrears")
        server = pooled.start("serve", "--port", str(port), "--workers", "1", "--no-worker")
        try:
            assert _get(f"http://127.0.0.1:{port}/readyz") == (
                200,
                json.dumps({"ready": True, "missing": []}),
            )
            assert _get(f"http://127.0.0.1:{port}/sign-in/")[0] == 200
            with pooled.connect() as connection:
                found = connection.execute(
                    "select count(*), count(client_addr) from pg_stat_activity"
                    " where application_name like 'carrears%'"
                ).fetchone()
            assert found == (1, 0)  # the one session of PgBouncer; nobody came by himself
        finally:
            server.send_signal(signal.SIGTERM)
            server.communicate(timeout=60)


def test_the_screens_do_with_a_pool_of_one(imported_home: Home, tmp_path: Path) -> None:
    home = PooledHome(imported_home.copy_to(tmp_path / "home").folder)
    port = free_port()
    server = home.start("serve", "--port", str(port), "--workers", "1", "--no-worker")
    try:
        assert _get(f"http://127.0.0.1:{port}/readyz")[0] == 200
        for _ in range(3):
            assert _get(f"http://127.0.0.1:{port}/sign-in/")[0] == 200
        with home.connect() as connection:
            found = connection.execute(
                "select count(*) from pg_stat_activity where application_name like 'carrears%'"
            ).fetchone()
        assert found == (1,)
    finally:
        server.send_signal(signal.SIGTERM)
        server.communicate(timeout=60)
