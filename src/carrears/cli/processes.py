"""Processes that run beside a command, and end with it."""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import psutil

_log = logging.getLogger(__name__)
_PATIENCE = 20
_LOOK_SECONDS, _LONG_SECONDS = 1.0, 60.0


def command(*arguments: str) -> list[str]:
    """Our own command line in a process of its own, which ends when this one does."""
    return [sys.executable, "-m", "carrears", *arguments, "--parent", str(os.getpid())]


@contextmanager
def children(commands: Sequence[Sequence[str]]) -> Iterator[threading.Event]:
    """Run these commands beside what happens inside, and end them in order afterwards.

    One that ends meanwhile is begun again, unless the event is set that is given: a worker gives
    up when its database restarts.
    """
    started = [_Child(one) for one in commands]
    ending = threading.Event()

    def watch() -> None:
        while not ending.wait(_LOOK_SECONDS):
            for child in started:
                child.begin_again_if_ended()

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield ending
    finally:
        ending.set()
        watcher.join()
        for child in started:
            child.process.terminate()
        for child in started:
            child.end()


class _Child:
    """A command that is to run; one that keeps ending is begun more and more seldom."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words, self._pause, self._began = words, _LOOK_SECONDS, time.monotonic()
        self.process = subprocess.Popen(words)  # noqa: S603  our own command

    def begin_again_if_ended(self) -> None:
        code, lived = self.process.poll(), time.monotonic() - self._began
        if code is None or lived < self._pause:
            return
        _log.warning("%s ended by itself (%s) and is begun again", shlex.join(self._words), code)
        self._pause = (
            _LOOK_SECONDS if lived > _LONG_SECONDS else min(2 * self._pause, _LONG_SECONDS)
        )
        self._began = time.monotonic()
        self.process = subprocess.Popen(self._words)  # noqa: S603  our own command

    def end(self) -> None:
        try:
            self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def run_until_told(server: Sequence[str], ending: threading.Event | None = None) -> int:
    """Run a server as a child, so that this process can leave the database in order.

    ``ending`` is set once the terminal interrupts: all children hear of it themselves.
    """
    process = subprocess.Popen(server)  # noqa: S603  our own command
    signal.signal(signal.SIGTERM, lambda *_: process.terminate())
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            if ending is not None:
                ending.set()  # the child was interrupted too and is ending


def end_with(parent: int) -> None:
    """Ask this process to end once ``parent`` is gone, however it went; insist after a while."""

    def watch() -> None:
        while psutil.pid_exists(parent):
            time.sleep(1)
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(_PATIENCE)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()
