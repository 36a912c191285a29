"""How ``carrears serve`` takes requests in: a thread meets whole requests only.

gunicorn's threaded worker gives a connection to one of its few threads as soon as a byte comes,
and the thread waits for the rest: a handful of sockets that send a byte now and then (*slowloris*)
would keep everybody else out. Here the loop of the worker itself shakes hands (TLS) and gathers the
head of a request, and a body of up to ``GATHERED`` bytes, without a thread; what is not whole in
its time is closed. A longer body is read by its thread, at no less than ``SLOWEST`` bytes a second,
and no answer waits longer than ``SEND_SECONDS`` for a reader who takes none of it. Of one address a
process holds so many connections and no more; trusted proxies are not counted.

Built on the worker of gunicorn 27; ``tests/workbench/test_slow_sockets.py`` opens the slow sockets.
"""

from __future__ import annotations

import os
import re
import selectors
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from gunicorn import http, sock
from gunicorn.http.errors import NoMoreData
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")

GATHERED = 1024 * 1024  # what a stranger may send (``workbench.bounds``)
LONGEST_HEAD = 64 * 1024
SLOWEST = 32 * 1024  # bytes a second of a longer body
SEND_SECONDS = 30
_STOPPING_SECONDS = _LINGER_SECONDS = 2
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n", re.IGNORECASE)
# Whose length is not known beforehand, or who waits to be told to go on: a thread reads it.
_ELSEWISE = re.compile(rb"\r\n(?:transfer-encoding|expect):", re.IGNORECASE)


class Paced(SocketUnreader):  # type: ignore[misc]  # gunicorn has no types
    """Reads what was not gathered, and gives up on whoever sends too slowly."""

    def __init__(self, taken: Any, seconds: float) -> None:
        super().__init__(taken)
        self._seconds = seconds
        self.begin()

    def begin(self) -> None:
        """A request begins: what is waited for it counts from here."""
        self._waited, self._read = 0.0, 0

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next bytes.

        Raises:
            NoMoreData: they come too slowly, or not at all.
        """
        left = self._seconds + self._read / SLOWEST - self._waited
        if left <= 0:
            raise NoMoreData
        began = time.monotonic()
        self.sock.settimeout(left)
        try:
            found: bytes = super().chunk(size_hint)
        except TimeoutError as error:
            raise NoMoreData from error
        finally:
            self.sock.settimeout(SEND_SECONDS)
        self._waited += time.monotonic() - began
        self._read += len(found)
        return found


class Connection(TConn):  # type: ignore[misc]  # see above
    """A connection, and what has come of the request that it begins with."""

    sock: Any
    parser: Any

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.got = bytearray()
        self.until = 0.0
        self.is_wrapped = self.is_open = self.is_gathered = False
        self.linger: Callable[[Connection], None] = _close

    def init(self) -> None:
        """A thread takes it: no more waiting without end for whoever reads the answer."""
        self.sock.settimeout(SEND_SECONDS)

    def shake_hands(self) -> None:
        """By TLS, where it is spoken.

        Raises:
            ssl.SSLWantReadError, ssl.SSLWantWriteError: it is not done yet.
            OSError: it failed.
        """
        if self.cfg.is_ssl and not self.is_wrapped:
            self.sock = sock.ssl_wrap_socket(self.sock, self.cfg)
            self.sock.setblocking(False)
            self.is_wrapped = True
        if self.cfg.is_ssl and not self.is_open:
            self.sock.do_handshake()
        self.is_open = True

    def gather(self) -> None:
        """Take what is there until a thread may go on with it.

        Raises:
            ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError: more has to come.
            OSError: the other side left, or sends what no request can be.
        """
        self.shake_hands()
        while (came := what_came(self.got)) is Come.PART:
            part = self.sock.recv(64 * 1024)
            if not part:
                raise ConnectionError("it left")
            self.got += part
        self.is_gathered = came is Come.WHOLE

    def hand_over(self, seconds: float) -> None:
        """Have gunicorn's parser read on from what was gathered."""
        if self.parser is None:
            self.parser = http.get_parser(self.cfg, self.sock, self.client)
            self.parser.unreader = Paced(self.sock, seconds)
        self.parser.unreader.begin()
        self.parser.unreader.unread(bytes(self.got))
        self.got.clear()
        self.initialized = self.data_ready = True

    def close(self, graceful: bool = False) -> None:  # noqa: FBT001, FBT002  gunicorn's
        """Close it; where it was answered, once the other side has read that."""
        if graceful:
            self.linger(self)
        else:
            _close(self)

    def begin_end(self) -> None:
        """Say that nothing more is sent."""
        self.sock.setblocking(False)
        self.sock.shutdown(socket.SHUT_WR)


class Come(Enum):
    """What has come of a request."""

    PART = auto()
    WHOLE = auto()
    HEAD = auto()  # its body is a thread's to read


