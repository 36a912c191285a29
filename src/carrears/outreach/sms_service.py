"""The process that gives texts away as they come due, by SMPP or HTTP, and takes in what comes.

One at a time, by a lock of the database: so that whatever is marked ``handed`` when it begins was
left by one that is gone, and is uncertain. A line that breaks is made anew after a growing pause.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import connection

from carrears.clock import now
from carrears.outreach.by_http import HttpGateway
from carrears.outreach.by_smpp import NAME, SmppGateway
from carrears.outreach.channels import Gateway, LineError
from carrears.outreach.delivery_fields import GIVEN, GIVEN_FIELDS
from carrears.outreach.http_sms.account import NAMES, name_of
from carrears.outreach.http_sms.vendor import own_reference
from carrears.outreach.models import Delivery, DeliveryState, Receipt
from carrears.outreach.pushes import vendor_of_settings
from carrears.outreach.receipts import Told, take_receipts, thread_receipts
from carrears.outreach.renewing import renew
from carrears.outreach.replies import take_reply
from carrears.outreach.retries import retrying_on
from carrears.outreach.sending import UNREAD_REPLY, postpone, recover
from carrears.outreach.smpp.ids import Ids, id_of_receipt
from carrears.outreach.smpp.parts import part_of
from carrears.outreach.smpp.pdus import Message
from carrears.outreach.smpp.receipts import is_receipt, read_receipt
from carrears.outreach.smpp.session import Smsc
from carrears.outreach.smpp.texts import read_text
from carrears.outreach.streaming import Stream, StreamingLine
from carrears.outreach.text_parts import take_part, tell_incomplete
from carrears.outreach.told_by_http import Unsettled, secret_of_settings, take_told
from carrears.parties.blind import Kind, blind_indexes
from carrears.parties.services import keyring

_log = logging.getLogger(__name__)
_LOCK = 0x736D_7070  # "smpp"
_LOOK_SECONDS = 0.5
_LOOK_FOR_PARTS = timedelta(minutes=1)


class AlreadyRunningError(RuntimeError):
    """Another process speaks to the gateway of texts."""


@dataclass(slots=True)
class Counts:
    """What one run did."""

    given: int = 0
    uncertain: int = 0
    lines: int = 0
    rounds: int = 0  # in which the line held


def smsc_of_settings() -> Smsc:
    """The SMSC that is set; its password from the secret file where there is one.

    Raises:
        ValueError: none is set, or it cannot be read.
    """
    if not settings.SMS_URL:
        raise ValueError("no SMSC is set (CARREARS_SMS_URL)")
    return Smsc.from_url(settings.SMS_URL, password=secret_of_settings())


class TextLine(StreamingLine, Protocol):
    """A line on which texts also come in."""

    def idle(self, seconds: float) -> None:
        """Take up what comes in for so long.

        Raises:
            LineError: the line broke.
        """


class TextGateway(Gateway, Protocol):
    """A gateway whose lines are such."""

    def open(self) -> AbstractContextManager[TextLine]:
        """A line.

        Raises:
            LineError: nobody answers, or it refuses us.
        """


@dataclass(slots=True)
class _Intake:
    """Takes in what an SMSC delivers: receipts with the answers before them, and replies."""

    stream: Stream | None = None
    ids: Ids = "same"

    def take(self, messages: Sequence[Message]) -> None:
        """Keep them, before the SMSC hears that we have them."""
        told, ring = [], keyring()
        for message in messages:
            if not is_receipt(message):
                _take_text(message)
            elif (receipt := read_receipt(message)) is not None:
                number = f"+{message.source.digits.lstrip('+')}"
                indexes = tuple(blind_indexes(ring, Kind.PHONE, number))
                named = id_of_receipt(receipt.reference, self.ids)
                told.append(Told(named, receipt.fate, receipt.words, indexes))
        if told and self.stream is not None:
            self.stream.keep_with(told)
        elif told:
            take_receipts(NAME, told)


def _gateway_of_settings(stop: threading.Event, intake: _Intake) -> TextGateway:
    """The gateway of texts that is set.

    Raises:
        ValueError: none is set, or it cannot be read.
    """
    if not name_of(settings.SMS_URL):
        smsc = smsc_of_settings()
        intake.ids = smsc.ids
        return SmppGateway(smsc, intake.take)
    vendor, poll = vendor_of_settings()
    return HttpGateway(
        vendor,
        codes=Path(settings.SMS_CODES_FILE) if settings.SMS_CODES_FILE else None,
        answer_seconds=retrying_on("sms", now().date()).answer_seconds,
        poll_seconds=poll,
        unsettled=Unsettled(vendor.name),
        take=partial(take_told, vendor.name),
        pause=stop.wait,
    )


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
    counts, intake = Counts(), _Intake()
    gateway = _gateway_of_settings(stop, intake)
    with _alone():
        counts.uncertain = _recover(gateway.name)
        waits = retrying_on("sms", now().date()).waits_seconds
        failures = 0
        while not stop.is_set():
            before = counts.rounds
            try:
                with gateway.open() as line:
                    counts.lines += 1
                    if _use(line, gateway, intake, counts, stop=stop, drain=drain):
                        return counts
            except LineError as error:
                _log.warning("sms: %s", error)
                failures = 0 if counts.rounds > before else failures
                postpone([one.pk for one in _due(gateway, gateway.window)], str(error))
                if drain and failures >= len(waits) - 1:
                    return counts
                stop.wait(waits[min(failures, len(waits) - 1)])
                failures += 1
    return counts


def _use(
    line: TextLine,
    gateway: TextGateway,
    intake: _Intake,
    counts: Counts,
    *,
    stop: threading.Event,
    drain: bool,
) -> bool:
    """Whether nothing is left to do; False once told to stop."""
    throttled, looked = 0, now()
    tell_incomplete(at=looked)
    waits = retrying_on("sms", now().date()).waits_seconds
    while not stop.is_set():
        stream = Stream(
            line,
            gateway,
            due=partial(_due, gateway),
            may_go_on=lambda: not stop.is_set(),
            renew=renew,
        )
        intake.stream = stream
        stream.run()
        counts.given += stream.given
        if stream.given:
            throttled = throttled + 1 if stream.deferred else 0
            line.idle(waits[min(throttled, len(waits)) - 1] if throttled else 0)
        elif drain and not _waits(gateway.name):
            line.idle(0)
            return True
        else:
            line.idle(_LOOK_SECONDS)
        counts.rounds += 1
        if now() >= looked + _LOOK_FOR_PARTS:
            looked = now()
            tell_incomplete(at=looked)
    return False


def _due(gateway: TextGateway, number: int) -> list[Delivery]:
    found = (
        Delivery.objects.filter(
            gateway=gateway.name, state=DeliveryState.WAITING, due_at__lte=now()
        )
        .select_related(*GIVEN)
        .only(*GIVEN_FIELDS)
    )
    return list(found.order_by("due_at", "pk")[:number])


def _recover(gateway: str) -> int:
    """What a run before left is uncertain; what was told of it meanwhile may settle it."""
    found = recover(gateway, refer=own_reference if gateway in NAMES else None)
    since = now() - timedelta(hours=retrying_on("sms", now().date()).receipt_hours)
    waiting = Receipt.objects.filter(gateway=gateway, delivery=None, received_at__gte=since)
    thread_receipts(gateway, list(waiting.values_list("reference", flat=True).distinct()))
    return found


def _waits(gateway: str) -> bool:
    """Whether any comes due soon; not what waits for a person to read a reply."""
    soon = now() + timedelta(hours=1)
    coming = Delivery.objects.filter(gateway=gateway, state=DeliveryState.WAITING, due_at__lte=soon)
    return coming.exclude(error=UNREAD_REPLY).exists()


def _take_text(message: Message) -> None:
    part, number = part_of(message), message.source.digits
    if part.total > 1:
        take_part(NAME, number, part, message.data_coding, at=now())
    else:
        take_reply(NAME, number, read_text(part.octets, message.data_coding), at=now())


@contextmanager
def _alone() -> Iterator[None]:
    """The only process that speaks to the gateway of texts.

    Raises:
        AlreadyRunningError: another does.
    """
    with connection.cursor() as cursor:
        cursor.execute("select pg_try_advisory_lock(%s)", [_LOCK])
        if not cursor.fetchone()[0]:
            raise AlreadyRunningError("another process speaks to the gateway of texts already")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("select pg_advisory_unlock(%s)", [_LOCK])
