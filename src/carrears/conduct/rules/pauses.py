"""Days on which a notice is in force, each of them told whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from carrears.conduct.facts import Notice
from carrears.conduct.situation import Situation, label
from carrears.conduct.windows import next_day

CLOSED = frozenset({"resolved", "withdrawn", "dismissed", "discharged"})


@dataclass(frozen=True, slots=True)
class Days:
    """From ``first`` to ``last``, both inside; None is without a bound that is known."""

    first: date | None
    last: date | None

    def hold(self, situation: Situation) -> bool:
        """Whether the attempt's day lies inside in some plausible zone."""
        return any(
            (self.first is None or self.first <= day) and (self.last is None or day <= self.last)
            for day in situation.days
        )

    def end(self, situation: Situation) -> datetime | None:
        """The first moment after the last day, by the latest of the plausible zones."""
        if self.last is None:
            return None
        last = self.last
        return max(
            next_day(day, zone, days=max((last - day).days + 1, 1))
            for day, zone in zip(situation.days, situation.zones, strict=True)
        )


def open_notices(
    situation: Situation, *kinds: str, closed: frozenset[str] = CLOSED
) -> Iterator[Notice]:
    """The notices of ``kinds`` on the attempt's debts whose status is not one of ``closed``."""
    if not situation.facts.notices:
        return
    wanted = set(situation.attempt.debts)
    for notice in situation.facts.notices:
        concerns = not notice.debts or not wanted or not wanted.isdisjoint(notice.debts)
        if notice.kind in kinds and notice.status not in closed and concerns:
            yield notice


def concerns_party(notice: Notice, situation: Situation) -> bool:
    """Whether the notice speaks for the party contacted.

    It does when the party gave it, when nobody is named, or when who acts for the party gave
    it. Whoever owes with others is covered by all notices but those of a guarantor, since a
    relative or adviser who gives one does so for him.
    """
    party = situation.attempt.party
    if notice.by is None or notice.by == party:
        return True
    acting = {link.attorney for link in situation.facts.representations if link.client == party}
    if notice.by in acting:
        return True
    giver = next((each for each in situation.facts.parties if each.id == notice.by), None)
    answers = giver is not None and giver.role == "guarantor"
    return not answers and (situation.is_obligor or situation.party is None)


def received_on(notice: Notice) -> date | None:
    """The day on which the notice came in."""
    stamp = notice.received_at
    return stamp.date() if isinstance(stamp, datetime) else stamp


def name_notice(notice: Notice, situation: Situation) -> str:
    """How a finding names the notice."""
    return label("notices", situation.facts.notices, notice)
