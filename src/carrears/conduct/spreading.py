"""Spread wanted contacts over the lawful moments of a day, and over channels, within capacity.

A matching: each contact takes one place, a step of the day's grid at a desk (a channel, or one
collector's telephone). Contacts are taken by priority, and one that finds its places taken may
push those before it to other places of theirs, never out. Sets of contacts that can be placed
together are the independent sets of a transversal matroid (Edmonds & Fulkerson 1965), for which
this greedy way is exact: no contact goes without while one of lower priority has a place that it
could have had, and as many as possible are placed. A night that is crowded past measure would be
looked over for hours; after ``_MOST_LOOKS`` nobody is pushed any more, and whoever is left, the
least urgent, takes what is free.

Contacts with the same ways are alike, so whole groups are moved at once: a night of hundreds of
thousands has some dozens of kinds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from carrears.conduct.openings import STEP

_STEPS_AN_HOUR = timedelta(hours=1) // STEP
# Places looked at before the search for better ones ends: some ten seconds.
_MOST_LOOKS = 50_000_000


class Way(NamedTuple):
    """One way to make a contact: at which desk, and from which to which steps it is lawful."""

    desk: str
    steps: tuple[tuple[int, int], ...]


class Place(NamedTuple):
    """At which step and which desk a contact is made."""

    step: int
    desk: str


@dataclass(frozen=True, slots=True)
class Contact:
    """A contact that is wanted once; of its ``ways`` the first that has room, the first best.

    No two ways are of one desk.
    """

    key: int
    priority: int
    ways: tuple[Way, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each contact went, and which found no place: never lawful, or no capacity."""

    placed: Mapping[int, Place]
    unlawful: tuple[int, ...]
    crowded: tuple[int, ...]


def spread(
    contacts: Iterable[Contact],
    *,
    per_hour: Callable[[str], int],
    taken: Mapping[Place, int] | None = None,
    not_before: int = 0,
) -> Plan:
    """Give each contact a lawful place, those whose hours close first before others as urgent.

    ``per_hour`` is how many contacts an hour a desk can make, ``taken`` how many of its places
    are gone; steps before ``not_before`` have gone by. Keys are distinct. The same contacts give
    the same plan, in whatever order.
    """
    groups: dict[tuple[int, tuple[Way, ...]], list[int]] = defaultdict(list)
    for contact in contacts:
        ways = tuple(way for way in contact.ways if way.steps)
        groups[contact.priority, ways].append(contact.key)
    table = _Table(per_hour, taken or {}, not_before)
    waiting: dict[tuple[Way, ...], list[int]] = defaultdict(list)
    crowded: list[int] = []
    unlawful: list[int] = []
    for (_, ways), keys in sorted(groups.items(), key=_most_urgent):
        keys.sort()
        if not ways:
            unlawful += keys
            continue
        number = table.seat(ways, len(keys))
        waiting[ways] += keys[:number]
        crowded += keys[number:]
    placed: dict[int, Place] = {}
    for ways, keys in waiting.items():
        placed.update(zip(keys, table.places_of(ways), strict=True))
    return Plan(placed, tuple(sorted(unlawful)), tuple(sorted(crowded)))


def _most_urgent(
    group: tuple[tuple[int, tuple[Way, ...]], list[int]],
) -> tuple[int, int, tuple[Way, ...]]:
    (priority, ways), _ = group
    closes = max((end for way in ways for _, end in way.steps), default=0)
    return -priority, closes, ways


_Kind = tuple[Way, ...]


