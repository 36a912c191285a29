"""The process that speaks to the SMSC: gives texts away as they come due, takes in what comes.

One at a time, by a lock of the database: so that whatever is marked ``handed`` when it begins was
left by one that is gone, and is uncertain. A line that breaks is made anew after a growing pause.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection

from carrears.clock import now
from carrears.outreach.by_smpp import NAME, SmppGateway, SmppLine
from carrears.outreach.channels import LineError
from carrears.outreach.models import Delivery, DeliveryState
from carrears.outreach.receipts import Told, take_receipts, thread_receipts
from carrears.outreach.replies import take_reply
from carrears.outreach.retries import retrying_on
from carrears.outreach.sending import postpone, recover, send_window
from carrears.outreach.smpp.pdus import Message
from carrears.outreach.smpp.receipts import is_receipt, read_receipt
from carrears.outreach.smpp.session import Smsc
from carrears.outreach.smpp.texts import read_text
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.services import keyring

_log = logging.getLogger(__name__)
_LOCK = 0x736D_7070  # "smpp"
_LOOK_SECONDS = 0.5


class AlreadyRunningError(RuntimeError):
    """Another process speaks to the SMSC."""


@dataclass(slots=True)
class Counts:
    """What one run did."""

    given: int = 0
    uncertain: int = 0
    lines: int = 0


def smsc_of_settings() -> Smsc:
    """The SMSC that is set; its password from the secret file where there is one.

    Raises:
        ValueError: none is set, or it cannot be read.
    """
    if not settings.SMS_URL:
        raise ValueError("no SMSC is set (CARREARS_SMS_URL)")
    secret = ""
    if settings.SMS_SECRET_FILE:
        secret = Path(settings.SMS_SECRET_FILE).read_text(encoding="utf-8").strip()
    return Smsc.from_url(settings.SMS_URL, password=secret)


def run(
    *,
    stop: threading.Event,
    drain: bool = False,
) -> Counts:
    """Give texts away until told to ``stop``; with ``drain`` until none is due any more.

    Raises:
        AlreadyRunningError: another process does.
        ValueError: no SMSC is set.
    """
    counts, smsc = Counts(), smsc_of_settings()
    gateway = SmppGateway(smsc, _take_in)
    with _alone():
        counts.uncertain = recover(NAME)
        waits = retrying_on("sms", now().date()).waits_seconds
        failures = 0
        while not stop.is_set():
            try:
                with gateway.open() as line:
                    counts.lines, failures = counts.lines + 1, 0
                    if _use(line, gateway, counts, stop=stop, drain=drain):
                        return counts
            except LineError as error:
                _log.warning("sms: %s", error)
                postpone(_due_numbers(gateway.window), str(error))
                if drain and failures >= len(waits) - 1:
                    return counts
                stop.wait(waits[min(failures, len(waits) - 1)])
                failures += 1
    return counts


def _use(
    line: SmppLine, gateway: SmppGateway, counts: Counts, *, stop: threading.Event, drain: bool
) -> bool:
    """Whether nothing is left to do; False once told to stop."""
    throttled = 0
    waits = retrying_on("sms", now().date()).waits_seconds
    while not stop.is_set():
        due = _due(gateway.window)
        if due:
            send_window(line, gateway, due)
            counts.given += len(due)
            thread_receipts(NAME, [each for one in due for each in one.references])
            deferred = any(one.state == DeliveryState.WAITING for one in due)
            throttled = throttled + 1 if deferred else 0
            line.idle(waits[min(throttled, len(waits)) - 1] if throttled else 0)
            continue
        if drain and not _waits():
            return True
        line.idle(_LOOK_SECONDS)
    return False


def _due(limit: int) -> list[Delivery]:
    found = Delivery.objects.filter(
        gateway=NAME, state=DeliveryState.WAITING, due_at__lte=now()
    ).select_related("attempt__case", "attempt__party", "attempt__verdict", "attempt__made_by")
    return list(found.order_by("due_at", "pk")[:limit])


def _due_numbers(limit: int) -> list[int]:
    return [one.pk for one in _due(limit)]


def _waits() -> bool:
    soon = now() + timedelta(hours=1)
    return Delivery.objects.filter(
        gateway=NAME, state=DeliveryState.WAITING, due_at__lte=soon
    ).exists()


def _take_in(messages: Sequence[Message]) -> None:
    """Keep receipts and replies, before the SMSC hears that we have them."""
    told = []
    for message in messages:
        if not is_receipt(message):
            text = read_text(message.text_bytes, message.data_coding)
            take_reply(NAME, message.source.digits, text, at=now())
        elif (receipt := read_receipt(message)) is not None:
            number = f"+{message.source.digits.lstrip('+')}"
            indexes = tuple(blind_indexes(keyring(), Kind.PHONE, number))
            told.append(Told(receipt.reference, receipt.fate, receipt.words, indexes))
    if told:
        take_receipts(NAME, told)


@contextmanager
def _alone() -> Iterator[None]:
    """The only process that speaks to the SMSC.

    Raises:
        AlreadyRunningError: another does.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRunningError("another process speaks to the SMSC already")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
