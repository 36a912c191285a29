"""The book at a glance, on one day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from carrears.money import Money
from carrears.workbench.view_models.analytics import Choice, KeyFigure, KeyFigures
from carrears.workbench.view_models.chart import Chart
from carrears.workbench.view_models.common import Option
from carrears.workbench.view_models.figure_told import FigureTold


@dataclass(frozen=True, slots=True)
class Trend:
    """A change against an earlier day, ready to read (``+1.2 %``), and whether it is good."""

    text: str
    direction: Literal["up", "down", "flat"]
    mood: Literal["good", "bad", "flat"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """One headline figure. Exactly one of money, count and share is given."""

    title: str
    money: Money | None = None
    count: int | None = None
    share: float | None = None
    hint: str = ""
    trend: Trend | None = None
    told: FigureTold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketRow:
    """One bucket of the book. ``share`` is of the loans; ``cases`` are open ones."""

    bucket: int
    loans: int
    share: float
    balance: Money
    arrears: Money
    loans_before: int | None = None


@dataclass(frozen=True, slots=True)
class BlockReason:
    """Why the gate stopped contacts, and how often."""

    rule_id: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class RunStep:
    """One step of the day run, with its counters as text."""

    name: str
    seconds: float
    counters: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRunSummary:
    """The newest run of the day shown."""

    as_of: date
    state: str
    started_at: datetime
    seconds: float
    steps: tuple[RunStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """The page. ``as_of`` is None while no day was run; ``compared_with`` the month-end before.

    Where it ``is_narrowed`` figures are of some loans only, said by ``narrowed``; those of the
    ``house`` that are not, say why. ``address`` writes it as an address does. ``of_bucket`` is the
    bucket asked for, which what is shown by buckets does not follow. ``panels`` are what the
    figures of tables and charts are.
    """

    as_of: date | None
    compared_with: date | None
    days: tuple[Option, ...]
    tiles: tuple[Tile, ...]
    buckets: tuple[BucketRow, ...]
    balance_by_bucket: Chart | None
    roll_rates: Chart | None
    trend: Chart | None
    cure_rate: Chart | None
    actions: Chart | None
    flows: Chart | None
    blocks: tuple[BlockReason, ...]
    run: DayRunSummary | None
    filters: tuple[Choice, ...] = ()
    is_narrowed: bool = False
    narrowed: str = ""
    address: str = ""
    of_team: bool = False
    of_bucket: int | None = None
    key: KeyFigures | None = None
    house: tuple[KeyFigure, ...] = ()
    panels: tuple[FigureTold, ...] = ()

    @property
    def definitions(self) -> tuple[FigureTold, ...]:
        """What each figure of the page is, but for those that are asked for on their own."""
        tiles = [one.told for one in self.tiles if one.told is not None]
        house = [one.told for one in self.house if one.told is not None]
        return (*tiles, *house, *self.panels)
