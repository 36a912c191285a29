"""Who works on what now, how the queue stands, and how quick the house is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.money import Money
from carrears.workbench.view_models.queue import DayLine


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenNow:
    """A case that somebody has open; ``call_since`` while a call is not told of."""

    loan_no: str
    since: datetime
    call_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectorRow:
    """One collector now and today. ``state`` is a code of ``presence``; money by currency."""

    pk: int
    name: str
    teams: tuple[str, ...]
    state: str
    back_on: date | None
    back_at: str
    doing: tuple[OpenNow, ...]
    people: int
    room: int
    done: int
    contacts: int
    right_party: int
    promises: int
    promised: tuple[Money, ...]
    blocked: int
    review: int
    plan: DayLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One figure: ``value`` and what stands below it are in the reader's words."""

    key: str
    title: str
    value: str
    hint: str = ""
    url: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What a figure is."""

    key: str
    title: str
    about: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelRow:
    """A service level; ``share`` of nothing is None."""

    key: str
    title: str
    due: int
    in_time: int
    share: float | None
    target: float
    is_reached: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamNow:
    """The part that keeps itself up to date."""

    at: datetime
    day: date
    tiles: tuple[Tile, ...]
    rows: tuple[CollectorRow, ...]
    sums: tuple[Tile, ...] = ()  # of the rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """The service levels of the last ``days`` days."""

    days: int
    rows: tuple[LevelRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCase:
    """A case that waits. ``why`` is a code of ``worth``; ``since`` a day."""

    loan_no: str
    owner: str
    why: str
    since: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A collector to whom cases may go; ``state`` as in ``CollectorRow``."""

    pk: int
    name: str
    state: str
    people: int
    room: int
    may: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """What is to be handed to whom: somebody's cases, or those of one loan's debtor."""

    owner: int | None
    owner_name: str
    loan_no: str
    cases: int
    people: int
    targets: tuple[Target, ...]
