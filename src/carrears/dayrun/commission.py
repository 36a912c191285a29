"""What agencies are owed: a room further right counts it, and says so as it starts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

_COUNTED: list[Callable[[date, date, str], int]] = []


def register_commission(count: Callable[[date, date, str], int]) -> None:
    """Have the room that knows what was agreed with agencies count what they are owed."""
    _COUNTED[:] = [count]


def commission(first: date, last: date, currency: str) -> int:
    """What all agencies are owed for these days, both included, in one currency."""
    return sum(count(first, last, currency) for count in _COUNTED)
