"""Give parcels away without a pause: the next are claimed while the last are being answered.

What holds for ``sending`` holds here: a parcel is marked ``handed``, committed, before it is given
away, and at most ``Gateway.window`` are marked whose answer is not kept yet. The window is used in
two halves, so that the line has the one while the answers to the other are written down, together.
What is due is read and opened some hundreds ahead, and looked at once more when it is claimed.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from carrears.outreach.channels import Gateway, Handed, Line, LineError, Parcel
from carrears.outreach.models import Delivery, DeliveryState
from carrears.outreach.packing import pack
from carrears.outreach.receipts import Told, take_receipts
from carrears.outreach.sending import apply, claim, give_back, lose

# How many are read at once at most, and for how long what was read counts: to ask for each half of
# a window takes as long as to give it away.
_AHEAD, _AHEAD_SECONDS = 500, 2.0


class StreamingLine(Line, Protocol):
    """A line that takes parcels as they come, while others are under way."""

    def stream(self, parcels: Iterator[Parcel | None]) -> Iterator[Handed]:
        """As ``hand_over``; None among the parcels: there is none before one has been told of.

        Raises:
            LineError: the line broke. A parcel of which nothing was said was not given away.
        """


@dataclass(slots=True)
class Stream:
    """Gives away what ``due`` finds, until nothing is due, something is deferred or it may not.

    ``due`` finds so many that wait, the first first; it is asked again only once they are claimed.
    """

    line: StreamingLine
    gateway: Gateway
    due: Callable[[int], Sequence[Delivery]]
    may_go_on: Callable[[], bool]
    # Judges anew what waited for the line for too long; it is due again then, in its place.
    renew: Callable[[Sequence[Delivery]], int] | None = None
    given: int = field(default=0, init=False)
    deferred: bool = field(default=False, init=False)
    _dry: bool = field(default=False, init=False)
    _ahead: deque[tuple[Delivery, Parcel]] = field(default_factory=deque, init=False)
    _depth: int = field(default=0, init=False)
    _read_at: float = field(default=0.0, init=False)
    _ready: deque[Parcel] = field(default_factory=deque, init=False)
    _open: dict[str, Delivery] = field(default_factory=dict, init=False)
    _told: list[Delivery] = field(default_factory=list, init=False)

    def run(self) -> None:
        """Give away.

        Raises:
            LineError: the line broke; what was given away without an answer is kept as uncertain.
        """
        try:
            for handed in self.line.stream(self._parcels()):
                delivery = self._open.pop(handed.key)
                apply(delivery, handed)
                self.deferred |= delivery.state == DeliveryState.WAITING
                self._told.append(delivery)
        except LineError:
            give_back(self.gateway, list(self._open.values()))
            raise
        finally:
            self._keep()
        give_back(self.gateway, list(self._open.values()))

    def _parcels(self) -> Iterator[Parcel | None]:
        window, half = self.gateway.window, max(1, self.gateway.window // 2)
        while True:
            if self._ready:
                yield self._ready.popleft()
                continue
            if len(self._told) >= half or not self._open:
                self._keep()
            room = window - len(self._open) - len(self._told)
            if room >= half and self._claim(half):
                continue
            if not self._open:
                return
            yield None

    def _claim(self, number: int) -> bool:
        """Whether more may have become ready."""
        if self.deferred or not self.may_go_on():
            return False
        if self._ahead and time.monotonic() > self._read_at + _AHEAD_SECONDS:
            self._ahead.clear()
            self._depth, self._dry = max(1, self._depth // 2), False
        if not self._ahead and not self._read_ahead(number):
            return False
        some = [self._ahead.popleft() for _ in range(min(number, len(self._ahead)))]
        aged: list[Delivery] | None = [] if self.renew else None
        mine = {one.pk for one in claim([delivery for delivery, _ in some], aged=aged)}
        for delivery, parcel in some:
            if delivery.pk in mine:
                self._open[parcel.key] = delivery
                self._ready.append(parcel)
        self.given += len(some)
        if aged and self.renew and self.renew(aged):
            self._ahead.clear()  # those come first
            self._dry = False
        return True

    def _read_ahead(self, least: int) -> bool:
        """Whether any was due. The quicker the line, the more are read at once."""
        if self._dry:
            return False
        self._depth = min(_AHEAD, max(least, 2 * self._depth))
        found = self.due(self._depth)
        self._dry, self._read_at = len(found) < self._depth, time.monotonic()
        parcels, lost = pack(found)
        if lost:
            lost = claim(lost)
            lose(lost)
            self._told += lost
        self._ahead.extend(parcels)
        return bool(found)

    def _keep(self) -> None:
        self.keep_with([])

    def keep_with(self, receipts: Sequence[Told]) -> None:
        """Write down the answers that came, together, and with them receipts that came after."""
        told = [*self._told]
        if told or receipts:
            take_receipts(self.gateway.name, receipts, answered=told)
        del self._told[: len(told)]
