"""The figures of the house's work that a night has kept, with what each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from carrears.analytics.costs import NAME, CostTermsError, NoPriceError, cost_of, load_cost_terms
from carrears.dayrun.models import DayRun
from carrears.workbench.labels import label_of
from carrears.workbench.queries.figure_told import title_of, told
from carrears.workbench.view_models.analytics import KeyFigure

_KEYS = (
    "recovery", "contact", "right_party", "promise", "kept", "kept_amount", "complaint",
)  # fmt: skip


def house_figures(run: DayRun) -> tuple[KeyFigure, ...]:
    """What the run's night counted; nothing where it is from before they were counted."""
    kept: Mapping[str, Any] = run.summary.get("figures", {})
    return tuple(_made(kept)) if kept else ()


def _made(kept: Mapping[str, Any]) -> Iterator[KeyFigure]:
    for key in _KEYS:
        if (one := kept.get(key)) is None:
            yield KeyFigure(
                title_of(key), None, gettext("no day run thirty days before"), "", told(key)
            )
            continue
        days = _days(one)
        figure = told(
            key, above=one["above"], below=one["below"], currency=one["currency"], days=days
        )
        yield KeyFigure(
            figure.title, figure.share, _of(figure.above_text, figure.below_text), "", figure
        )
    if spent := kept.get("spent"):
        yield _cost(spent)


def _cost(spent: Mapping[str, Any]) -> KeyFigure:
    """Cost to collect, by the lender's own prices; without them there is none."""
    days, currency, collected = _days(spent), spent["currency"], spent["collected"]

    def without(why: str) -> KeyFigure:
        figure = told("cost", below=collected, currency=currency, days=days)
        return KeyFigure(figure.title, None, why, "", figure)

    try:
        terms = load_cost_terms(Path(settings.CARREARS_HOME), on=days[1])
        if terms is None:
            return without(gettext("not set: the house gives no %(file)s") % {"file": NAME})
        if terms.currency != currency:
            return without(gettext("the prices are in another currency"))
        cost = cost_of(terms, contacts=spent["contacts"], minutes=spent["minutes"])
    except CostTermsError as error:
        return without(str(error))
    except NoPriceError as error:
        channels = gettext(", ").join(str(label_of(one, "channel").text) for one in error.channels)
        return without(gettext("no price for: %(channels)s") % {"channels": channels})
    figure = told("cost", above=cost, below=collected, currency=currency, days=days)
    return KeyFigure(
        figure.title, figure.share, _of(figure.above_text, figure.below_text), "", figure
    )


def _days(one: Mapping[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(one["first"]), date.fromisoformat(one["last"])


def _of(above: str, below: str) -> str:
    return gettext("%(part)s of %(whole)s") % {"part": above, "whole": below}
