"""What each figure of the dashboard is, in the reader's language, with its own numbers."""

from __future__ import annotations

from datetime import date

from carrears.analytics.definitions import Words
from carrears.analytics.key_definitions import load_key_definitions
from carrears.workbench.queries.formats import count, money
from carrears.workbench.queries.language import is_english
from carrears.workbench.view_models.figure_told import FigureTold


def told(
    key: str,
    *,
    above: int | None = None,
    below: int | None = None,
    currency: str = "",
    days: tuple[date, date] | None = None,
    title: str = "",
    place: str = "",
    note: str = "",
) -> FigureTold:
    """The definition of ``key`` with what it counted on ``days``, the first and the last.

    ``place`` tells apart several of one key; ``note`` says why there is no figure.
    """
    one = load_key_definitions()[key]
    return FigureTold(
        key=f"{key}-{place}" if place else key,
        title=title or _said(one.title),
        formula=_said(one.formula),
        above_name=_said(one.above),
        below_name=_said(one.below) if one.below else "",
        days=_said(one.days),
        above=above,
        below=below,
        above_text=_written(above, currency),
        below_text=_written(below, currency),
        currency=currency,
        first=days[0] if days else None,
        last=days[1] if days else None,
        note=note,
    )


def title_of(key: str) -> str:
    """What a figure is called."""
    return _said(load_key_definitions()[key].title)


def _said(words: Words) -> str:
    return words.en if is_english() else words.zh


def _written(number: int | None, currency: str) -> str:
    if number is None:
        return ""
    return money(number, currency) if currency else count(number)
