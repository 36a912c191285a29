"""From series to the positions of a plot, in per cent of its area."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from carrears.workbench.queries.formats import percent
from carrears.workbench.view_models.chart import Number, Series
from carrears.workbench.view_models.drawing import Bar, Dot, Line, Plot, Tick

_X_TICKS = 4  # as many months as a phone has room for, unevenly spaced
_Y_STEPS = 5
_MANY_DOTS = 120  # above which a dot shows only under a pointer
_COLUMN = 0.72  # of a column's place


def lines_plot(
    identity: str,
    title: str,
    *,
    categories: Sequence[str],
    series: Sequence[Series],
    x_title: str = "",
    note: str = "",
) -> Plot:
    """Lines of rates over categories; a missing value breaks its line."""
    top, y_ticks = _y_axis([v for one in series for v in one.values if v is not None])
    spots = [_spot(place, len(categories)) for place in range(len(categories))]
    return Plot(
        id=identity,
        title=title,
        legend=tuple((one.name, one.tone) for one in series),
        x_ticks=_x_ticks(categories, spots, is_edged=True),
        y_ticks=y_ticks,
        columns=tuple(one.name for one in series),
        rows=_rows(categories, series),
        lines=tuple(_line(one, categories, spots, top) for one in series),
        is_dense=len(categories) * len(series) > _MANY_DOTS,
        x_title=x_title,
        note=note,
    )


def columns_plot(
    identity: str,
    title: str,
    *,
    categories: Sequence[str],
    series: Sequence[Series],
    note: str = "",
) -> Plot:
    """Stacked columns of rates over categories, the first series at the bottom."""
    heights = [sum(one.values[n] or 0 for one in series) for n in range(len(categories))]
    top, y_ticks = _y_axis(heights)
    width = 100 / max(len(categories), 1)
    spots = [(place + 0.5) * width for place in range(len(categories))]
    bars = []
    for place, category in enumerate(categories):
        under = 0.0
        for one in series:
            value = one.values[place] or 0
            if not value:
                continue
            under += value
            bars.append(
                Bar(
                    _at(spots[place] - width * _COLUMN / 2), _at(100 * (1 - under / top)),
                    _at(width * _COLUMN), _at(100 * value / top), one.tone,
                    f"{category} {one.name}: {percent(value, 2)}",
                )
            )  # fmt: skip
    return Plot(
        id=identity,
        title=title,
        legend=tuple((one.name, one.tone) for one in series),
        x_ticks=_x_ticks(categories, spots, is_edged=False),
        y_ticks=y_ticks,
        columns=tuple(one.name for one in series),
        rows=_rows(categories, series),
        bars=tuple(bars),
        note=note,
    )


def nice_ticks(largest: float) -> list[float]:
    """Round values from 0 to at least ``largest``, in steps of 1, 2 or 5 times a power of ten."""
    if largest <= 0:
        return [0.0, 0.01]
    rough = largest / _Y_STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough * (1 - 1e-9))
    steps = math.ceil(largest / step - 1e-9)
    return [step * n for n in range(steps + 1)]


def _y_axis(values: Sequence[float]) -> tuple[float, tuple[Tick, ...]]:
    marks = nice_ticks(max(values, default=0.0))
    places = _places(marks[1])
    ticks = tuple(Tick(_at(100 * (1 - one / marks[-1])), percent(one, places)) for one in marks)
    return marks[-1], ticks


def _places(step: float) -> int:
    """The decimals that tell one tick from the next."""
    return max(0, math.ceil(-math.log10(step * 100) - 1e-9))


def _x_ticks(
    categories: Sequence[str], spots: Sequence[float], *, is_edged: bool
) -> tuple[Tick, ...]:
    last = len(categories) - 1
    wanted = min(_X_TICKS, len(categories))
    places = sorted({round(n * last / max(wanted - 1, 1)) for n in range(wanted)})
    ticks = []
    for place in places:
        edge = {0: "start", last: "end"}.get(place, "middle") if is_edged and last else "middle"
        ticks.append(Tick(_at(spots[place]), categories[place], edge))
    return tuple(ticks)


def _line(one: Series, categories: Sequence[str], spots: Sequence[float], top: float) -> Line:
    dots, path, broken = [], [], True
    for category, x, value in zip(categories, spots, one.values, strict=True):
        if value is None:
            broken = True
            continue
        y = 100 * (1 - value / top)
        path.append(f"{'M' if broken else 'L'}{_number(x * 10)} {_number(y * 10)}")
        dots.append(Dot(_at(x), _at(y), f"{one.name}, {category}: {percent(value, 2)}"))
        broken = False
    return Line(one.name, one.tone, "".join(path), tuple(dots))


def _rows(
    categories: Sequence[str], series: Sequence[Series]
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    told: Callable[[Number], str] = lambda value: "–" if value is None else percent(value, 2)  # noqa: E731
    return tuple(
        (category, tuple(told(one.values[place]) for one in series))
        for place, category in enumerate(categories)
    )


def _spot(place: int, places: int) -> float:
    return 100 * place / (places - 1) if places > 1 else 50.0


def _at(position: float) -> str:
    return f"{_number(position)}%"


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
