"""By what the dashboard and the figures are narrowed: the filters of an address."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from django.http import QueryDict
from django.utils.translation import gettext

from carrears.analytics.choices import Choices
from carrears.analytics.segments import UNKNOWN
from carrears.workbench.queries.figure_table import segment_title, segment_value
from carrears.workbench.view_models.analytics import Choice
from carrears.workbench.view_models.common import Option

FILTERS: Final = ("product", "region", "dealer", "model", "channel")
CUT: Final = ("currency", *FILTERS)
_UNSTATED: Final = "–"  # how an address names what a tape does not say


def day_of(text: str) -> date | None:
    """The day that an address names; None where it names none, or none that can be."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2200 else None  # noqa: PLR2004  other days overflow the clock


def filters_of(params: QueryDict) -> dict[str, str]:
    """The segment values that an address asks for."""
    found = {name: params.get(name, "") for name in FILTERS}
    return {name: _value(text) for name, text in found.items() if text}


def currency_of(params: QueryDict, choices: Choices | None) -> str:
    """The currency asked for, else the one with most loans; "" where there is none."""
    known = [value for value, _ in choices.values["currency"]] if choices else []
    wanted = params.get("currency", "")
    return wanted if wanted in known else next(iter(known), "")


def address_of(filters: Mapping[str, str]) -> dict[str, str]:
    """The filters as an address writes them."""
    return {name: value or _UNSTATED for name, value in filters.items()}


def filter_choices(choices: Choices | None, filters: Mapping[str, str]) -> tuple[Choice, ...]:
    """A list for each filter that has something to choose from."""
    if choices is None:
        return ()
    made = (_choice(name, choices, filters.get(name)) for name in FILTERS)
    return tuple(one for one in made if one is not None)


def currency_choice(choices: Choices | None, currency: str) -> Choice | None:
    """The currencies of a book that has several."""
    known = choices.values["currency"] if choices else ()
    if len(known) < 2:  # noqa: PLR2004  nothing to choose
        return None
    options = (Option(value, value, value == currency, loans) for value, loans in known)
    return Choice(name="currency", title=segment_title("currency"), options=tuple(options))


def list_choice(name: str, title: str, pairs: Iterable[tuple[str, str]], chosen: str) -> Choice:
    """A list of values with their names."""
    options = tuple(Option(value, text, value == chosen) for value, text in pairs)
    return Choice(name=name, title=title, options=options)


def _choice(name: str, choices: Choices, chosen: str | None) -> Choice | None:
    known = choices.values[name]
    if chosen is None and len(known) < 2:  # noqa: PLR2004  nothing to choose
        return None
    title = segment_title(name)
    is_open = not choices.is_whole(name)
    options = [
        Option(value or _UNSTATED, segment_value(name, value), value == chosen, loans)
        for value, loans in known
    ]
    if chosen is not None and chosen not in {value for value, _ in known}:
        options.append(Option(chosen, chosen, selected=True))
    if not is_open:
        options.insert(0, Option("", gettext("All")))
    value = "" if chosen is None else chosen or _UNSTATED
    return Choice(name=name, title=title, options=tuple(options), is_open=is_open, value=value)


def _value(text: str) -> str:
    return UNKNOWN if text == _UNSTATED else text
