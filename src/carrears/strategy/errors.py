"""Why a strategy cannot be used, said so that its author finds the cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

from carrears.strategy.reasons import Reason, say


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a decision graph: a node and, in a table, a rule and a column.

    ``row`` counts rules from 1, as an editor shows them.
    """

    node: str = ""
    row: int | None = None
    column: str = ""

    def in_words(self) -> Reason:
        """The spot as a message names it."""
        parts = [say("node {node!r}", node=self.node)] if self.node else []
        parts += [say("rule {row}", row=self.row)] if self.row is not None else []
        parts += [say("column {column!r}", column=self.column)] if self.column else []
        return reduce(_listed, parts) if parts else say("the document")

    def __str__(self) -> str:
        return str(self.in_words())


def _listed(first: Reason, second: Reason) -> Reason:
    return say("{first}, {second}", first=first, second=second)


class StrategyError(ValueError):
    """A strategy or its facts cannot be used as they are."""


class PlacedError(StrategyError):
    """A fault at a place of the decision graph."""

    def __init__(self, place: Place, reason: str) -> None:
        super().__init__(say("{place}: {reason}", place=place.in_words(), reason=reason))
        self.place = place
        self.reason = reason


class DocumentError(PlacedError):
    """The document is not a well-formed JDM decision graph."""


class RefusedError(PlacedError):
    """Well-formed, but it cannot be compiled to exactly what the engine would decide."""


class FactsError(StrategyError):
    """The facts do not fit their declaration."""


class EvaluationError(StrategyError):
    """The engine could not evaluate the decision on these facts."""
