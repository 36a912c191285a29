"""The figures of the house's work that a night has kept, with what each is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext

from carrears.analytics.costs import NAME, CostTermsError, NoPriceError, cost_of, load_cost_terms
from carrears.dayrun.collected import keep_loans, main_currency
from carrears.dayrun.columnar import book_engine
from carrears.dayrun.house_figures import MONTHS_SINCE_ENTRY, count_of_book
from carrears.dayrun.models import DayRun
from carrears.workbench.labels import label_of
from carrears.workbench.queries.book import Keep, lent_of
from carrears.workbench.queries.figure_told import title_of, told
from carrears.workbench.queries.formats import money
from carrears.workbench.view_models.analytics import KeyFigure

# What the book alone tells, so that it is told of a part of it too; then what the desk did.
_OF_BOOK = (
    "entered", "entered_balance", "recovery", *(f"liquidation_{n}" for n in MONTHS_SINCE_ENTRY),
)  # fmt: skip
_OF_DESK = ("contact", "right_party", "promise", "kept", "kept_amount", "complaint")
_KEPT = 256  # a run's files do not change


def house_figures(run: DayRun, *, keep: Keep | None = None) -> tuple[KeyFigure, ...]:
    """What the run's night counted; nothing where it is from before they were counted.

    Of a part of the loans what the book tells is worked out; of the rest it is said why not.
    """
    kept: Mapping[str, Any] = run.summary.get("figures", {})
    if not kept:
        return ()
    if keep is not None:
        return tuple(_of_part(run, keep))
    return (*_made(kept, (*_OF_BOOK, *_OF_DESK)), *_cost_of(kept))


def _of_part(run: DayRun, keep: Keep) -> Iterator[KeyFigure]:
    yield from _made(_counted(run.pk, keep), _OF_BOOK)
    whole = gettext("counted of the whole house only: work is not kept by such parts")
    for key in (*_OF_DESK, "cost"):
        yield KeyFigure(title_of(key), None, whole, "", told(key))


@lru_cache(maxsize=_KEPT)
def _counted(run: int, keep: Keep) -> Mapping[str, Mapping[str, Any]]:
    found = DayRun.objects.select_related("snapshot").get(pk=run)
    if found.snapshot is None or not Path(found.snapshot.folder).is_dir():
        return {}  # the night's book is kept no more
    with book_engine(Path(found.snapshot.folder)) as engine:
        keep_loans(lent_of(engine, keep))
        currency = main_currency(engine, found)
        return {key: asdict(one) for key, one in count_of_book(engine, found, currency).items()}


def _made(kept: Mapping[str, Any], keys: Iterable[str]) -> Iterator[KeyFigure]:
    for key in keys:
        if (one := kept.get(key)) is None:
            hint = gettext("no day run of then, or one that did not count it")
            yield KeyFigure(title_of(key), None, hint, "", told(key))
            continue
        days = _days(one)
        figure = told(
            key, above=one["above"], below=one["below"], currency=one["currency"], days=days
        )
        yield KeyFigure(
            figure.title, figure.share, _of(figure.above_text, figure.below_text), "", figure
        )


def _cost_of(kept: Mapping[str, Any]) -> Iterator[KeyFigure]:
    spent = kept.get("spent")
    if spent and "commission" in spent:
        yield _cost(spent)
    elif spent:  # it was another figure then
        hint = gettext("that night did not count the commission of agencies")
        yield KeyFigure(title_of("cost"), None, hint, "", told("cost"))


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
        desk = cost_of(terms, contacts=spent["contacts"], minutes=spent["minutes"])
    except CostTermsError as error:
        return without(str(error))
    except NoPriceError as error:
        channels = gettext(", ").join(str(label_of(one, "channel").text) for one in error.channels)
        return without(gettext("no price for: %(channels)s") % {"channels": channels})
    figure = told(
        "cost", above=desk + spent["commission"], below=collected, currency=currency, days=days
    )
    hint = _of(figure.above_text, figure.below_text)
    if spent["commission"]:
        paid = money(spent["commission"], currency)
        hint = f"{hint} · " + gettext("of it commission %(amount)s") % {"amount": paid}
    return KeyFigure(figure.title, figure.share, hint, "", figure)


def _days(one: Mapping[str, Any]) -> tuple[date, date]:
    return date.fromisoformat(one["first"]), date.fromisoformat(one["last"])


def _of(above: str, below: str) -> str:
    return gettext("%(part)s of %(whole)s") % {"part": above, "whole": below}
