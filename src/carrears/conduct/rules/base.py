"""What a rule's logic takes and gives."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from carrears.conduct.situation import Situation
from carrears.conduct.vocabulary import GateAction, Outcome
from carrears.conduct.windows import Window

Unit = Literal["count", "minutes", "names", "window"]
_NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """A rule's parameters as they stand on one day; one object for all that is asked of it."""

    on: date
    values: Mapping[str, Any]

    def number(self, name: str) -> int:
        """A count or a number of minutes."""
        value = self.values[name]
        assert isinstance(value, int)  # noqa: S101  the pack's units are checked when it loads
        return value

    def names(self, name: str) -> frozenset[str]:
        """A set of words of the vocabulary."""
        value = self.values[name]
        assert isinstance(value, frozenset)  # noqa: S101  see above
        return value

    def window(self, name: str) -> Window:
        """A daily window."""
        value = self.values[name]
        assert isinstance(value, Window)  # noqa: S101  see above
        return value


class Ruling(NamedTuple):
    """What one rule says of one attempt.

    ``reason`` names a text of the rule, ``values`` fill it. ``gate`` is set where the gate
    must be stricter than the outcome. ``retry_at`` is the first moment at which the answer
    may change by time alone; None: never. ``used`` names the facts that decided.
    A rule that permits tells in ``spent`` how many of how many permitted contacts were used
    before, in ``minutes_left`` how long the hours still last by the first wall clock to close.
    """

    outcome: Outcome
    reason: str
    gate: GateAction | None = None
    retry_at: datetime | None = None
    used: tuple[str, ...] = ()
    values: Mapping[str, object] = _NOTHING
    spent: tuple[int, int] | None = None
    minutes_left: int | None = None


@dataclass(frozen=True, slots=True)
class Logic:
    """A rule's function with the parameters it asks for and the reasons it may give."""

    judge: Callable[[Situation, Law], Ruling | None]
    reasons: frozenset[str]
    parameters: Mapping[str, Unit]


def logic(
    *reasons: str, **parameters: Unit
) -> Callable[[Callable[[Situation, Law], Ruling | None]], Logic]:
    """Declare a function as logic. It gives None where the rule has nothing to say."""

    def declare(judge: Callable[[Situation, Law], Ruling | None]) -> Logic:
        return Logic(judge, frozenset(reasons), parameters)

    return declare