@dataclass(slots=True)
class _Table:
    """Who sits where, by kind. A place that is full stays full: nobody is sent away."""

    per_hour: Callable[[str], int]
    taken: Mapping[Place, int]
    not_before: int
    _free: dict[Place, int] = field(default_factory=dict)
    _guests: dict[Place, Counter[_Kind]] = field(default_factory=lambda: defaultdict(Counter))
    # Kinds of which nobody more can be placed, ever; and by first ways alone, for the time being.
    _closed: set[_Kind] = field(default_factory=set)
    _closed_first: set[_Kind] = field(default_factory=set)
    _looks: int = 0

    def seat(self, kind: _Kind, number: int) -> int:
        """Place up to ``number`` contacts of a kind; returns how many. First ways go first."""
        left = number
        while left and kind not in self._closed:
            if self._looks > _MOST_LOOKS:
                return number - left + self._seat_where_free(kind, left)
            path = self._search(kind, self._closed_first, ways=1)
            if path is None:
                path = self._search(kind, self._closed, ways=len(kind) + 1)
                if path is not None:
                    self._closed_first.clear()
            if path is None:
                break
            left -= self._move(path, left)
        return number - left

    def _seat_where_free(self, kind: _Kind, number: int) -> int:
        left = number
        for place in _places(kind, several=True):
            left -= self._move([(kind, place)], left) if left and self._room(place) > 0 else 0
        return number - left

    def _search(
        self, kind: _Kind, closed: set[_Kind], *, ways: int
    ) -> list[tuple[_Kind, Place]] | None:
        """The kinds that each take the next one's place, the last a free one; breadth first."""
        if kind in closed:
            return None
        came_from: dict[_Kind, tuple[_Kind, Place] | None] = {kind: None}
        looked_at: set[Place] = set()
        several = ways > 1
        for one in (queue := [kind]):
            self._looks += _width(one)
            for place in _places(one, several=several):
                if place in looked_at:
                    continue
                if self._room(place) > 0:
                    return _path(came_from, one, place)
                looked_at.add(place)  # all who sit there are waiting in the queue from now on
                for guest in self._guests[place]:
                    if guest not in came_from and guest not in closed:
                        came_from[guest] = one, place
                        queue.append(guest)
        closed.update(came_from)
        return None

    def _move(self, path: list[tuple[_Kind, Place]], wanted: int) -> int:
        """Let as many as can take the path; returns how many."""
        number = min(wanted, self._room(path[-1][1]))
        for (_, place), (guest, _) in pairwise(path):
            number = min(number, self._guests[place][guest])
        for (kind, place), after in zip(path, [*path[1:], None], strict=True):
            guests = self._guests[place]
            guests[kind] += number
            if after is None:
                self._free[place] -= number
            else:
                guests[after[0]] -= number
                if not guests[after[0]]:
                    del guests[after[0]]
        return number

    def _room(self, place: Place) -> int:
        """How many of a desk's hour fall on this step, evenly and none lost, and are free."""
        free = self._free.get(place)
        if free is None:
            capacity, turn = self.per_hour(place.desk), place.step % _STEPS_AN_HOUR
            share = (turn + 1) * capacity // _STEPS_AN_HOUR - turn * capacity // _STEPS_AN_HOUR
            gone = place.step < self.not_before
            free = self._free[place] = 0 if gone else max(share - self.taken.get(place, 0), 0)
        return free

    def places_of(self, kind: _Kind) -> Iterator[Place]:
        """The places of a kind, one for each of its contacts, the best first."""
        for place in _places(kind, several=True):
            if guests := self._guests.get(place):
                for _ in range(guests[kind]):
                    yield place


def _places(kind: _Kind, *, several: bool) -> Iterator[Place]:
    for desk, steps in kind if several else kind[:1]:
        for begin, end in steps:
            for step in range(begin, end):
                yield Place(step, desk)


@lru_cache(maxsize=65_536)
def _width(kind: _Kind) -> int:
    return sum(end - begin for way in kind for begin, end in way.steps)


def _path(
    came_from: Mapping[_Kind, tuple[_Kind, Place] | None], last: _Kind, place: Place
) -> list[tuple[_Kind, Place]]:
    path = [(last, place)]
    while (before := came_from[path[-1][0]]) is not None:
        path.append(before)
    return path[::-1]