def what_came(got: bytes | bytearray) -> Come:
    """What has come of the request that begins so.

    Raises:
        ConnectionError: its head is longer than any.
    """
    end = got.find(b"\r\n\r\n", 0, LONGEST_HEAD)
    if end < 0:
        if len(got) >= LONGEST_HEAD:
            raise ConnectionError("no head is so long")
        return Come.PART
    head = bytes(got[: end + 2])
    if _ELSEWISE.search(head):
        return Come.HEAD
    told = _LENGTH.search(head)
    length = int(told[1]) if told else 0
    if length > GATHERED:
        return Come.HEAD
    return Come.WHOLE if len(got) >= end + 4 + length else Come.PART


def _close(conn: Connection) -> None:
    with suppress(OSError):
        conn.sock.close()


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # see above
    """gunicorn's threaded worker, which waits for slow senders without its threads."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._gathering: dict[Connection, None] = {}  # in the order in which their time is over
        self._lingering: dict[Connection, float] = {}
        self._held: Counter[str] = Counter()
        proxies = (one.strip() for one in settings.TRUSTED_PROXIES)
        self._proxies = [ip_network(one, strict=False) for one in proxies if one]

    def accept(self, listener: Any) -> None:
        """Take a connection in, unless its address has enough of them."""
        try:
            taken, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        address = self._counted(client)
        if address and self._held[address] >= settings.CONNECTIONS_PER_ADDRESS:
            taken.close()
            return
        self._held[address] += 1
        self.nr_conns += 1
        conn = Connection(self.cfg, taken, client, listener.getsockname())
        conn.linger = self._linger
        self.enqueue_req(conn)

    def enqueue_req(self, conn: Connection) -> None:
        """Give a whole request to a thread; wait for the rest of any other."""
        if conn.parser is not None:
            conn.got += conn.parser.unreader.take_buffered()
        conn.sock.setblocking(False)
        conn.until = time.monotonic() + settings.REQUEST_SECONDS
        self._gathering[conn] = None
        self._advance(conn)

    def murder_pending(self) -> None:
        """Close what did not become whole in its time."""
        super().murder_pending()
        now = time.monotonic()
        limit = now if self.alive else now + settings.REQUEST_SECONDS - _STOPPING_SECONDS
        for conn in [one for one in self._gathering if one.until <= limit]:
            self._drop(conn)
        for conn in [one for one, until in self._lingering.items() if until <= now]:
            self._end(conn)

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: FBT001, FBT002  gunicorn's
        """As gunicorn does, and count them out."""
        before = list(self.keepalived_conns)
        super().murder_keepalived(force)
        for conn in before[: len(before) - len(self.keepalived_conns)]:
            self._count_out(conn)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """As gunicorn does, and count it out where that was the end of it."""
        before = self.nr_conns
        super().finish_request(conn, fs)
        if self.nr_conns < before:
            self._count_out(conn)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:  # noqa: FBT001  gunicorn's
        """Go on with a connection only where no thread would read what is left of a body."""
        return conn.is_gathered and bool(super()._keepalive_after(conn, keepalive))

    def _linger(self, conn: Connection) -> None:
        """Wait for the other side to close: else what it still sends would cut its answer off.

        gunicorn waits in this loop, and with it everybody.
        """
        try:
            conn.begin_end()
        except OSError:
            _close(conn)
            return
        self._lingering[conn] = time.monotonic() + _LINGER_SECONDS
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._drain, conn))

    def _drain(self, conn: Connection, _socket: object) -> None:
        try:
            if conn.sock.recv(64 * 1024):
                return
        except BlockingIOError:
            return
        except OSError:
            pass
        self._end(conn)

    def _end(self, conn: Connection) -> None:
        del self._lingering[conn]
        self._unwatch(conn)
        _close(conn)

    def _advance(self, conn: Connection, _socket: object = None) -> None:
        """Go as far as what has come allows."""
        self._unwatch(conn)
        try:
            conn.gather()
        except (ssl.SSLWantReadError, BlockingIOError):
            self._watch(conn, selectors.EVENT_READ)
        except ssl.SSLWantWriteError:
            self._watch(conn, selectors.EVENT_WRITE)
        except OSError:
            self._drop(conn)
        else:
            del self._gathering[conn]
            conn.hand_over(settings.REQUEST_SECONDS)
            super().enqueue_req(conn)

    def _watch(self, conn: Connection, event: int) -> None:
        self.poller.register(conn.sock, event, partial(self._advance, conn))

    def _unwatch(self, conn: Connection) -> None:
        with suppress(KeyError, ValueError):  # it was not watched, or is closed
            self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        self._unwatch(conn)
        self._gathering.pop(conn, None)
        self.nr_conns -= 1
        self._count_out(conn)
        conn.close()

    def _counted(self, client: Any) -> str:
        """The address by which a connection is counted; empty for a proxy or a unix socket."""
        if not isinstance(client, tuple):
            return ""
        found = ip_address(client[0].partition("%")[0])
        return "" if any(found in one for one in self._proxies) else str(found)

    def _count_out(self, conn: Connection) -> None:
        address = self._counted(conn.client)
        self._held[address] -= 1
        if self._held[address] <= 0:
            del self._held[address]
