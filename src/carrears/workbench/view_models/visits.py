"""Field visits: those of a day, and one with its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from carrears.workbench.view_models.common import Option, Sensitive
from carrears.workbench.view_models.contact import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """One visit; ``name`` as the reader may see it, ``marks`` what somebody has to look at."""

    pk: int
    loan_no: str
    name: str
    from_at: datetime
    until_at: datetime
    visitors: tuple[str, str]
    state: str
    result: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitsPage:
    """The visits of a day by their time."""

    day: date
    before: date
    after: date
    rows: tuple[VisitRow, ...]
    people: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteStop:
    """A stop of the way; ``number`` is 0 where nobody knows its place."""

    pk: int
    number: int
    loan_no: str
    name: str
    from_at: datetime
    until_at: datetime
    state: str
    arrives: str
    late_minutes: int
    kilometres: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place of the drawing with the numbers of the stops there."""

    x: float
    y: float
    label: str
    width: float

    @property
    def left(self) -> float:
        """Where it begins, seen from its middle."""
        return -self.width / 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A square of a map in the units of a drawing, and where its picture is."""

    x: float
    y: float
    size: float
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Stops in the units of a drawing, the line through them, and a bar of so many metres.

    ``tiles`` lie beneath where the house has a map drawn, ``attribution`` says whose they are.
    """

    width: int
    height: int
    marks: tuple[Mark, ...]
    line: str
    bar_metres: int
    bar_width: float
    tiles: tuple[Tile, ...] = ()
    attribution: str = ""
    map_host: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitsRoute:
    """The way of a day, and the visits whose place nobody knows."""

    day: date
    stops: tuple[RouteStop, ...]
    apart: tuple[RouteStop, ...]
    kilometres: float
    drawing: Drawing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """What was told from the way; ``words`` are those of what did not fit any more."""

    kind: str
    by: str
    claimed_at: datetime
    received_at: datetime
    clock_off_s: int | None
    late: bool
    outside_window: bool
    position: str
    accuracy_m: int | None
    standing: str
    words: str
    has_file: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitShown:
    """One visit, where it goes, and what the gate said."""

    row: VisitRow
    address: Sensitive
    announced_by: str
    announced_at: datetime | None
    ordered_by: str
    ordered_at: datetime
    checked_in_at: datetime | None
    checked_in_by: str
    joined_at: datetime | None
    joined_by: str
    called_off: str
    called_off_by: str
    called_off_at: datetime | None
    called_off_no: int | None
    steps: tuple[StepRow, ...]
    breach: tuple[str, ...]
    verdict: Verdict
    entry_no: int | None
