"""Give parcels away without a pause: the next are claimed while the last are being answered.

What holds for ``sending`` holds here: a parcel is marked ``handed``, committed, before it is given
away, and at most ``Gateway.window`` are marked whose answer is not kept yet. The window is used in
two halves, so that the line has the one while the answers to the other are written down, together.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.db import transaction

from carrears.evidence.services import gathering
from carrears.outreach.channels import Gateway, Handed, Line, LineError, Parcel
from carrears.outreach.models import Delivery, DeliveryState
from carrears.outreach.receipts import thread_receipts
from carrears.outreach.sending import apply, claim, give_back, keep, lose, pack


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
    given: int = field(default=0, init=False)
    deferred: bool = field(default=False, init=False)
    _dry: bool = field(default=False, init=False)
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
        if self._dry or self.deferred or not self.may_go_on():
            return False
        found = self.due(number)
        self._dry = len(found) < number
        parcels, lost = pack(claim(found))
        lose(lost)
        self._told += lost
        self._open |= {parcel.key: delivery for delivery, parcel in parcels}
        self._ready += [parcel for _, parcel in parcels]
        self.given += len(found)
        return bool(found)

    def _keep(self) -> None:
        """Write down the answers that came, together, and thread the receipts that were first."""
        told, self._told = self._told, []
        with transaction.atomic(), gathering():
            keep(told)
            references = [each for one in told for each in one.references]
            if references:
                thread_receipts(self.gateway.name, references)
