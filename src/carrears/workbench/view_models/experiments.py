"""Experiments: which there are, how one stands, and what may be done next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.drawing import Intervals, Plot


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentRow:
    """An experiment as a list shows it; ``advice`` is (challenger, advice's code)."""

    key: str
    title: str
    state: str
    conclusion: str
    arms: tuple[tuple[str, str], ...]  # name and share
    since: date | None
    entered: int
    planned: int
    advice: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What a plan needs, and how soon this book brings it; ``days`` None for never."""

    debtors: int
    arms: tuple[tuple[str, str, int], ...]  # name, share, debtors
    behind: int
    pace: str
    days: int | None
    ready_on: date | None
    window_days: int
    of_words: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmRow:
    """One arm: who takes part, and what became of them, with its interval."""

    name: str
    is_champion: bool
    version: str
    address: str  # where what it tries can be read
    share: str
    stopped_on: date | None
    stop_reason: str
    entered: int
    known: int
    cured: int
    cure: str
    recovery: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    """One outcome of messages: shares of debtors with their intervals, and the difference."""

    metric: str
    is_main: bool
    arm: str
    champion: str
    challenger: str
    difference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRow:
    """A guard rail of one challenger. ``width`` is how far it is on its way to the limit."""

    arm: str
    guard: str
    tolerance: str
    champion: int
    challenger: int
    evidence: str
    limit: str
    width: str
    trips: bool


@dataclass(frozen=True, slots=True)
class Advised:
    """What is recommended of one challenger, and why."""

    arm: str
    advice: str
    sentence: str
    as_of: date | None


@dataclass(frozen=True, slots=True)
class LogRow:
    """A line of the decision log, as the evidence log has it."""

    at: datetime
    kind: str
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """What this reader may do next, and on which day it takes effect."""

    day: date
    may_start: bool = False
    may_drop: bool = False
    may_stop: bool = False
    may_conclude: bool = False
    may_confirm: bool = False
    waits: str = ""  # why nothing can be done yet

    @property
    def any(self) -> bool:
        """Whether there is anything to show."""
        return bool(
            self.may_start
            or self.may_drop
            or self.may_stop
            or self.may_conclude
            or self.may_confirm
            or self.waits
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentPage:
    """One experiment."""

    key: str
    title: str
    template: str  # whose words are tried; empty: strategies are
    note: str
    state: str
    conclusion: str
    winner: str
    started_on: date | None
    stopped_on: date | None
    stop_reason: str
    advised: tuple[Advised, ...]
    plan: tuple[tuple[str, str], ...]
    size: Size
    arms: tuple[ArmRow, ...]
    drawings: tuple[Intervals | Plot, ...]
    outcomes: tuple[OutcomeRow, ...]
    guards: tuple[GuardRow, ...]
    log: tuple[LogRow, ...]
    steps: Steps
    has_recovery: bool
    entered: int
    progress: int  # per cent of the planned debtors whose outcome is known
    known: int
