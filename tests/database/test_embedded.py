"""The embedded server: shared by processes, stopped by the last, mended after a kill."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow

_PROGRAM = """
import sys, psycopg
from pathlib import Path
from carrears.database.embedded import connection_parameters
with psycopg.connect(**connection_parameters(Path(sys.argv[1]))) as connection:
    connection.execute("select pg_advisory_xact_lock(1)")
    connection.execute("create table if not exists seen (pid int)")
    connection.execute("insert into seen values (pg_backend_pid())")
    connection.commit()
    print(connection.execute("select count(*) from seen").fetchone()[0], flush=True)
    sys.stdin.readline()
"""


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def rows_seen(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("\n", timeout=30)


def postmaster(folder: Path) -> int:
    return int((folder / "postmaster.pid").read_text().splitlines()[0])


def assert_ends(pid: int) -> None:
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not psutil.pid_exists(pid)


def test_two_processes_share_the_server_and_the_last_stops_it(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    first, second = start(folder), start(folder)
    assert sorted([rows_seen(first), rows_seen(second)])[1] >= 1
    pid = postmaster(folder)

    leave(first)
    assert psutil.pid_exists(pid)
    leave(second)

    assert_ends(pid)


def test_a_killed_process_and_a_killed_server_lose_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    first = start(folder)
    assert rows_seen(first) == 1
    server = postmaster(folder)
    first.send_signal(signal.SIGKILL)
    first.communicate()
    os.kill(server, signal.SIGKILL)

    second = start(folder)

    assert rows_seen(second) == 2
    server = postmaster(folder)
    leave(second)
    assert_ends(server)


def test_a_pid_file_whose_number_another_program_took_is_seen_through(tmp_path: Path) -> None:
    folder = tmp_path / "pg"
    first = start(folder)
    assert rows_seen(first) == 1
    pid_file = folder / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    leave(first)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    second = start(folder)

    assert rows_seen(second) == 2
    leave(second)


def test_threads_of_one_process_may_ask_at_once(tmp_path: Path) -> None:
    program = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
import psycopg
from carrears.database.embedded import connection_parameters

def ask(_):
    with psycopg.connect(**connection_parameters(Path(sys.argv[1]))) as connection:
        return connection.execute("select 1").fetchone()[0]

with ThreadPoolExecutor(6) as pool:
    print(sum(pool.map(ask, range(24))))
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "pg")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout.strip(), done.returncode) == ("24", 0), done.stderr
