"""What an SMSC delivers is written down together, and it is kept waiting for no long time."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator, Sequence

import pytest

from carrears.outreach.smpp.pdus import (
    RESPONSE,
    Address,
    Command,
    Message,
    Pdu,
    message_body,
    take_pdu,
)
from carrears.outreach.smpp.session import Session, Smsc

_WHERE = Address(1, 1, "8613900000001")
_BODY = message_body(Message(_WHERE, _WHERE, b"id:m1 stat:DELIVRD", esm_class=4))
_PATIENCE = 30.0


class Peer:
    """The other side of a session: it delivers, and reads which deliveries were answered."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock, self._buffer, self.answered = sock, bytearray(), 0
        sock.settimeout(_PATIENCE)

    def deliver(self, sequence: int) -> None:
        self._sock.sendall(Pdu(Command.DELIVER_SM, sequence, 0, _BODY).to_bytes())

    def wait_for(self, number: int) -> None:
        """Until so many deliveries were answered."""
        while self.answered < number:
            self._buffer += self._sock.recv(65536)
            while (pdu := take_pdu(self._buffer)) is not None:
                assert pdu.command == Command.DELIVER_SM | RESPONSE
                self.answered += 1


@pytest.fixture
def batches() -> list[int]:
    return []


@pytest.fixture
def peer(batches: list[int]) -> Iterator[Peer]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        ours = socket.create_connection(listening.getsockname())
        theirs, _ = listening.accept()

    def keep(messages: Sequence[Message]) -> None:
        batches.append(len(messages))

    session = Session(ours, Smsc("127.0.0.1", 2775, "us"), keep)
    stop = threading.Event()

    def use() -> None:
        while not stop.is_set():
            session.idle(0.05)

    thread = threading.Thread(target=use, daemon=True)
    thread.start()
    try:
        yield Peer(theirs)
    finally:
        stop.set()
        thread.join(_PATIENCE)
        ours.close()
        theirs.close()


def test_what_comes_at_once_is_written_down_together(peer: Peer, batches: list[int]) -> None:
    theirs = 150
    for sequence in range(theirs):
        peer.deliver(sequence)
    peer.wait_for(theirs)

    assert sum(batches) == theirs
    assert max(batches) > theirs // 10


def test_an_smsc_that_waits_for_each_answer_gets_it_after_a_pause(
    peer: Peer, batches: list[int]
) -> None:
    for sequence in range(5):
        peer.deliver(sequence)
        peer.wait_for(sequence + 1)

    assert batches == [1] * 5


def test_one_that_never_pauses_is_answered_meanwhile(peer: Peer, batches: list[int]) -> None:
    until, sent = time.monotonic() + 1.0, 0
    while time.monotonic() < until:
        peer.deliver(sent)
        sent += 1
        time.sleep(0.005)
    peer.wait_for(sent)

    assert sum(batches) == sent
    assert len(batches) > 2, "all that came in a second was held until its end"
