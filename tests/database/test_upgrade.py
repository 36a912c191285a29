"""A house is upgraded while its servers answer: the old release's beside the new one's."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
from homes import Home
from witness.running import free_port

import carrears

pytestmark = pytest.mark.slow

_BEFORE = """
from django.db import migrations, models
class Migration(migrations.Migration):
    dependencies = [("casework", "{last}")]
    operations = [
        migrations.AddField("promise", "told_by", models.TextField(db_default="")),
        migrations.CreateModel("CaseMark", [
            ("id", models.BigAutoField(primary_key=True)), ("text", models.TextField())]),
    ]
"""
_AFTER = """
from django.db import migrations
class Migration(migrations.Migration):
    dependencies = [("casework", "{before}")]
    operations = [migrations.RemoveField("promise", "told_by")]
"""


@dataclass(frozen=True)
class _NextHome(Home):
    """The same home, worked on by a newer release."""

    source: Path = Path()

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"PYTHONPATH": str(self.source), "CARREARS_MIGRATE_AT_START": "0"}


@pytest.fixture
def newer(tmp_path: Path) -> tuple[Path, str, str]:
    """The source of a release with two migrations more, and their names."""
    source = tmp_path / "newer" / "src"
    source.parent.mkdir()
    whole = Path(carrears.__file__).parents[1]
    # With what is compiled, which takes half a minute; not with what is being written just now.
    shutil.copytree(whole, source, ignore=shutil.ignore_patterns("*.pyc.*", "*.tmp.*"))
    for name in ("rulepacks", "strategies"):
        (source.parent / name).symlink_to(whole.parent / name)
    folder = source / "carrears" / "casework" / "migrations"
    last = max(path.stem for path in folder.glob("0*.py"))
    number = int(last[:4])
    before, after = f"{number + 1:04}_told_by", f"{number + 2:04}_after_told_by"
    (folder / f"{before}.py").write_text(_BEFORE.format(last=last))
    (folder / f"{after}.py").write_text(_AFTER.format(before=before))
    return source, before, after


@contextmanager
def _served(home: Home) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "carrears", "serve", f"--port={port}", "--workers=1", "--no-worker"],
        env=home.environ,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 240
        while _get(f"{address}/healthz")[0] != 200:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.2)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _get(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310  our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError as error:
        return 0, str(error)


class _Asking:
    """Somebody who goes on asking, and keeps what was not answered well."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.wrong: list[tuple[int, str]] = []
        self.count = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._stop.is_set():
            for page in ("/sign-in/", "/readyz"):
                status, text = _get(f"{self._address}{page}")
                self.count += 1
                if status != 200:
                    self.wrong.append((status, text))


def test_an_upgrade_beside_running_servers(
    imported_home: Home, newer: tuple[Path, str, str], tmp_path: Path
) -> None:
    source, before, after = newer
    old = imported_home.copy_to(tmp_path / "home")
    new = _NextHome(old.folder, source)
    halves = f"before: casework.{before}\nafter: casework.{after}\n"

    with _served(old) as was:
        with _Asking(was) as asking:
            assert new.run("upgrade") == halves
            assert new.run("upgrade", "--before") == f"casework.{before}\n"
            assert new.run("upgrade", "--before") == ""
            with _served(new) as now:
                assert _get(f"{now}/readyz") == (200, '{"ready": true, "missing": []}')
                refused = new.run("upgrade", "--after", expect=1)
                assert "of another release are open" in refused
        assert asking.wrong == []
        assert asking.count > 20

    with _served(new) as now, _Asking(now) as asking:
        assert new.run("upgrade", "--after") == f"casework.{after}\n"
    assert asking.wrong == []

    # The old release would now write what is gone: it does not start.
    refused = old.run("serve", expect=1)
    assert f"casework.{after}" in refused
    assert "this release is older than the database" in refused


def test_the_new_release_waits_for_its_half_and_for_nobody_long(
    imported_home: Home, newer: tuple[Path, str, str], tmp_path: Path
) -> None:
    source, before, _after = newer
    old = imported_home.copy_to(tmp_path / "home")
    new = _NextHome(old.folder, source)

    refused = new.run("worker", "--no-wait", expect=1)
    assert f"casework.{before}: run `carrears upgrade --before`" in " ".join(refused.split())
    assert "run `carrears upgrade --before` first" in new.run("upgrade", "--after", expect=1)

    with old.connect() as reader, old.connect() as other:
        reader.execute("begin")
        reader.execute("select count(*) from casework_promise")
        process = new.start("upgrade", "--before", "--patience", "0")
        # While it tries for the table nobody waits behind it for longer than it waits itself.
        longest = 0.0
        while process.poll() is None:
            began = time.monotonic()
            other.execute("select count(*) from casework_promise")
            longest = max(longest, time.monotonic() - began)
        told = process.communicate()[1]
        assert process.returncode == 1, told
        assert "somebody holds a lock for too long" in told
        blocked = reader.execute(
            "select count(*) from information_schema.columns where column_name = 'told_by'"
        ).fetchone()
        assert blocked == (0,)
        reader.execute("rollback")
    assert longest < 30, os.getloadavg()
    assert new.run("upgrade", "--before") == f"casework.{before}\n"
