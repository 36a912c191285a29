"""The picture of loans moving between treatments: geometry only, in a fixed coordinate system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

WIDTH, HEIGHT = 1000, 640
_BAR, _GAP, _TEXT = 14, 6, 230
_THINNEST = 1.0
_LINE = 22.0  # what a name needs, on a phone too, so that none lies on another


@dataclass(frozen=True, slots=True)
class Block:
    """A treatment on one side; ``y`` and ``height`` in units of the picture."""

    name: str
    loans: int
    x: float
    y: float
    height: float

    @property
    def middle(self) -> float:
        """Where its name stands."""
        return round(self.y + self.height / 2, 1)


@dataclass(frozen=True, slots=True)
class Band:
    """The loans that go from one treatment to another; ``path`` is an SVG path."""

    before: str
    after: str
    loans: int
    path: str

    @property
    def moved(self) -> bool:
        """Whether the treatment changes."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Sankey:
    """Blocks left and right, and the bands between them, the widest first."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    bands: tuple[Band, ...]

    @property
    def height(self) -> int:
        """How high the picture is."""
        return round(max((b.y + b.height for b in (*self.left, *self.right)), default=0)) + 12


def draw_sankey(flows: Iterable[tuple[str, str, int]]) -> Sankey:
    """Lay the flows ``(before, after, loans)`` out; each pair once, numbers above 0.

    Blocks stand in order of size, one scale for both sides, so that heights can be compared.
    """
    kept = [flow for flow in flows if flow[2] > 0]
    totals: tuple[dict[str, int], dict[str, int]] = (defaultdict(int), defaultdict(int))
    for before, after, loans in kept:
        totals[0][before] += loans
        totals[1][after] += loans
    most = max((len(side) for side in totals), default=0)
    whole = sum(totals[0].values())
    scale = (HEIGHT - _GAP * max(most - 1, 0)) / whole if whole else 0.0
    left = _stack(totals[0], _TEXT, scale)
    right = _stack(totals[1], WIDTH - _TEXT - _BAR, scale)
    return Sankey(tuple(left.values()), tuple(right.values()), _bands(kept, left, right, scale))


def _stack(totals: Mapping[str, int], x: float, scale: float) -> dict[str, Block]:
    blocks, y = {}, 0.0
    for name, loans in sorted(totals.items(), key=lambda item: (-item[1], item[0])):
        height = loans * scale
        blocks[name] = Block(name, loans, x, round(y, 1), round(max(height, _THINNEST), 1))
        y += max(height, _LINE) + _GAP
    return blocks


def _bands(
    flows: list[tuple[str, str, int]],
    left: Mapping[str, Block],
    right: Mapping[str, Block],
    scale: float,
) -> tuple[Band, ...]:
    """Bands leave and arrive in the order of the other side's blocks, so that few cross."""
    place = [{name: n for n, name in enumerate(side)} for side in (left, right)]
    start = {name: block.y for name, block in left.items()}
    end = {name: block.y for name, block in right.items()}
    leaving: dict[tuple[str, str], float] = {}
    for before, after, loans in sorted(flows, key=lambda f: (place[0][f[0]], place[1][f[1]])):
        leaving[before, after] = start[before]
        start[before] += loans * scale
    bands = []
    for before, after, loans in sorted(flows, key=lambda f: (place[1][f[1]], place[0][f[0]])):
        width = loans * scale
        path = _path(leaving[before, after], end[after], max(width, _THINNEST))
        bands.append(Band(before, after, loans, path))
        end[after] += width
    return tuple(sorted(bands, key=lambda band: -band.loans))


def _path(y0: float, y1: float, width: float) -> str:
    x0, x1 = _TEXT + _BAR, WIDTH - _TEXT - _BAR
    middle = (x0 + x1) / 2
    return (
        f"M{x0},{y0:.1f} C{middle},{y0:.1f} {middle},{y1:.1f} {x1},{y1:.1f}"
        f" V{y1 + width:.1f} C{middle},{y1 + width:.1f} {middle},{y0 + width:.1f}"
        f" {x0},{y0 + width:.1f} Z"
    )
