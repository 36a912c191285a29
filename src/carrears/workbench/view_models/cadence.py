"""Cadences: the steps around an instalment's due date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """One step of an instalment: what became of it, or when its turn is.

    ``state`` is a code of ``action_state``; ``at`` is when it was said or will be, where that is
    planned, and ``on`` the day that the cadence has for it.
    """

    label: str
    on: date
    state: str
    channel: str = ""
    at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceShown:
    """The cadence of the oldest instalment that is not paid, due on ``due_on``."""

    title: str
    due_on: date
    steps: tuple[StepShown, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOfHouse:
    """One step as the file has it; ``closed_day`` and ``closed_hours`` are codes of those groups.

    ``ways`` are channel and template; none: what the strategy's tables name. ``is_for_all``: up to
    the due date it is said to whoever is not behind, else to the watched.
    """

    label: str
    ways: tuple[tuple[str, str], ...]
    treatments: tuple[str, ...]
    closed_day: str
    closed_hours: str
    language: str
    is_for_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CadenceOfHouse:
    """One cadence as the file has it; ``products`` none: all others."""

    key: str
    title: str
    products: tuple[str, ...]
    last_days: int
    steps: tuple[StepOfHouse, ...]
