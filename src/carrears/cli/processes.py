"""Processes that run beside a command, and end with it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

_PATIENCE = 20


def command(*arguments: str) -> list[str]:
    """Our own command line in a process of its own, which ends when this one does."""
    return [sys.executable, "-m", "carrears", *arguments, "--parent", str(os.getpid())]


@contextmanager
def children(commands: Sequence[Sequence[str]]) -> Iterator[None]:
    """Run these commands beside what happens inside, and end them in order afterwards."""
    started = [subprocess.Popen(one) for one in commands]  # noqa: S603  our own commands
    try:
        yield
    finally:
        for process in started:
            process.terminate()
        for process in started:
            try:
                process.wait(_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def run_until_told(server: Sequence[str]) -> int:
    """Run a server as a child, so that this process can leave the database in order."""
    process = subprocess.Popen(server)  # noqa: S603  our own command
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # the child was interrupted too and is ending


def end_with(parent: int) -> None:
    """Ask this process to end once ``parent`` is gone, however it went; insist after a while."""

    def watch() -> None:
        while psutil.pid_exists(parent):
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_PATIENCE)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
