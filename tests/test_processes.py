"""What runs beside a command is there as long as the command, and no longer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from carrears.cli.processes import children

_SOON = 30.0  # a busy machine is slow and not wrong


def writer(told: Path, then: str) -> list[str]:
    """A command that writes its number down and then does as it is told."""
    script = f"import os, time; open({str(told)!r}, 'a').write(f'{{os.getpid()}}\\n'); {then}"
    return [sys.executable, "-c", script]


def numbers(told: Path) -> list[int]:
    return [int(line) for line in told.read_text().split()] if told.exists() else []


def wait_until(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + _SOON
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_what_ends_by_itself_is_begun_again_and_all_end_with_the_command(tmp_path: Path) -> None:
    brief, lasting = tmp_path / "brief", tmp_path / "lasting"
    with children([writer(brief, "pass"), writer(lasting, "time.sleep(600)")]):
        wait_until(lambda: len(numbers(brief)) >= 2 and len(numbers(lasting)) == 1)
        [kept] = numbers(lasting)
        psutil.Process(kept).kill()
        wait_until(lambda: len(numbers(lasting)) == 2)
    first, second = numbers(lasting)
    assert not psutil.pid_exists(first)
    assert not psutil.pid_exists(second)
    ended = len(numbers(brief))
    time.sleep(1.5)
    assert len(numbers(brief)) == ended


def test_what_keeps_ending_is_begun_more_and_more_seldom(tmp_path: Path) -> None:
    brief = tmp_path / "brief"
    with children([writer(brief, "pass")]):
        time.sleep(6)
    assert 2 <= len(numbers(brief)) <= 4  # after 1, 3 and 7 seconds
