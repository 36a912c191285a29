"""Figures of the book by month and segment, as a page asks for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from carrears.analytics import services
from carrears.analytics.asking import MONTHS_ASKED, make_question
from carrears.analytics.choices import Choices
from carrears.analytics.definitions import Definition, load_definitions
from carrears.analytics.figures import Figure, Question, QuestionError
from carrears.analytics.months import whole_months
from carrears.analytics.segments import SEGMENTS
from carrears.analytics.vintage import COHORTS
from carrears.portfolio.services import BookError
from carrears.workbench.queries.drawings import Sheet, drawings
from carrears.workbench.queries.figure_table import figure_table, segment_title
from carrears.workbench.queries.language import chosen
from carrears.workbench.queries.narrowing import (
    CUT,
    address_of,
    currency_choice,
    currency_of,
    day_of,
    filter_choices,
    filters_of,
    list_choice,
)
from carrears.workbench.view_models.analytics import (
    AnalyticsPage,
    Choice,
    FigureTab,
    Told,
    Waiting,
)

_FIRST = Figure.ROLL_AVERAGE
_RANKED = ("region", "dealer", "model", "channel", "product", "make", "cohort_year", "bureau_band")
_TOPS = ("10", "20", "50", "100")
_WITHINS = ("1", "2", "3", "6", "12")
_DAYS = ("0", "7", "30", "60", "90")


def question_of(params: QueryDict) -> Question:
    """What an address asks.

    Raises:
        BookError: no tape has been imported.
        QuestionError: what is not understood, or out of its range.
    """
    return _question(params, services.choices(CUT))


def analytics_page(params: QueryDict) -> AnalyticsPage:
    """The figure that an address asks for, or what stands in its way."""
    figure = _figure(params)
    try:
        choices = services.choices(CUT)
        newest = services.newest_month()
    except BookError:
        return AnalyticsPage()
    months = _offered(choices, newest)
    page = _Page(params, figure, choices, months)
    try:
        question = _question(params, choices)
    except QuestionError as error:
        return page.made(problem=str(error))
    return page.made(question=question)


def definitions() -> tuple[Told, ...]:
    """What each figure is."""
    return tuple(_told(figure, one) for figure, one in load_definitions().items())


class _Page:
    """The parts of the page that stand whatever the answer is."""

    def __init__(
        self, params: QueryDict, figure: Figure, choices: Choices | None, months: list[str]
    ) -> None:
        self._params, self._figure, self._choices = params, figure, choices
        self._months = months
        self._filters = filters_of(params)

    def made(self, *, question: Question | None = None, problem: str = "") -> AnalyticsPage:
        answer = self._answer(question) if question else {}
        query = self._query(keep_figure=True)
        file_url = f"{reverse('workbench:analytics-file')}?{query}&format="
        return AnalyticsPage(
            tabs=self._tabs(),
            figure=self._figure.value,
            told=_told(self._figure, load_definitions()[self._figure]),
            choices=self._choose_loans(question),
            options=tuple(self._options(question)),
            is_narrowed=bool(self._filters),
            problem=problem,
            csv_url=f"{file_url}csv",
            xlsx_url=f"{file_url}xlsx",
            parquet_url=f"{file_url}parquet",
            **answer,
        )

    def _answer(self, question: Question) -> dict[str, Any]:
        try:
            table = services.ask_soon(question)
        except services.NotReadyError:
            return {"waiting": waiting(question, self._url())}
        except services.WorkError:
            return {"failed_query": self._query(keep_figure=True)}
        by_balance = self._params.get("measure", "balance") != "loans"
        sheet = Sheet(question, table.to_pylist(), by_balance)
        return {
            "drawings": drawings(sheet),
            "table": figure_table(table, self._params, segment=question.segment),
        }

    def _tabs(self) -> tuple[FigureTab, ...]:
        rest = self._query(keep_figure=False)
        base = reverse("workbench:analytics")
        return tuple(
            FigureTab(
                chosen(one.title.zh, one.title.en),
                f"{base}?figure={figure}{'&' if rest else ''}{rest}",
                figure is self._figure,
            )
            for figure, one in load_definitions().items()
        )

    def _choose_loans(self, question: Question | None) -> tuple[Choice, ...]:
        """The months, the filters and the segment, whichever the figure."""
        first, last = _ends(question, self._params, self._months)
        pairs = [(month, month) for month in self._months]
        made: list[Choice | None] = [
            list_choice("from", gettext("From month"), _with(pairs, first), first),
            list_choice("to", gettext("To month"), _with(pairs, last), last),
            currency_choice(self._choices, currency_of(self._params, self._choices)),
            *filter_choices(self._choices, self._filters),
        ]
        return tuple(one for one in made if one is not None)

    def _options(self, question: Question | None) -> Iterable[Choice]:
        """What this figure can be asked besides."""
        measures = (("balance", gettext("By balance")), ("loans", gettext("By number of loans")))
        chosen_measure = self._params.get("measure", "balance")
        yield list_choice("measure", gettext("Counted"), measures, chosen_measure)
        if self._figure is Figure.CONCENTRATION:
            ranked = question.segment if question else "region"
            pairs = [(name, segment_title(name)) for name in _RANKED]
            yield list_choice("segment", gettext("Concentration of"), pairs, ranked)
            tops = [("", gettext("All")), *((top, top) for top in _TOPS)]
            top = str(question.top or "") if question else ""
            yield list_choice("top", gettext("The largest"), _with(tops, top), top)
            return
        by = next(iter(question.by), "") if question else ""
        cuts = [("", gettext("Nothing"))]
        cuts += [(name, segment_title(name)) for name in SEGMENTS if name != "currency"]
        yield list_choice("by", gettext("Cut by"), cuts, by)
        if self._figure is Figure.VINTAGE:
            cohorts = [(name, segment_title(name)) for name in COHORTS]
            cohort = question.cohort if question else ""
            yield list_choice("cohort", gettext("Cohorts"), cohorts, cohort)
        elif self._figure is Figure.REDEFAULT:
            within = str(question.within) if question else ""
            pairs = _with([(one, one) for one in _WITHINS], within)
            yield list_choice("within", gettext("Within months"), pairs, within)
        elif self._figure is Figure.FIRST_PAYMENT:
            days = str(question.days) if question else ""
            pairs = _with([(one, one) for one in _DAYS], days)
            yield list_choice("days", gettext("Days after the due date"), pairs, days)

    def _query(self, *, keep_figure: bool) -> str:
        kept = self._params.copy()
        for name in ("page", "format", "again", *(() if keep_figure else ("figure",))):
            kept.pop(name, None)
        for name in [name for name, value in kept.items() if not value]:
            del kept[name]
        return kept.urlencode()

    def _url(self) -> str:
        return f"{reverse('workbench:analytics')}?{self._query(keep_figure=True)}"


def waiting(question: Question, url: str) -> Waiting:
    """How far the background work for a question is."""
    progress = services.progress_of(question)
    share = 100 * progress.done // progress.total
    return Waiting(progress.done, progress.total, share, url)


def _question(params: QueryDict, choices: Choices | None) -> Question:
    newest = services.newest_month()
    figure = _figure(params)
    where = filters_of(params)
    if currency := currency_of(params, choices):
        where["currency"] = currency
    last = params.get("to") or f"{newest:%Y-%m}"
    by = params.get("by", "")
    return make_question(
        figure,
        first=params.get("from") or _first_asked(choices, last, newest),
        last=last,
        newest=newest,
        by=[by] if by and figure is not Figure.CONCENTRATION else (),
        where=[f"{name}={value}" for name, value in where.items()],
        cohort=params.get("cohort") or "cohort_quarter",
        segment=params.get("segment") or "region",
        top=_whole(params, "top") if params.get("top") else None,
        within=_whole(params, "within") if params.get("within") else 3,
        days=_whole(params, "days") if params.get("days") else 30,
    )


def _figure(params: QueryDict) -> Figure:
    """The figure named; an address that names none, or nonsense, gets the first."""
    name = params.get("figure", "")
    return Figure(name) if name in {one.value for one in Figure} else _FIRST


def _first_asked(choices: Choices | None, last: str, newest: date) -> str | None:
    """A year before ``last``, but not before the book begins; None where that is no month of it."""
    end = day_of(f"{last}-01")
    if choices is None or choices.since is None or end is None:
        return None
    if not choices.since.replace(day=1) < end <= newest:
        return None
    months = _offered(choices, end)
    return months[max(0, len(months) - MONTHS_ASKED)] if months else None


def _offered(choices: Choices | None, newest: date) -> list[str]:
    """The months that can be chosen, from the oldest origination to the newest whole month."""
    since = choices.since if choices and choices.since else newest
    return [f"{day:%Y-%m}" for day in whole_months(min(since, newest), newest)]


def _ends(question: Question | None, params: QueryDict, months: list[str]) -> tuple[str, str]:
    if question:
        return f"{question.first:%Y-%m}", f"{question.last:%Y-%m}"
    newest = months[-1] if months else ""
    return params.get("from") or newest, params.get("to") or newest


def _with(pairs: list[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    """The pairs, and what an address chose that is none of them."""
    known = {name for name, _ in pairs}
    return pairs if not value or value in known else [*pairs, (value, value)]


def _whole(params: QueryDict, name: str) -> int:
    text = params.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 6):  # noqa: PLR2004  nothing is so large
        raise QuestionError(name, f"{text!r} is no whole number")
    return int(text)


def _told(figure: Figure, one: Definition) -> Told:
    return Told(
        title=chosen(one.title.zh, one.title.en),
        counts=chosen(one.counts.zh, one.counts.en),
        cohort=chosen(one.cohort.zh, one.cohort.en),
        clock=chosen(one.clock.zh, one.clock.en),
        rows=chosen(one.rows.zh, one.rows.en),
        key=figure.value,
    )


def link_to(figure: Figure, filters: dict[str, str], **more: str) -> str:
    """The address of a figure with the filters kept."""
    query = QueryDict(mutable=True)
    query.update({"figure": figure.value} | more | address_of(filters))
    return f"{reverse('workbench:analytics')}?{query.urlencode()}"
