"""What rules take back from collectors."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PullBackRow:
    """A rule, and what it would take now; ``goes`` and ``stays`` are in the reader's words."""

    title: str
    why: str
    to: str
    only: str
    cases: int
    people: int
    goes: tuple[str, ...]
    stays: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PullBackPage:
    """The rules of today from the top; ``cases`` is what they would take together.

    Without ``is_planned`` it is not worked out what they would take, and all numbers are nought.
    """

    rows: tuple[PullBackRow, ...]
    cases: int
    people: int
    promise_days: int
    is_planned: bool = True
