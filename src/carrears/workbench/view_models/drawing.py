"""Charts that the server draws: positions are per cent of the plot, so no script has to lay out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of an axis: where it is (``at``, as SVG writes it), what it says, how it is set."""

    at: str
    text: str
    anchor: str = "middle"


@dataclass(frozen=True, slots=True)
class Dot:
    """One value of a line, with what a pointer over it tells."""

    x: str
    y: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line: ``path`` in a square of 1000 by 1000, broken where a value is missing."""

    name: str
    tone: str
    path: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class Band:
    """An area between two lines: a closed ``path`` in a square of 1000 by 1000."""

    tone: str
    path: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A value that the others are judged by: where it is, what it is, and its tone."""

    at: str
    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and the interval around it, as positions, and the same in words."""

    name: str
    tone: str
    low: str
    high: str
    at: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Intervals:
    """Estimates with their intervals, one under the other, on one axis."""

    id: str
    title: str
    rows: tuple[Interval, ...]
    ticks: tuple[Tick, ...]
    marks: tuple[Mark, ...] = ()
    note: str = ""

    kind: str = "intervals"


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle of a stacked column."""

    x: str
    y: str
    width: str
    height: str
    tone: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A chart with axes: lines, or stacked columns, and the same as a table.

    ``note`` says what was left out; ``legend`` has a name and a tone for each series. Where the
    plot ``is_dense`` a dot shows only under a pointer.
    """

    id: str
    title: str
    legend: tuple[tuple[str, str], ...]
    x_ticks: tuple[Tick, ...]
    y_ticks: tuple[Tick, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]
    bands: tuple[Band, ...] = ()
    lines: tuple[Line, ...] = ()
    bars: tuple[Bar, ...] = ()
    x_title: str = ""
    note: str = ""
    is_dense: bool = False

    kind: str = "plot"


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell: ``level`` 0 … 10 is how strong, ``tone`` whether it is worse, better or the same."""

    text: str
    level: int
    tone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeatTable:
    """A matrix from bucket to bucket; rows are ``(bucket, loans, cells)``."""

    id: str
    title: str
    columns: tuple[Any, ...]
    rows: tuple[tuple[int, str, tuple[HeatCell, ...]], ...]
    note: str = ""

    kind: str = "heat"


@dataclass(frozen=True, slots=True)
class RankRow:
    """A segment: its share as text and as a width, and further cells."""

    name: str
    width: str
    share: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Segments, the largest first, each with a bar."""

    id: str
    title: str
    name: str
    columns: tuple[str, ...]
    rows: tuple[RankRow, ...]
    note: str = ""

    kind: str = "ranking"


Drawing = Plot | HeatTable | Ranking | Intervals
