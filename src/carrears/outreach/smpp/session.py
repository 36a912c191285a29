"""A transceiver session with an SMSC: one thread, one socket.

Units are written until the window is full, then answers are read; what the other side sends in
between (receipts, replies, ``enquire_link``) is taken up within a fiftieth of a second, and
answered only after ``on_deliver`` has kept it, so that the SMSC sends again what a crash lost.
"""

from __future__ import annotations

import select
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from carrears import outgoing
from carrears.outreach.smpp.ids import IDS, Ids
from carrears.outreach.smpp.pdus import (
    RESPONSE,
    Address,
    Command,
    Message,
    Pdu,
    PduError,
    Status,
    bind_body,
    message_body,
    read_c,
    read_message,
    take_pdu,
)

_CHUNK = 65536
# What the SMSC delivers is written together: so many, or what came in so long. An SMSC that waits
# for an answer to each is not kept waiting for longer.
_HELD, _HOLD_SECONDS = 200, 0.02
_PORTS = {"smpp": 2775, "smpps": 3550}


class SessionError(OSError):
    """The session is gone, or never came to be."""


@dataclass(frozen=True, slots=True)
class Smsc:
    """Where and how to bind, and what the operator allows."""

    host: str
    port: int
    system_id: str
    password: str = field(default="", repr=False)
    system_type: str = ""
    tls: bool = False
    source: Address = field(default_factory=lambda: Address(3, 0, ""))
    window: int = 50
    per_second: float = 100.0
    long_by: str = "udh"
    ids: Ids = "same"
    answer_seconds: float = 30.0
    enquire_seconds: float = 30.0

    @classmethod
    def from_url(cls, url: str, *, password: str = "") -> Smsc:
        """``smpp://system_id:password@host:2775?source=10690000&window=50&per_second=100``.

        ``smpps://`` goes by TLS. Further: ``system_type``, ``ton``, ``npi`` (of the source),
        ``long=udh|payload``, ``enquire`` (seconds between looks whether the line lives), ``ids``
        (``hex-dec``, ``dec-hex``: how answers and receipts write a message's id).

        Raises:
            ValueError: another scheme, no host or system_id, or an option that is none.
        """
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname or not parts.username:
            raise ValueError("an SMSC is written smpp://system_id:password@host:port")
        told = dict(parse_qsl(parts.query))
        unknown = set(told) - {
            "source", "ton", "npi", "system_type", "window", "per_second", "long", "enquire",
            "ids",
        }  # fmt: skip
        ids = next((one for one in IDS if one == told.get("ids", "same")), None)
        if unknown or ids is None or told.get("long", "udh") not in {"udh", "payload"}:
            raise ValueError(f"options of an SMSC that there are not: {sorted(unknown)}")
        source = told.get("source", "")
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            system_id=unquote(parts.username),
            password=password or unquote(parts.password or ""),
            system_type=told.get("system_type", ""),
            tls=parts.scheme == "smpps",
            source=Address(int(told.get("ton", "3")), int(told.get("npi", "0")), source),
            window=max(1, int(told.get("window", "50"))),
            per_second=float(told.get("per_second", "100")),
            long_by=told.get("long", "udh"),
            ids=ids,
            enquire_seconds=float(told.get("enquire", "30")),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What the SMSC answered to the ``number``-th unit; ``status`` None: nothing, so far."""

    number: int
    status: int | None
    reference: str = ""


Deliver = Callable[[Sequence[Message]], None]


class Session:
    """A bound session; made by ``bind``."""

    def __init__(self, sock: socket.socket, smsc: Smsc, on_deliver: Deliver) -> None:
        self._sock, self._smsc, self._on_deliver = sock, smsc, on_deliver
        self._buffer, self._sequence = bytearray(), 0
        self._heard = self._asked = time.monotonic()
        self._next_slot = 0.0
        self._held: list[tuple[int, Message]] = []  # delivered, not kept yet
        self._held_since = 0.0

    def submit(self, messages: Iterable[Message | None]) -> Iterator[Answer | None]:
        """Send these, at most a window of them unanswered; says once of each what was answered.

        None among them: there is no more before something was answered; None is said then, too.

        Raises:
            SessionError: the line broke. Before, each that was sent got an ``Answer`` without
                status; those not told of were not sent.
        """
        pending: dict[int, int] = {}
        sent_at: dict[int, float] = {}
        try:
            number = -1
            for message in messages:
                if message is None:
                    yield from self._take_answers(pending, sent_at) if pending else ()
                    yield None
                    continue
                number += 1
                while len(pending) >= self._smsc.window:
                    yield from self._take_answers(pending, sent_at)
                self._wait_slot()
                sequence = self._new_sequence()
                pending[sequence], sent_at[sequence] = number, time.monotonic()
                self._send(Pdu(Command.SUBMIT_SM, sequence, 0, message_body(message)))
                yield from self._take_answers(pending, sent_at, wait=0)
            while pending:
                yield from self._take_answers(pending, sent_at)
        except SessionError:
            for number in pending.values():
                yield Answer(number, None)
            raise

    def idle(self, seconds: float) -> None:
        """Take up what comes in, and ask from time to time whether the other side lives.

        Raises:
            SessionError: it does not.
        """
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            for _ in self._read(min(left, 1.0)):
                pass  # an answer to what nobody waits for any more
            self._ask()

    def unbind(self) -> None:
        """Take leave; the other side may have gone."""
        try:
            self._tell_held()
            self._send(Pdu(Command.UNBIND, self._new_sequence()))
            until = time.monotonic() + 2
            while time.monotonic() < until:
                if any(pdu.command == Command.UNBIND | RESPONSE for pdu in self._read(0.2)):
                    self._tell_held()
                    return
        except SessionError:
            return

    def bind(self) -> None:
        """Become a transceiver.

        Raises:
            SessionError: refused, or no answer.
        """
        body = bind_body(self._smsc.system_id, self._smsc.password, self._smsc.system_type)
        self._send(Pdu(Command.BIND_TRANSCEIVER, self._new_sequence(), 0, body))
        until = time.monotonic() + self._smsc.answer_seconds
        while time.monotonic() < until:
            for pdu in self._read(0.5):
                if pdu.command == Command.BIND_TRANSCEIVER | RESPONSE and pdu.status == 0:
                    return
                raise SessionError(f"the SMSC refused to bind us: status 0x{pdu.status:08x}")
        raise SessionError("the SMSC did not answer to our bind")

    def _take_answers(
        self, pending: dict[int, int], sent_at: dict[int, float], *, wait: float = 0.5
    ) -> Iterator[Answer]:
        for pdu in self._read(wait):
            number = pending.pop(pdu.sequence, None)
            sent_at.pop(pdu.sequence, None)
            if number is not None:
                yield Answer(number, pdu.status, read_c(pdu.body))
        late = time.monotonic() - self._smsc.answer_seconds
        for sequence in [each for each, at in sent_at.items() if at < late]:
            del sent_at[sequence]
            yield Answer(pending.pop(sequence), None)
        self._ask()

    def _read(self, wait: float) -> Iterator[Pdu]:
        """The answers that came; what is no answer is dealt with here."""
        # A TLS record that was read whole may hold more than was asked for.
        ready = isinstance(self._sock, ssl.SSLSocket) and self._sock.pending() > 0
        if self._held:
            wait = min(wait, max(0.0, self._held_since + _HOLD_SECONDS - time.monotonic()))
        if not ready and not select.select([self._sock], [], [], wait)[0]:
            self._tell_held(ripe=True)
            return
        try:
            octets = self._sock.recv(_CHUNK)
        except (OSError, ValueError) as error:
            raise SessionError(f"the line to the SMSC broke: {error}") from error
        if not octets:
            raise SessionError("the SMSC closed the line")
        self._heard = time.monotonic()
        self._buffer += octets
        answers = []
        try:
            while (pdu := take_pdu(self._buffer)) is not None:
                if pdu.command & RESPONSE:
                    answers.append(pdu)
                elif pdu.command == Command.DELIVER_SM:
                    self._hold(pdu)
                else:
                    self._answer(pdu)
        except PduError as error:
            raise SessionError(f"the SMSC does not speak SMPP: {error}") from error
        yield from answers
        # After them: a receipt is about what was answered before, and may be kept with it.
        self._tell_held(ripe=True)

    def _hold(self, pdu: Pdu) -> None:
        """Keep what was delivered in hand, until there is more of it to be written together."""
        if not self._held:
            self._held_since = time.monotonic()
        self._held.append((pdu.sequence, read_message(pdu.body)))

    def _tell_held(self, *, ripe: bool = False) -> None:
        """Have kept what was delivered, then say so; if ``ripe``, only what is many or old."""
        is_old = time.monotonic() >= self._held_since + _HOLD_SECONDS
        if not self._held or (ripe and len(self._held) < _HELD and not is_old):
            return
        held, self._held = self._held, []
        self._on_deliver([message for _, message in held])
        for sequence, _ in held:
            self._send(Pdu(Command.DELIVER_SM | RESPONSE, sequence, 0, b"\0"))

    def _answer(self, pdu: Pdu) -> None:
        if pdu.command in {Command.ENQUIRE_LINK, Command.UNBIND}:
            self._send(Pdu(pdu.command | RESPONSE, pdu.sequence))
            if pdu.command == Command.UNBIND:
                raise SessionError("the SMSC took leave")
            return
        self._send(Pdu(Command.GENERIC_NACK, pdu.sequence, 0x03))  # ESME_RINVCMDID

    def _ask(self) -> None:
        """Ask whether the other side lives once it was silent; give it up when it stays so."""
        at, wait = time.monotonic(), self._smsc.enquire_seconds
        if at - self._heard > 2 * wait + self._smsc.answer_seconds:
            raise SessionError("the SMSC has fallen silent")
        if at - max(self._heard, self._asked) > wait:
            self._asked = at
            self._send(Pdu(Command.ENQUIRE_LINK, self._new_sequence()))

    def _send(self, pdu: Pdu) -> None:
        try:
            self._sock.sendall(pdu.to_bytes())
        except OSError as error:
            raise SessionError(f"the line to the SMSC broke: {error}") from error

    def _wait_slot(self) -> None:
        """No more in a second than the operator allows."""
        at = time.monotonic()
        if self._next_slot > at:
            time.sleep(self._next_slot - at)
        self._next_slot = max(self._next_slot, at) + 1 / self._smsc.per_second

    def _new_sequence(self) -> int:
        self._sequence = self._sequence % 0x7FFFFFFF + 1
        return self._sequence


@contextmanager
def bound(smsc: Smsc, on_deliver: Deliver) -> Iterator[Session]:
    """A session as transceiver; left with an ``unbind``.

    Raises:
        SessionError: nobody answers, or it refuses us.
    """
    try:
        raw = outgoing.connect(smsc.host, smsc.port, timeout=smsc.answer_seconds)
    except OSError as error:
        raise SessionError(f"no line to the SMSC: {error}") from error
    with raw:
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            sock = _secured(raw, smsc.host) if smsc.tls else raw
        except OSError as error:
            raise SessionError(f"no TLS with the SMSC: {error}") from error
        session = Session(sock, smsc, on_deliver)
        session.bind()
        try:
            yield session
        finally:
            session.unbind()


def _secured(raw: socket.socket, host: str) -> socket.socket:
    return ssl.create_default_context().wrap_socket(raw, server_hostname=host)


__all__ = ["Answer", "Session", "SessionError", "Smsc", "Status", "bound"]
