"""An experiment's intervals as drawings: by arm, of the difference, and over its days."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from carrears.workbench.queries.experiment_words import Told, with_interval
from carrears.workbench.view_models.drawing import (
    Band,
    Dot,
    Interval,
    Intervals,
    Line,
    Mark,
    Plot,
    Tick,
)

Found = dict[str, float]
_STEPS = 4
_DENSE = 60
_X_TICKS = 4


def intervals(
    identity: str,
    title: str,
    rows: Sequence[tuple[str, str, Found]],
    *,
    tell: Told,
    tick: Told,
    marks: Sequence[tuple[float, str, str]] = (),
    within: tuple[float, float] | None = None,
    note: str = "",
) -> Intervals:
    """Estimates (name, tone, estimate with its ends) on one axis."""
    values = [found[end] for _name, _tone, found in rows for end in ("lower", "upper")]
    ticks = _ticks([*values, *(value for value, _text, _tone in marks)], within=within)
    at = _scale(ticks)
    return Intervals(
        id=identity,
        title=title,
        rows=tuple(
            Interval(
                name, tone, at(found["lower"]), at(found["upper"]), at(found["estimate"]),
                with_interval(tell, found),
            )
            for name, tone, found in rows
        ),
        ticks=tuple(_tick(value, ticks, at(value), tick(value)) for value in ticks),
        marks=tuple(Mark(at(value), text, tone) for value, text, tone in marks),
        note=note,
    )  # fmt: skip


def over_time(
    identity: str,
    title: str,
    days: Sequence[tuple[date, Found]],
    *,
    tell: Told,
    tick: Told,
    name: str,
    matters: float,
) -> Plot:
    """The difference's estimate and interval on each day, beside none and what matters."""
    values = [found[end] for _day, found in days for end in ("lower", "upper")]
    ticks = _ticks([*values, 0.0, matters])
    low, high = ticks[0], ticks[-1]
    last = max(len(days) - 1, 1)
    xs = [1000 * place / last for place in range(len(days))]
    ys = {
        end: [1000 * (1 - (found[end] - low) / (high - low)) for _day, found in days]
        for end in ("lower", "upper", "estimate")
    }
    upper = [f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys["upper"], strict=True)]
    lower = [f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys["lower"], strict=True)]
    middle = [f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys["estimate"], strict=True)]
    dots = tuple(
        Dot(f"{x / 10:.2f}%", f"{y / 10:.2f}%", f"{day:%Y-%m-%d}: {with_interval(tell, found)}")
        for x, y, (day, found) in zip(xs, ys["estimate"], days, strict=True)
    )
    flat = [
        Line(text, tone, f"M0 {y:.1f}L1000 {y:.1f}", ())
        for text, tone, y in (
            (_("no difference"), "none", 1000 * high / (high - low)),
            (_("what matters"), "matters", 1000 * (high - matters) / (high - low)),
        )
    ]
    return Plot(
        id=identity,
        title=title,
        legend=((name, "series-0"), (_("no difference"), "none"), (_("what matters"), "matters")),
        x_ticks=_day_ticks([day for day, _found in days]),
        y_ticks=tuple(
            Tick(f"{100 * (1 - (value - low) / (high - low)):.2f}%", tick(value)) for value in ticks
        ),
        columns=(_("Estimate"), _("Lower end"), _("Upper end")),
        rows=tuple(
            (
                f"{day:%Y-%m-%d}",
                tuple(tell(found[end]) for end in ("estimate", "lower", "upper")),
            )
            for day, found in days
        ),
        bands=(Band("series-0", f"M{'L'.join([*upper, *reversed(lower)])}Z"),),
        lines=(*flat, Line(name, "series-0", f"M{'L'.join(middle)}", dots)),
        is_dense=len(days) > _DENSE,
    )


def _ticks(values: Sequence[float], *, within: tuple[float, float] | None = None) -> list[float]:
    """Round values around the given ones, in steps of 1, 2 or 5 times a power of ten."""
    low, high = min(values), max(values)
    if high <= low:
        low, high = low - 0.01, high + 0.01
    rough = (high - low) / _STEPS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * one for one in (1, 2, 5, 10) if power * one >= rough * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = [step * number for number in range(first, last + 1)]
    if within is not None:
        ticks = [value for value in ticks if within[0] - 1e-9 <= value <= within[1] + 1e-9]
    return ticks


def _scale(ticks: Sequence[float]) -> Told:
    low, high = ticks[0], ticks[-1]

    def at(value: float) -> str:
        share = (value - low) / (high - low)
        return f"{100 * min(max(share, 0.0), 1.0):.2f}%"

    return at


def _tick(value: float, ticks: Sequence[float], at: str, text: str) -> Tick:
    anchor = {ticks[0]: "start", ticks[-1]: "end"}.get(value, "middle")
    return Tick(at, text, anchor)


def _day_ticks(days: Sequence[date]) -> tuple[Tick, ...]:
    last = len(days) - 1
    places = sorted({round(n * last / (_X_TICKS - 1)) for n in range(_X_TICKS)})
    return tuple(
        Tick(
            f"{100 * place / max(last, 1):.2f}%",
            f"{days[place]:%m-%d}",
            {0: "start", last: "end"}.get(place, "middle") if last else "start",
        )
        for place in places
    )
