"""The figures of the dashboard as a file, each with what it is and what it counted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from carrears.analytics.sheets import Share
from carrears.money import Money
from carrears.workbench.queries.listing import Listing
from carrears.workbench.view_models.analytics import KeyFigures
from carrears.workbench.view_models.dashboard import Dashboard
from carrears.workbench.view_models.figure_told import FigureTold

_HEAD = (
    "figure", "title", "rate", "numerator", "numerator_is", "denominator", "denominator_is",
    "currency", "first_day", "last_day", "days", "formula", "note", "narrowed_to",
)  # fmt: skip


def dashboard_list(page: Dashboard, key: KeyFigures | None) -> Listing:
    """All that the page shows; of CSV amounts are minor units of their currency."""
    figures = shown_figures(page, key)
    return Listing("dashboard", _HEAD, (_cells(one, page.narrowed) for one in figures))


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
