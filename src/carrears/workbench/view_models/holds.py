"""Stops of collection: on the case page, and all of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Pager


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldStep:
    """What was done to a hold, by whom and why."""

    kind: str
    until_on: date | None
    by: str
    at: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldShown:
    """A hold with what was done to it; ``state``: waits, live, over or lifted.

    ``may_lift``: the reader may let it end on another day, and lift it.
    """

    pk: int
    loan_no: str
    reason: str
    whole_person: bool
    from_on: date
    until_on: date | None
    state: str
    placed_by: str
    lifted_on: date | None = None
    days_left: int | None = None
    steps: tuple[HoldStep, ...] = ()
    may_lift: bool = False

    @property
    def stands(self) -> bool:
        """Whether it can still be moved and lifted."""
        return self.state in {"waits", "live"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldsPage:
    """All stops of the cases that the reader sees; what ends first comes first."""

    rows: tuple[HoldShown, ...]
    pager: Pager
    on: date | None
    states: tuple[Option, ...]
    reasons: tuple[Option, ...]
    ends: tuple[Option, ...]
    loan_no: str
    query: str
