"""How ``carrears serve`` takes requests in: a thread meets whole requests only.

gunicorn's threaded worker gives a connection to one of its few threads as soon as a byte comes,
and the thread waits for the rest: a handful of sockets that send a byte now and then (*slowloris*)
would keep everybody else out. Here the loop of the worker itself shakes hands (TLS) and gathers the
head of a request, and a body of up to ``heads.GATHERED`` bytes, without a thread; what is not whole
in its time is closed. A longer body is read by its thread, at no less than ``SLOWEST`` bytes a
second. What of an answer is not taken at once the loop sends on, without a thread, up to a size
(``answers``). Of one address a process holds so many connections and no more; trusted proxies are
not counted.

Built on the worker of gunicorn 27; ``tests/workbench/test_slow_sockets.py`` opens the slow sockets.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import ssl
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache, partial
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

from django.conf import settings
from gunicorn import http, sock
from gunicorn.http.errors import NoMoreData
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.gthread import TConn, ThreadWorker

from carrears.answers import SEND_SECONDS, SLOWEST, Outbox
from carrears.heads import Head, UnreadableError, head_of

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carrears.settings")

_STOPPING_SECONDS = _LINGER_SECONDS = 2
_FULL_SECONDS = 0.5  # without new connections, where the machine has no more files to open
_FULL = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_GO_ON = b"HTTP/1.1 100 Continue\r\n\r\n"
_REFUSAL = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


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
        self.head: Head | None = None
        self.searched = 0  # bytes in which no head ends
        self.until = 0.0
        self.is_wrapped = self.is_open = self.is_gathered = self.is_told = False
        self.is_counted = False
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
            self.sock = _tls(self.cfg).wrap_socket(
                self.sock,
                server_side=True,
                suppress_ragged_eofs=self.cfg.suppress_ragged_eofs,
                do_handshake_on_connect=False,
            )
            self.sock.setblocking(False)
            self.is_wrapped = True
        if self.cfg.is_ssl and not self.is_open:
            self.sock.do_handshake()
        self.is_open = True

    def gather(self) -> None:
        """Take what is there until a thread may go on with it.

        Raises:
            ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError: more has to come.
            UnreadableError: it sends what no request can be.
            OSError: the other side left.
        """
        self.shake_hands()
        while not self._is_enough():
            part = self.sock.recv(64 * 1024)
            if not part:
                raise ConnectionError("it left")
            self.got += part

    def _is_enough(self) -> bool:
        """Whether a thread may go on with it; who waits to be told to send the rest is told."""
        if self.head is None:
            self.head = head_of(self.got, self.searched)
            self.searched = len(self.got)
        if self.head is None:
            return False
        self.is_gathered = self.head.is_gathered
        if not self.is_gathered or len(self.got) >= self.head.size + self.head.length:
            return True
        if self.head.is_asking and not self.is_told:
            if self.sock.send(_GO_ON) < len(_GO_ON):
                raise ConnectionError("it takes no answer")
            self.is_told = True
        return False

    def hand_over(self, seconds: float) -> None:
        """Have gunicorn's parser read on from what was gathered."""
        if self.parser is None:
            self.sock = Outbox(self.sock)
            self.parser = http.get_parser(self.cfg, self.sock, self.client)
            self.parser.unreader = Paced(self.sock, seconds)
        self.sock.begin()
        self.parser.unreader.begin()
        self.parser.unreader.unread(bytes(self.got))
        self.got.clear()
        self.head, self.searched, self.is_told = None, 0, False
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


def _tls(cfg: Any) -> ssl.SSLContext:
    """As gunicorn makes it for each connection; here once, until the files are others."""
    files = [Path(one) for one in (cfg.certfile, cfg.keyfile) if one]
    return _read_tls(cfg, *(one.stat().st_mtime_ns for one in files))


@lru_cache(maxsize=1)
def _read_tls(cfg: Any, *_written: int) -> ssl.SSLContext:
    found: ssl.SSLContext = sock.ssl_context(cfg)
    return found


def _close(conn: Connection) -> None:
    with suppress(OSError):
        conn.sock.close()


