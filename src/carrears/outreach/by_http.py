"""A cloud's HTTP service as a gateway: each text one request, as many at once as the window says.

A request that was not answered may have been heard: it is uncertain, and not made again. Only where
no connection came to be, or the service refuses the account, is it known that nothing left.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from carrears.clock import now
from carrears.outgoing import OutgoingError, UnreachedError, fetch
from carrears.outreach.channels import Handed, LineError, Parcel
from carrears.outreach.http_sms.codes import CodeError, Codes, code_for, load_codes
from carrears.outreach.http_sms.vendor import (
    AccountError,
    Answered,
    Asked,
    Pushed,
    Request,
    Taken,
    Text,
    Vendor,
    own_reference,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """One account. ``unsettled`` are texts to ask about, ``take`` keeps what is told of them."""

    vendor: Vendor
    codes: Path | None
    answer_seconds: float
    poll_seconds: float
    unsettled: Callable[[], Sequence[Asked]] = field(repr=False)
    take: Callable[[Pushed], None] = field(repr=False)
    pause: Callable[[float], object] = field(default=time.sleep, repr=False)
    repeatable: bool = False

    @property
    def name(self) -> str:
        """The service's name."""
        return self.vendor.name

    @property
    def window(self) -> int:
        """How many requests are made at once."""
        return self.vendor.window

    @contextmanager
    def open(self) -> Iterator[HttpLine]:
        """A line. Nothing is asked before there is something to say.

        Raises:
            LineError: the file of codes cannot be read.
        """
        try:
            codes = load_codes(self.codes)
        except ValueError as error:
            raise LineError(str(error)) from error
        with ThreadPoolExecutor(self.window, thread_name_prefix="sms") as pool:
            yield HttpLine(self, codes, pool)


@dataclass(slots=True)
class HttpLine:
    """A line: nothing but the threads that ask."""

    gateway: HttpGateway
    codes: Codes
    pool: ThreadPoolExecutor = field(repr=False)
    polled_at: float = field(default=0.0, init=False)

    def hand_over(self, parcels: Sequence[Parcel]) -> Iterator[Handed]:
        """Make one request for each parcel, at the same time.

        Raises:
            LineError: the service was not reached or refuses the account; of what it did not
                take for that reason nothing is said.
        """
        return self.stream(iter(parcels))

    def stream(self, parcels: Iterator[Parcel | None]) -> Iterator[Handed]:
        """The same, of parcels as they come; after a refusal of the account no more are asked for.

        Raises:
            LineError: as ``hand_over``.
        """
        under_way: dict[Future[Taken], tuple[str, str]] = {}
        refused: OSError | None = None
        for parcel in parcels:
            if parcel is None:
                told, refused = _told(under_way)
                yield from told
                if refused is not None:
                    break
                continue
            try:
                text = self._text(parcel)
            except CodeError as error:
                yield Handed(parcel.key, "refused", str(error))
            else:
                under_way[self.pool.submit(self._give, text, parcel)] = (parcel.key, text.reference)
        while under_way:
            told, again = _told(under_way)
            yield from told
            refused = refused or again
        if refused is not None:
            raise LineError(str(refused)) from refused

    def idle(self, seconds: float) -> None:
        """Ask what became of texts, where that is due; then wait."""
        every = self.gateway.poll_seconds
        if every and time.monotonic() - self.polled_at >= every:
            self.polled_at = time.monotonic()
            self._poll()
        self.gateway.pause(seconds)

    def _text(self, parcel: Parcel) -> Text:
        if not parcel.to:
            raise CodeError("a number that is none")
        vendor, words = self.gateway.vendor, parcel.message.text.strip()
        text = Text(parcel.to, own_reference(parcel.key), words)
        if not vendor.by_template:
            return text
        code, values = code_for(
            self.codes,
            gateway=vendor.name,
            template=parcel.template,
            locale=parcel.locale,
            known=parcel.message.values,
            words=words,
            sign=vendor.sign,
        )
        return Text(parcel.to, text.reference, words, code, values)

    def _give(self, text: Text, parcel: Parcel) -> Taken:
        """What came of one text, told without its person."""
        request = self.gateway.vendor.to_send(text, at=now(), nonce=secrets.token_hex(16))
        try:
            answer = self._ask(request)
        except UnreachedError:
            raise
        except OutgoingError as error:
            return Taken("uncertain", str(error))
        try:
            taken = self.gateway.vendor.read_sent(answer)
        except AccountError as error:
            raise AccountError(parcel.without_person(str(error))) from None
        return replace(taken, words=parcel.without_person(taken.words))

    def _poll(self) -> None:
        vendor, asked = self.gateway.vendor, self.gateway.unsettled()
        for request in vendor.to_ask(asked, at=now(), nonce=secrets.token_hex(12)):
            try:
                answer = self._ask(request)
            except OutgoingError as error:
                _log.warning("sms: asked in vain what became of texts: %s", error)
                return
            self.gateway.take(vendor.read_asked(answer))

    def _ask(self, request: Request) -> Answered:
        told = fetch(
            request.url,
            body=request.body,
            headers=request.headers,
            timeout=self.gateway.answer_seconds,
        )
        return Answered(told.status, told.body)


def _told(
    under_way: dict[Future[Taken], tuple[str, str]],
) -> tuple[list[Handed], OSError | None]:
    """What came of requests, which are under way no more, and why one was not heard at all."""
    told: list[Handed] = []
    refused: OSError | None = None
    for done in wait(under_way, return_when=FIRST_COMPLETED).done:
        key, ours = under_way.pop(done)
        try:
            told.append(_handed(key, ours, done.result()))
        except (UnreachedError, AccountError) as error:
            refused = error
    return told, refused


def _handed(key: str, ours: str, taken: Taken) -> Handed:
    if taken.result in {"refused", "deferred"}:
        # What a cloud defers is throttled.
        is_full = taken.result == "deferred"
        return Handed(key, taken.result, taken.words[:500], is_full=is_full)
    references = tuple(one[:80] for one in (ours, taken.reference) if one)
    return Handed(key, taken.result, taken.words[:500], references)
