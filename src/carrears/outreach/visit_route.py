"""The order of a day's visits: the fewest minutes late, then the shortest way.

A way begins at its first stop, when that opens, and ends at its last. Distances are great circles;
how fast one gets on along them, and how long a visit takes, are figures of the house. Up to
``EXACT_UP_TO`` stops every order is weighed (branch and bound); beyond, the order of the windows is
mended by reversing parts of it and by moving stops, until neither helps (2-opt, or-opt: Croes 1958,
Or 1976).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import asin, cos, radians, sin, sqrt

EARTH_M = 6_371_008.8  # mean radius (IUGG)
METRES_PER_MINUTE = 400.0  # 24 km/h as the crow flies
STAY_MINUTES = 30.0
EXACT_UP_TO = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A place in degrees of WGS 84, and its window in minutes of the day."""

    key: int
    lat: float
    lon: float
    opens: float
    closes: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """The way to one stop: metres from the one before, when one is there, minutes too late."""

    stop: Stop
    metres: float
    arrives: float
    late: float


@dataclass(frozen=True, slots=True)
class Route:
    """Stops in their order; ``cost`` is what orders are compared by."""

    legs: tuple[Leg, ...]

    @property
    def metres(self) -> float:
        """The whole way."""
        return sum(leg.metres for leg in self.legs)

    @property
    def late(self) -> float:
        """Minutes beyond the windows, of all stops together."""
        return sum(leg.late for leg in self.legs)

    @property
    def cost(self) -> tuple[float, float]:
        """Lateness first."""
        return self.late, self.metres


def metres_between(one: Stop, other: Stop) -> float:
    """Along the great circle, by the haversine."""
    lat, lon = radians(other.lat - one.lat), radians(other.lon - one.lon)
    chord = sin(lat / 2) ** 2 + cos(radians(one.lat)) * cos(radians(other.lat)) * sin(lon / 2) ** 2
    return 2 * EARTH_M * asin(min(1.0, sqrt(chord)))


def follow(stops: Sequence[Stop]) -> Route:
    """The way over the stops in the order given. Who is early waits until a window opens."""
    legs: list[Leg] = []
    for stop in stops:
        legs.append(_leg(legs[-1] if legs else None, stop))
    return Route(tuple(legs))


def plan(stops: Sequence[Stop]) -> Route:
    """The best order found; see the module for how good that is."""
    by_window = follow(sorted(stops, key=lambda one: (one.closes, one.opens, one.key)))
    if len(stops) <= EXACT_UP_TO:
        return _best(by_window, stops)
    return _mended(by_window)


def _leg(before: Leg | None, stop: Stop) -> Leg:
    if before is None:
        return Leg(stop=stop, metres=0.0, arrives=stop.opens, late=0.0)
    metres = metres_between(before.stop, stop)
    leaves = max(before.arrives, before.stop.opens) + STAY_MINUTES
    arrives = leaves + metres / METRES_PER_MINUTE
    return Leg(stop=stop, metres=metres, arrives=arrives, late=max(0.0, arrives - stop.closes))


def _best(known: Route, stops: Sequence[Stop]) -> Route:
    best = known

    def go(legs: tuple[Leg, ...], left: tuple[Stop, ...]) -> None:
        nonlocal best
        so_far = Route(legs)
        # Neither lateness nor way gets less by going on.
        if so_far.cost >= best.cost:
            return
        if not left:
            best = so_far
        for place, stop in enumerate(left):
            leg = _leg(legs[-1] if legs else None, stop)
            go((*legs, leg), left[:place] + left[place + 1 :])

    go((), tuple(stops))
    return best


def _mended(route: Route) -> Route:
    while True:
        order = [leg.stop for leg in route.legs]
        better = min(map(follow, _neighbours(order)), key=lambda one: one.cost)
        if better.cost >= route.cost:
            return route
        route = better


def _neighbours(order: list[Stop]) -> Iterator[list[Stop]]:
    count = len(order)
    for start in range(count - 1):
        for end in range(start + 2, count + 1):
            yield order[:start] + order[start:end][::-1] + order[end:]
    for taken in range(count):
        rest = order[:taken] + order[taken + 1 :]
        for place in range(count):
            if place != taken:
                yield [*rest[:place], order[taken], *rest[place:]]