class PatientWorker(ThreadWorker):  # type: ignore[misc]  # see above
    """gunicorn's threaded worker, which waits for slow senders without its threads."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._gathering: dict[Connection, None] = {}  # in the order in which their time is over
        self._lingering: dict[Connection, float] = {}
        self._leaving: dict[Connection, float] = {}  # their answers, and until when one waits
        self._held: Counter[str] = Counter()
        self._full_until = 0.0
        proxies = (one.strip() for one in settings.TRUSTED_PROXIES)
        self._proxies = [ip_network(one, strict=False) for one in proxies if one]

    def set_accept_enabled(self, enabled: bool) -> None:  # noqa: FBT001  gunicorn's
        """As gunicorn does, and not while the machine has no more files to open."""
        super().set_accept_enabled(enabled and time.monotonic() >= self._full_until)

    def accept(self, listener: Any) -> None:
        """Take a connection in, unless its address has enough of them."""
        try:
            taken, client = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in _FULL:
                raise
            self.log.warning("No new connections for a moment: %s", error)
            self._full_until = time.monotonic() + _FULL_SECONDS
            self.set_accept_enabled(False)
            return
        address = self._counted(client)
        if address and self._held[address] >= settings.CONNECTIONS_PER_ADDRESS:
            taken.close()
            return
        conn = Connection(self.cfg, taken, client, listener.getsockname())
        conn.linger = self._linger
        conn.is_counted = True
        self._held[address] += 1
        self.nr_conns += 1
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
        for conn in [one for one, until in self._leaving.items() if until <= now]:
            self._give_up(conn)

    def murder_keepalived(self, force: bool = False) -> None:  # noqa: FBT001, FBT002  gunicorn's
        """As gunicorn does, and count them out."""
        before = list(self.keepalived_conns)
        super().murder_keepalived(force)
        for conn in before[: len(before) - len(self.keepalived_conns)]:
            self._count_out(conn)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """As gunicorn does once the answer has left, and count it out where that was its end."""
        if isinstance(conn.sock, Outbox) and not conn.sock.is_empty:
            self._leaving[conn] = time.monotonic() + conn.sock.patience
            self._send_on(conn, fs)
            return
        before = self.nr_conns
        super().finish_request(conn, fs)
        if self.nr_conns < before:
            self._count_out(conn)

    def _send_on(self, conn: Connection, fs: Any, _socket: object = None) -> None:
        """Send what is taken of an answer that a thread has left here."""
        self._unwatch(conn)
        try:
            is_gone = conn.sock.flush()
        except OSError:
            self._give_up(conn)
            return
        if is_gone:
            del self._leaving[conn]
            self.finish_request(conn, fs)
        else:
            self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self._send_on, conn, fs))

    def _give_up(self, conn: Connection) -> None:
        conn.sock.forget()
        del self._leaving[conn]
        self._drop(conn)

    def _keepalive_after(self, conn: Connection, keepalive: bool) -> bool:  # noqa: FBT001  gunicorn's
        """Go on with a connection only where no thread would read what is left of a body."""
        return conn.is_gathered and bool(super()._keepalive_after(conn, keepalive))

    def _linger(self, conn: Connection) -> None:
        """Wait for the other side to close: else what it still sends would cut its answer off.

        gunicorn waits in this loop, and with it everybody. It counts as a connection until then.
        """
        try:
            conn.begin_end()
        except OSError:
            _close(conn)
            return
        self.nr_conns += 1
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
        self._drop(conn)

    def _advance(self, conn: Connection, _socket: object = None) -> None:
        """Go as far as what has come allows."""
        self._unwatch(conn)
        try:
            conn.gather()
        except (ssl.SSLWantReadError, BlockingIOError):
            self._watch(conn, selectors.EVENT_READ)
        except ssl.SSLWantWriteError:
            self._watch(conn, selectors.EVENT_WRITE)
        except UnreadableError:
            with suppress(OSError):
                conn.sock.send(_REFUSAL)
            self._drop(conn, graceful=True)
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

    def _drop(self, conn: Connection, *, graceful: bool = False) -> None:
        self._unwatch(conn)
        self._gathering.pop(conn, None)
        self.nr_conns -= 1
        conn.close(graceful)
        if conn not in self._lingering:
            self._count_out(conn)

    def _counted(self, client: Any) -> str:
        """The address by which a connection is counted; empty for a proxy or a unix socket."""
        if not isinstance(client, tuple):
            return ""
        found = ip_address(client[0].partition("%")[0])
        return "" if any(found in one for one in self._proxies) else str(found)

    def _count_out(self, conn: Connection) -> None:
        if not conn.is_counted:
            return
        conn.is_counted = False
        address = self._counted(conn.client)
        self._held[address] -= 1
        if self._held[address] <= 0:
            del self._held[address]
