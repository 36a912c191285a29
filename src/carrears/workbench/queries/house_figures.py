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
from carrears.database.wall import as_house
from carrears.dayrun.collected import keep_loans, kept_loans, main_currency
from carrears.dayrun.columnar import book_engine
from carrears.dayrun.house_figures import MONTHS_SINCE_ENTRY, count_of_book, count_of_work
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


def house_figures(
    run: DayRun, *, keep: Keep | None = None, sees_work: bool = False
) -> tuple[KeyFigure, ...]:
    """What the run's night counted; nothing where it is from before they were counted.

    Of a part of the loans what can be told of it is worked out, what was done for them only for
    who ``sees_work``; of the rest it is said why not.
    """
    kept: Mapping[str, Any] = run.summary.get("figures", {})
    if not kept:
        return ()
    if keep is not None:
        return tuple(_of_part(run, keep, sees_work=sees_work))
    return (*_made(kept, (*_OF_BOOK, *_OF_DESK)), *_cost_of(kept))


def _of_part(run: DayRun, keep: Keep, *, sees_work: bool) -> Iterator[KeyFigure]:
    currency, counted, loans = _counted(run.pk, keep)
    for key in _OF_BOOK:
        if why := _why_whole(key, keep):
            yield _without(key, why)
        else:
            yield from _made(counted, (key,))
    if not sees_work:
        why = gettext("of the whole house only; choose a team of yours to narrow it")
        yield from (_without(key, why) for key in _OF_DESK)
    else:
        with as_house():  # a loan of his may have been another's earlier in the days
            done = count_of_work(run, currency, loans) if loans is not None else {}
        yield from _made({key: asdict(one) for key, one in done.items()}, _OF_DESK)
    yield _without("cost", gettext("of the whole house only: shifts are not kept by such parts"))


def _why_whole(key: str, keep: Keep) -> str:
    """Why a figure of the book is not told of such a part; empty where it is."""
    if keep.bucket is not None and key != "recovery":
        return gettext("of all buckets only: it begins with who was not behind")
    if keep.loans is not None and key in ("entered", "entered_balance"):
        return gettext("of the whole house only: a loan has a team once it is behind")
    return ""


def _without(key: str, why: str) -> KeyFigure:
    return KeyFigure(title_of(key), None, why, "", told(key, note=why))


_Counted = Mapping[str, Mapping[str, Any]]


@lru_cache(maxsize=_KEPT)
def _counted(run: int, keep: Keep) -> tuple[str, _Counted, tuple[int, ...] | None]:
    """The currency, what the book tells of a part, and the loans whose work belongs to it."""
    found = DayRun.objects.select_related("snapshot").get(pk=run)
    if found.snapshot is None or not Path(found.snapshot.folder).is_dir():
        return "", {}, None  # the night's book is kept no more
    with book_engine(Path(found.snapshot.folder)) as engine:
        keep_loans(lent_of(engine, keep))
        currency = main_currency(engine, found)
        told = count_of_book(engine, found, currency, bucket=keep.bucket)
        loans = kept_loans(engine, found, bucket=keep.bucket)
    return currency, {key: asdict(one) for key, one in told.items()}, loans


def _made(kept: Mapping[str, Any], keys: Iterable[str]) -> Iterator[KeyFigure]:
    for key in keys:
        if (one := kept.get(key)) is None:
            yield _without(key, gettext("no day run of then, or one that did not count it"))
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
        yield _without("cost", gettext("that night did not count the commission of agencies"))


def _cost(spent: Mapping[str, Any]) -> KeyFigure:
    """Cost to collect, by the lender's own prices; without them there is none."""
    days, currency, collected = _days(spent), spent["currency"], spent["collected"]

    def without(why: str) -> KeyFigure:
        figure = told("cost", below=collected, currency=currency, days=days, note=why)
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
