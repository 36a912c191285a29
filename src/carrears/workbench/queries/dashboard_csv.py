"""The figures of the dashboard as a file, each with what it is and what it counted."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any

from carrears.analytics.sheets import Share, Sheet
from carrears.money import Money
from carrears.workbench.queries.attempts import Lines, cell
from carrears.workbench.view_models.analytics import KeyFigures
from carrears.workbench.view_models.dashboard import Dashboard
from carrears.workbench.view_models.figure_told import FigureTold

_HEAD = (
    "figure", "title", "rate", "numerator", "numerator_is", "denominator", "denominator_is",
    "currency", "first_day", "last_day", "days", "formula", "note", "narrowed_to",
)  # fmt: skip


def dashboard_csv(page: Dashboard, key: KeyFigures | None) -> Iterator[str]:
    """All that the page shows as lines of CSV; with a currency the numbers are its minor units."""
    return figures_csv(shown_figures(page, key), narrowed=page.narrowed)


def dashboard_sheet(page: Dashboard, key: KeyFigures | None) -> Sheet:
    """The same as a sheet: amounts and shares are numbers."""
    figures = shown_figures(page, key)
    return Sheet("figures", _HEAD, (_cells(one, page.narrowed) for one in figures))


def _cells(one: FigureTold, narrowed: str) -> tuple[Any, ...]:
    def number(value: int | None) -> int | Money | None:
        return Money(value, one.currency) if value is not None and one.currency else value

    return (
        one.key, one.title, Share(one.share), number(one.above), one.above_name,
        number(one.below), one.below_name, one.currency, one.first, one.last, one.days,
        one.formula, one.note, narrowed,
    )  # fmt: skip


def shown_figures(page: Dashboard, key: KeyFigures | None) -> Iterator[FigureTold]:
    """The figures of a page in the order in which they stand on it."""
    yield from (one.told for one in page.tiles if one.told is not None)
    yield from (one.told for one in page.house if one.told is not None)
    yield from (one.told for one in (key.figures if key else ()) if one.told is not None)


def figures_csv(figures: Iterable[FigureTold], *, narrowed: str = "") -> Iterator[str]:
    """Figures as lines of CSV; ``narrowed`` says of which part they are."""
    writer = csv.writer(Lines())
    yield "\ufeff" + writer.writerow(_HEAD)
    for one in figures:
        values: tuple[Any, ...] = (
            one.key, one.title, _text(one.share), _text(one.above), one.above_name,
            _text(one.below), one.below_name, one.currency, _text(one.first), _text(one.last),
            one.days, one.formula,
            one.note, narrowed,
        )  # fmt: skip
        yield writer.writerow(map(cell, values))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
