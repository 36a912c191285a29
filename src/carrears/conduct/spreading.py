"""Spread wanted contacts over the lawful moments of a day, and over channels, within capacity.

A matching: each contact takes one place at a moment of a grid and a channel. Contacts are taken by
priority, and one that finds its places taken may push those before it to other places of theirs,
never out. Sets of contacts that can be placed together are the independent sets of a transversal
matroid (Edmonds & Fulkerson 1965), for which this greedy way is exact: no contact goes without
while one of lower priority has a place that it could have had, and as many as possible are placed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

# Places of one hour: one every five minutes.
STEP = timedelta(minutes=5)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate says of a moment; ``next_at`` when it would be allowed, if ever."""

    allowed: bool
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to make a contact; ``ask`` gives the gate's answer for a moment."""

    channel: str
    ask: Callable[[datetime], Answer]


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that is wanted once, by the first of ``choices`` that has a place as early."""

    key: str
    priority: int
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """When and by what a contact is made."""

    at: datetime
    channel: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each contact went, and which found no place: unlawful all day, or no capacity."""

    placed: Mapping[str, Place]
    unlawful: tuple[str, ...]
    crowded: tuple[str, ...]


def spread(
    contacts: Sequence[Contact],
    *,
    first: datetime,
    until: datetime,
    per_hour: Mapping[str, int],
    taken: Mapping[Place, int] | None = None,
) -> Plan:
    """Give each contact a lawful moment from ``first`` (aware) to before ``until``.

    ``per_hour`` is how many contacts an hour each channel can make; one that it does not name
    makes none. ``taken`` says how many of these places are gone. Keys are distinct. The same
    input gives the same plan, in whatever order.
    """
    table = _Table(first, until, per_hour, taken or {})
    for contact in sorted(contacts, key=lambda each: (-each.priority, each.key)):
        table.seat(contact)
    placed = {key: table.moment(seat) for key, seat in sorted(table.seat_of.items())}
    without = [each for each in contacts if each.key not in placed]
    lawful = {each.key for each in without if table.has_lawful(each)}
    return Plan(
        placed,
        tuple(sorted(each.key for each in without if each.key not in lawful)),
        tuple(sorted(lawful)),
    )


_Seat = tuple[int, str]  # a step of the grid and a channel


@dataclass(slots=True)
class _Table:
    first: datetime
    until: datetime
    per_hour: Mapping[str, int]
    taken: Mapping[Place, int]
    seat_of: dict[str, _Seat] = field(default_factory=dict)
    _guests: dict[_Seat, list[str]] = field(default_factory=lambda: defaultdict(list))
    _lawful: dict[str, _Lawful] = field(default_factory=dict)

    def seat(self, contact: Contact) -> bool:
        """Find a place, if need be by moving others along (an augmenting path, breadth first)."""
        self._lawful[contact.key] = _Lawful(contact, self)
        came_from: dict[_Seat, str] = {}
        waiting = [contact.key]
        for key in waiting:
            for seat in self._lawful[key]:
                if seat in came_from:
                    continue
                came_from[seat] = key
                if len(self._guests[seat]) < self.room(seat):
                    self._move(seat, came_from, contact.key)
                    return True
                waiting += self._guests[seat]
        return False

    def _move(self, seat: _Seat, came_from: Mapping[_Seat, str], newcomer: str) -> None:
        while True:
            key = came_from[seat]
            before = self.seat_of.get(key)
            self._guests[seat].append(key)
            self.seat_of[key] = seat
            if key == newcomer or before is None:
                return
            self._guests[before].remove(key)
            seat = before

    def room(self, seat: _Seat) -> int:
        """How many of a channel's hour fall on this step: evenly, none lost."""
        step, channel = seat
        capacity, steps = self.per_hour.get(channel, 0), _HOUR // STEP
        turn = step % steps
        room = (turn + 1) * capacity // steps - turn * capacity // steps
        return room - self.taken.get(self.moment(seat), 0)

    def moment(self, seat: _Seat) -> Place:
        """A seat as people read it."""
        return Place(self.first + seat[0] * STEP, seat[1])

    def has_lawful(self, contact: Contact) -> bool:
        """Whether the gate allows the contact at any time of the day."""
        return any(True for _ in _Lawful(contact, self, crowded=True))


class _Lawful:
    """The seats at which a contact is lawful, the earliest first; asked for once, as needed."""

    def __init__(self, contact: Contact, table: _Table, *, crowded: bool = False) -> None:
        self._known: list[_Seat] = []
        self._more = self._find(contact, table, crowded=crowded)

    def __iter__(self) -> Iterator[_Seat]:
        place = 0
        while True:
            if place == len(self._known):
                seat = next(self._more, None)
                if seat is None:
                    return
                self._known.append(seat)
            yield self._known[place]
            place += 1

    @staticmethod
    def _find(contact: Contact, table: _Table, *, crowded: bool) -> Iterator[_Seat]:
        """Step by step of the grid; a channel that is not lawful rests until the gate's word."""
        rests: dict[str, datetime | None] = {each.channel: table.first for each in contact.choices}
        steps = -((table.first - table.until) // STEP)
        for step in range(steps):
            at = table.first + step * STEP
            for choice in contact.choices:
                rest = rests[choice.channel]
                if rest is None or at < rest:
                    continue
                if not crowded and table.room((step, choice.channel)) <= 0:
                    continue
                answer = choice.ask(at)
                if answer.allowed:
                    yield step, choice.channel
                else:
                    rests[choice.channel] = answer.next_at
            if all(rest is None for rest in rests.values()):
                return
