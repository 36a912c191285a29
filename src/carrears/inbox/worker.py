"""Wait for events and take them in, until told to stop."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import OperationalError, connection
from procrastinate.contrib.django.utils import connector_params

from carrears.clock import now
from carrears.dayrun.standing import read_ahead, snapshot_to_come
from carrears.evidence.services import seal_some, sequence
from carrears.inbox.models import CHANNEL
from carrears.inbox.queue import next_due, work_once

_LONGEST_WAIT = 5.0  # a notice may be lost with its connection
_SEAL_EVERY = 1.0
# Some hundredths of a second; a run beside it leaves thousands, which it seals itself at its end.
_SEAL_AT_ONCE = 1_000
_PAUSE = 2.0

_log = logging.getLogger(__name__)


def run_worker(*, stop: threading.Event, wait: bool = True) -> int:
    """Take in events until ``stop`` is set, or without ``wait`` until none is due; how many.

    Any number of workers may run; they share the loans among them.
    """
    done = 0
    ahead = threading.Thread(target=_read_ahead, args=(stop,), name="read ahead", daemon=True)
    if wait:
        ahead.start()
    while not stop.is_set():
        try:
            with _bell() as bell:
                done += _work_until_idle(stop)
                while wait and not stop.is_set():
                    _wait_for(bell, stop)
                    done += _work_until_idle(stop)
                if done and not wait:
                    sequence()
        except (OperationalError, psycopg.OperationalError):
            _log.warning("the database does not answer; trying again", exc_info=True)
            connection.close()
            stop.wait(_PAUSE)
        else:
            break
    if wait:
        ahead.join(_LONGEST_WAIT)  # it ends a scan that it is at
    return done


def _read_ahead(stop: threading.Event) -> None:
    """Have the rows at hand of which the next events will most likely tell, run after run."""
    known = None
    while not stop.is_set():
        try:
            snapshot = snapshot_to_come()
            if snapshot is not None and snapshot != known:
                read_ahead(snapshot)
                known = snapshot
        except Exception:  # noqa: BLE001  events are taken in without it, only slower
            _log.warning("the book could not be read ahead", exc_info=True)
        connection.close()
        stop.wait(_PAUSE)


@contextmanager
def _bell() -> Iterator[psycopg.Connection]:
    """A connection of its own that hears the database tell of new events."""
    with psycopg.connect(**connector_params(), autocommit=True) as bell:
        bell.execute(f"listen {CHANNEL}")
        yield bell


def _work_until_idle(stop: threading.Event) -> int:
    """Evidence is sealed beside the way of an event: some each second, the rest when idle."""
    done, sealed_at = 0, time.monotonic()
    while not stop.is_set():
        taken = work_once()
        done += taken
        if taken and time.monotonic() - sealed_at < _SEAL_EVERY:
            continue
        more = seal_some(_SEAL_AT_ONCE)
        sealed_at = time.monotonic()
        if not taken and not more:
            break
    return done


def _wait_for(bell: psycopg.Connection, stop: threading.Event) -> None:
    """Until somebody rings, an event that was put off is due, or for a while."""
    due = next_due()
    left = (due - now()).total_seconds() if due is not None else _LONGEST_WAIT
    deadline = time.monotonic() + min(max(left, 0.0), _LONGEST_WAIT)
    while not stop.is_set() and (rest := deadline - time.monotonic()) > 0:
        for _ in bell.notifies(timeout=min(rest, 0.5), stop_after=1):
            return
