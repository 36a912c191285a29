"""Figures of the book by month and segment."""

from __future__ import annotations

from dataclasses import dataclass

from carrears.workbench.view_models.common import Option, Pager
from carrears.workbench.view_models.drawing import Drawing
from carrears.workbench.view_models.figure_told import FigureTold


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A filter: a list to choose from; ``is_open`` takes any text and only suggests."""

    name: str
    title: str
    options: tuple[Option, ...]
    is_open: bool = False
    value: str = ""


@dataclass(frozen=True, slots=True)
class FigureTab:
    """A figure one can turn to, keeping the filters."""

    title: str
    url: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Told:
    """What a figure is, in words."""

    title: str
    counts: str
    cohort: str
    clock: str
    rows: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Months being worked out in the background; ``url`` asks again."""

    done: int
    total: int
    percent: int
    url: str


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The rows that the files hold, page by page; a column is a title and if it is a number."""

    columns: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str, ...], ...]
    pager: Pager

    @property
    def numbers(self) -> frozenset[int]:
        """The places of the columns that hold numbers."""
        return frozenset(place for place, (_, number) in enumerate(self.columns) if number)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalyticsPage:
    """The page. Without a book it has no ``told``; while it waits or fails it has no table."""

    tabs: tuple[FigureTab, ...] = ()
    figure: str = ""
    told: Told | None = None
    choices: tuple[Choice, ...] = ()
    options: tuple[Choice, ...] = ()
    is_narrowed: bool = False
    problem: str = ""
    failed_query: str = ""
    waiting: Waiting | None = None
    drawings: tuple[Drawing, ...] = ()
    table: FigureTable | None = None
    csv_url: str = ""
    xlsx_url: str = ""
    parquet_url: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A rate, what it is, and the page that tells more of it where there is one."""

    title: str
    value: float | None
    hint: str
    url: str
    told: FigureTold | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyFigures:
    """Roll, cure and first-payment rates of a month; ``poll_url`` while they are worked out."""

    month: str = ""
    figures: tuple[KeyFigure, ...] = ()
    poll_url: str = ""
    waiting: Waiting | None = None
    failed: bool = False
