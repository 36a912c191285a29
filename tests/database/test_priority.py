"""A night's run leaves the processors to events and screens."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.db.backends.signals import connection_created

from carrears.database import priority
from carrears.database.priority import give_way

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_session(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The session of the tests stays as it is, and later connections too."""
    monkeypatch.setattr(os, "setsid", lambda: None)
    monkeypatch.setattr(priority, "_SESSION", tmp_path / "autogroup")
    yield tmp_path / "autogroup"
    connection_created.disconnect(priority._lower_server_process)


@pytest.mark.parametrize(("was", "then"), [(0, 15), (19, 19)])
def test_the_process_and_its_server_process_give_way(
    monkeypatch: pytest.MonkeyPatch, was: int, then: int
) -> None:
    lowered: dict[int, int] = {}
    monkeypatch.setattr(os, "getpriority", lambda _which, _pid: was)
    monkeypatch.setattr(os, "setpriority", lambda _which, pid, to: lowered.update({pid: to}))
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "carrears.database")
    give_way()
    assert lowered == {0: then, connection.connection.info.backend_pid: then}


def test_a_server_elsewhere_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    lowered: list[int] = []
    monkeypatch.setattr(os, "setpriority", lambda _which, pid, _to: lowered.append(pid))
    monkeypatch.setitem(connection.settings_dict, "ENGINE", "django.db.backends.postgresql")
    give_way()
    assert lowered == [0]


def test_what_may_not_be_done_is_left_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "setpriority", refuse)
    give_way()


def test_no_workers_are_added_to_its_queries() -> None:
    give_way()
    with connection.cursor() as cursor:
        cursor.execute("show max_parallel_workers_per_gather")
        assert cursor.fetchone() == ("0",)


@pytest.mark.parametrize("watched", [True, False])
def test_the_session_gives_way_unless_somebody_sits_before_it(
    monkeypatch: pytest.MonkeyPatch, own_session: Path, *, watched: bool
) -> None:
    monkeypatch.setattr(os, "isatty", lambda _: watched)
    give_way()
    assert own_session.exists() is not watched


@pytest.mark.skipif(
    not Path("/proc/self/autogroup").exists(), reason="this system has no sessions to lower"
)
def test_a_process_of_its_own_has_a_lowered_session() -> None:
    told = (
        "from carrears.database.priority import _lower_session; _lower_session();"
        "import os; print(os.getsid(0) == os.getpid(), open('/proc/self/autogroup').read())"
    )
    run = subprocess.run(
        [sys.executable, "-c", told],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.startswith("True ")
    assert run.stdout.strip().endswith("nice 15")
