"""Answers on their way to slow readers: kept for them, up to a size, and no thread with them.

What the network does not take at once is kept here and sent on by the loop of the worker. Beyond
``KEPT`` bytes of one answer, or ``TOGETHER`` of a process, its thread waits: ``SEND_SECONDS`` for
any progress, and in all no longer than those and a second for each ``SLOWEST`` bytes taken.
"""

from __future__ import annotations

import errno
import select
import ssl
import threading
import time
from typing import Any, BinaryIO

SEND_SECONDS = 30
SLOWEST = 32 * 1024  # bytes a second that a thread waits for
DRIPPING = 4 * 1024  # bytes a second that the loop waits for, which costs memory only
SLICE = 64 * 1024
KEPT = 1024 * 1024
TOGETHER = 64 * 1024 * 1024
_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SlowReaderError(BrokenPipeError):
    """Who reads an answer takes too little of it: as good as gone, and no error of the server."""


class _Memory:
    """How much all answers of the process keep together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bytes = 0

    def change(self, by: int) -> None:
        with self._lock:
            self._bytes += by

    @property
    def is_full(self) -> bool:
        return self._bytes >= TOGETHER


_memory = _Memory()


class Outbox:
    """A connection's socket, whose answers wait here instead of in a thread."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._kept = bytearray()
        self.begin()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def begin(self) -> None:
        """An answer begins: its time counts from here."""
        self._waited, self._sent = 0.0, 0

    @property
    def patience(self) -> float:
        """For how many seconds from now the loop waits for what is kept to be taken."""
        return SEND_SECONDS + len(self._kept) / DRIPPING

    @property
    def is_empty(self) -> bool:
        """Whether all that was answered left."""
        return not self._kept

    def sendall(self, data: bytes) -> None:
        """Send it, now or when it is taken; called by threads.

        Raises:
            SlowReaderError: more is waiting than is kept, and too little of it was taken.
            OSError: the other side left.
        """
        whole = memoryview(data)
        try:
            for start in range(0, len(whole), SLICE):
                self._keep(whole[start : start + SLICE])
                self.flush()
                while len(self._kept) > (0 if _memory.is_full else KEPT):
                    self._wait()
                    self.flush()
        except OSError:
            self.forget()
            raise

    def sendfile(self, file: BinaryIO, offset: int = 0, count: int | None = None) -> int:
        """Send a file, or ``count`` bytes of it; how many there were. Raises as ``sendall``."""
        file.seek(offset)
        sent = 0
        while count is None or sent < count:
            part = file.read(SLICE if count is None else min(SLICE, count - sent))
            if not part:
                break
            self.sendall(part)
            sent += len(part)
        return sent

    def flush(self) -> bool:
        """Send what is taken at once; whether nothing is left.

        Raises:
            OSError: the other side left.
        """
        timeout = self._raw.gettimeout()
        self._raw.setblocking(False)
        try:
            while self._kept:
                taken = self._raw.send(bytes(self._kept[:SLICE]))
                del self._kept[:taken]
                _memory.change(-taken)
                self._sent += taken
        except _LATER:
            return False
        finally:
            if self._raw.fileno() >= 0:
                self._raw.settimeout(timeout)
        return True

    def forget(self) -> None:
        """Nobody takes it."""
        _memory.change(-len(self._kept))
        self._kept.clear()

    def _keep(self, part: memoryview) -> None:
        self._kept += part
        _memory.change(len(part))

    def _wait(self) -> None:
        left = min(SEND_SECONDS, SEND_SECONDS + self._sent / SLOWEST - self._waited)
        began = time.monotonic()
        poller = select.poll()
        poller.register(self._raw.fileno(), select.POLLOUT)
        if left <= 0 or not poller.poll(left * 1000):
            raise SlowReaderError(errno.EPIPE, "who reads the answer takes too little of it")
        self._waited += time.monotonic() - began
