"""When a debtor counts as out of reach (失联)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from carrears.clock import zone as zone_of
from carrears.conduct.facts import ContactEvent
from carrears.conduct.situation import Situation

_FAILED = frozenset({"busy", "not_in_service", "number_invalid", "no_answer", "rejected"})
_DEAD_NUMBER = frozenset({"not_in_service", "number_invalid"})


@dataclass(slots=True)
class _Line:
    """What the dials of one reserved number have shown since the last contact."""

    in_a_row: int = 0
    days_in_a_row: int = 0
    last_failed: date | None = None
    unreachable_from: date | None = None

    def fail(self, day: date, result: str, *, dials: int, days: int) -> None:
        self.in_a_row += 1
        if self.last_failed != day:
            follows = self.last_failed == day - timedelta(days=1)
            self.days_in_a_row = self.days_in_a_row + 1 if follows else 1
        self.last_failed = day
        if result in _DEAD_NUMBER or self.days_in_a_row >= days:
            self._lost_from(day)
        if self.in_a_row >= dials:
            self._lost_from(day + timedelta(days=1))

    def interrupt(self) -> None:
        """Something answered: the row of failures is broken, what it showed stays."""
        self.in_a_row = self.days_in_a_row = 0
        self.last_failed = None

    def _lost_from(self, day: date) -> None:
        if self.unreachable_from is None or day < self.unreachable_from:
            self.unreachable_from = day


def unreachable_from(situation: Situation, *, dials: int, days: int) -> date | None:
    """The local day from which the debtor of the attempt's debts is out of reach; None: he is not.

    A recorded finding comes first. Otherwise ``dials`` failed calls in a row to every number
    he reserved count from the next day, ``days`` days in a row with failed calls at once. A
    conversation, a visit that met him or any message from him ends it.
    """
    debtor = situation.debtor
    if debtor is None or debtor.reachable is True:
        return None
    contact = _last_contact(situation)
    if debtor.reachable is False:
        since = debtor.unreachable_since or date.min
        return None if contact is not None and contact >= since else since
    lines = _read_lines(situation, dials=dials, days=days)
    starts = [line.unreachable_from for line in lines.values()]
    known = [start for start in starts if start is not None]
    return max(known) if known and len(known) == len(starts) else None


def _last_contact(situation: Situation) -> date | None:
    days = [
        _local_day(event, situation)
        for event in situation.facts.history
        if _is_contact(event, situation)
    ]
    return max(days, default=None)


def _is_contact(event: ContactEvent, situation: Situation) -> bool:
    if event.party not in situation.debtors:
        return False
    return event.direction == "in" or event.result in {"conversation", "met"}


def _read_lines(situation: Situation, *, dials: int, days: int) -> dict[str, _Line]:
    lines = _fresh_lines(situation)
    for event in sorted(situation.facts.history, key=lambda each: each.moment):
        if _is_contact(event, situation):
            lines = _fresh_lines(situation)
        elif event.direction == "out" and event.channel == "call" and event.contact_point in lines:
            line = lines[event.contact_point]
            if event.result in _FAILED:
                day = _local_day(event, situation)
                line.fail(day, event.result or "", dials=dials, days=days)
            else:
                line.interrupt()
    return lines


def _fresh_lines(situation: Situation) -> dict[str, _Line]:
    return {
        point.id: _Line()
        for point in situation.facts.contact_points
        if point.owner in situation.debtors and point.reserved and point.kind == "mobile"
    }


def _local_day(event: ContactEvent, situation: Situation) -> date:
    """The event's day for the debtor, in the zone the attempt is judged in when he has none."""
    debtor = situation.debtor
    zones = debtor.time_zones if debtor is not None and debtor.time_zones else situation.zones
    return event.moment.astimezone(zone_of(zones[0])).date()
