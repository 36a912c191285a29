"""At which moments of a day a contact is lawful, found by few questions to the gate.

The gate's answer to the same contact changes only where one of its windows opens or closes or a
calendar day begins, or by itself with time, and then once between two such edges. So the first
and the last moment between two edges tell what lies between them; where they differ, halving
finds the moment of the change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise

from carrears.clock import at_local, local_day
from carrears.conduct.facts import Facts
from carrears.conduct.pack import Pack
from carrears.conduct.windows import Window

# Moments of a grid: one every five minutes.
STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gate says of a moment; ``next_at`` when it would be allowed, if ever."""

    allowed: bool
    next_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Openings:
    """The steps of a grid from which (inside) to which (outside) a contact is lawful, in order.

    ``next_at`` is the first lawful moment after the grid's end that the gate named on the way.
    """

    steps: tuple[tuple[int, int], ...]
    next_at: datetime | None = None


def find_openings(
    ask: Callable[[datetime], Answer],
    *,
    first: datetime,
    until: datetime,
    edges: Iterable[datetime] = (),
) -> Openings:
    """The lawful steps from ``first`` to before ``until`` (both aware).

    Whatever ``next_at`` an answer names is taken as the earliest moment that may be lawful.
    """
    size = _step_at(first, until)
    inner = {_step_at(first, edge) for edge in edges if first < edge < until}
    bounds = [0, *sorted(inner - {0, size}), size]
    found: list[tuple[int, int]] = []
    rest = 0
    for begin, end in pairwise(bounds):
        step = max(begin, rest)
        while step < end:
            answer = ask(first + step * STEP)
            if answer.allowed:
                close = _close_of(ask, first, step, end)
                found.append((step, close))
                step = close
                continue
            if answer.next_at is None or answer.next_at >= until:
                return Openings(_merged(found), answer.next_at)
            step = rest = max(_step_at(first, answer.next_at), step + 1)
    return Openings(_merged(found))


def _close_of(ask: Callable[[datetime], Answer], first: datetime, step: int, end: int) -> int:
    """The first step after ``step``, at most ``end``, at which it is no longer lawful."""
    if step + 1 == end or ask(first + (end - 1) * STEP).allowed:
        return end
    lawful, unlawful = step, end - 1
    while unlawful - lawful > 1:
        middle = (lawful + unlawful) // 2
        if ask(first + middle * STEP).allowed:
            lawful = middle
        else:
            unlawful = middle
    return unlawful


def _step_at(first: datetime, moment: datetime) -> int:
    """The first step not before ``moment``."""
    return -((first - moment) // STEP)


def _merged(found: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    merged: list[tuple[int, int]] = []
    for begin, end in found:
        if merged and merged[-1][1] == begin:
            merged[-1] = (merged[-1][0], end)
        else:
            merged.append((begin, end))
    return tuple(merged)


def edges_between(
    facts: Facts, pack: Pack, zones: Sequence[str], *, first: datetime, until: datetime
) -> frozenset[datetime]:
    """When a window of the pack or of the facts opens or closes, or a day begins, in any zone."""
    told = [window for consent in facts.consents for window in consent.windows]
    told += [window for preference in facts.preferences for window in preference.windows]
    if facts.house_policy.contact_hours is not None:
        told.append(facts.house_policy.contact_hours)
    clocks = frozenset(clock for window in told for clock in window.edges)
    return _edges(pack, tuple(zones or pack.zones_when_unknown), clocks, first, until)


@lru_cache(maxsize=1024)
def _edges(
    pack: Pack, zones: tuple[str, ...], clocks: frozenset[time], first: datetime, until: datetime
) -> frozenset[datetime]:
    found = set()
    for name in zones:
        day = local_day(first, name)
        while day <= local_day(until, name):
            found |= {at_local(day, each, name) for each in clocks | _clocks_of(pack, day)}
            day += timedelta(days=1)
    return frozenset(edge for edge in found if first < edge < until)


def _clocks_of(pack: Pack, day: date) -> frozenset[time]:
    """Midnight, and the edges of all windows that the law of a day knows."""
    windows = [
        value
        for _, law in pack.laws_on(day)
        for value in law.values.values()
        if isinstance(value, Window)
    ]
    return frozenset({time()} | {clock for window in windows for clock in window.edges})
