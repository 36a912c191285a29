"""Answers on their way to slow readers: kept for them, up to a size, and no thread with them.

What the network does not take at once is kept here and sent on by the loop of the worker: in memory
up to ``KEPT`` bytes of one answer and ``TOGETHER`` of a process, beyond that on the disk
(``overflow``). Where that has no room either its thread waits: ``SEND_SECONDS`` for any progress,
and in all no longer than those and a second for each ``SLOWEST`` bytes taken.
"""

from __future__ import annotations

import errno
import select
import ssl
import time
from typing import Any, BinaryIO

from carrears.overflow import Overflow, Room

SEND_SECONDS = 30
SLOWEST = 32 * 1024  # bytes a second that a thread waits for, and the disk is lent for
DRIPPING = 4 * 1024  # bytes a second that the loop waits for, which costs memory only
SLICE = 64 * 1024
KEPT = 1024 * 1024
TOGETHER = 64 * 1024 * 1024
_AT_ONCE = 1024 * 1024  # however fast somebody reads, the loop has others to serve
_LATER = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


class SlowReaderError(BrokenPipeError):
    """Who reads an answer takes too little of it: as good as gone, and no error of the server."""


_memory = Room(TOGETHER)


class Outbox:
    """A connection's socket, whose answers wait here instead of in a thread."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        self._kept = bytearray()
        self._overflow = Overflow()  # what comes after that
        self.begin()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._raw, name)

    def begin(self) -> None:
        """An answer begins: its time counts from here."""
        self._waited, self._sent = 0.0, 0

    @property
    def patience(self) -> float:
        """For how many seconds from now the loop waits for what is kept to be taken."""
        return SEND_SECONDS + len(self._kept) / DRIPPING + len(self._overflow) / SLOWEST

    @property
    def is_empty(self) -> bool:
        """Whether all that was answered left."""
        return not self._kept and not self._overflow

    def sendall(self, data: bytes) -> None:
        """Send it, now or when it is taken; called by threads.

        Raises:
            SlowReaderError: more is waiting than is kept, and too little of it was taken.
            OSError: the other side left.
        """
        whole = memoryview(data)
        try:
            for start in range(0, len(whole), SLICE):
                while not self._keep(whole[start : start + SLICE]):
                    self._wait()
                    self.flush()
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
        """Send what is taken at once, up to a mebibyte; whether nothing is left.

        Raises:
            OSError: the other side left.
        """
        timeout = self._raw.gettimeout()
        self._raw.setblocking(False)
        try:
            limit = self._sent + _AT_ONCE
            while self._refill() and self._sent < limit:
                taken = self._raw.send(bytes(self._kept[:SLICE]))
                del self._kept[:taken]
                _memory.change(-taken)
                self._sent += taken
        except _LATER:
            return False
        finally:
            if self._raw.fileno() >= 0:
                self._raw.settimeout(timeout)
        return self.is_empty

    def forget(self) -> None:
        """Nobody takes it."""
        _memory.change(-len(self._kept))
        self._kept.clear()
        self._overflow.empty()

    def _keep(self, part: memoryview) -> bool:
        """Keep it where there is room, behind what is kept; False where there is none."""
        most = 0 if _memory.is_full else KEPT
        if self._overflow or (self._kept and len(self._kept) + len(part) > most):
            return self._overflow.put(part)
        self._hold(part)
        return True

    def _hold(self, part: bytes | memoryview) -> None:
        self._kept += part
        _memory.change(len(part))

    def _refill(self) -> bool:
        """Bring what comes next into memory; whether there is anything to send."""
        if self._overflow and len(self._kept) < SLICE:
            self._hold(self._overflow.take(SLICE))
        return bool(self._kept)

    def _wait(self) -> None:
        left = min(SEND_SECONDS, SEND_SECONDS + self._sent / SLOWEST - self._waited)
        began = time.monotonic()
        poller = select.poll()
        poller.register(self._raw.fileno(), select.POLLOUT)
        if left <= 0 or not poller.poll(left * 1000):
            raise SlowReaderError(errno.EPIPE, "who reads the answer takes too little of it")
        self._waited += time.monotonic() - began
