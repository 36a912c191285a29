"""The key figures of the last whole month: roll rates, cure, first-payment default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext

from carrears.analytics import services
from carrears.analytics.figures import Figure, Question
from carrears.delinquency.buckets import load_buckets
from carrears.portfolio.services import BookError
from carrears.workbench.queries.analytics import link_to, waiting
from carrears.workbench.queries.figure_told import title_of, told
from carrears.workbench.queries.formats import count
from carrears.workbench.queries.narrowing import CUT, currency_of
from carrears.workbench.queries.part import Part, part_of
from carrears.workbench.view_models.analytics import KeyFigure, KeyFigures
from carrears.workbench.view_models.figure_told import FigureTold

_ROLLS = 4  # M0 → M1 … M3 → M4
# A loan's first instalment falls due in the month after it is lent, and is judged 30 days on.
_JUDGED_AFTER = 2
_DAYS = 30

_Ask = Callable[[Question], pa.Table | None]


def key_figures(
    as_of: date, params: QueryDict, part: Part | None = None, *, may_begin: bool = False
) -> KeyFigures | None:
    """The figures of the last whole month up to ``as_of``; None without a book.

    Of the ``part``, else of that which ``params`` name, without a team. A team's are not told: the
    months are kept by what a loan is, not by who works it. Of a bucket only the flow is.

    What is not worked out is asked for by ``poll_url``, and begun only with ``may_begin``.
    """
    try:
        month = min(_whole_month(as_of), services.newest_month())
        asked = _Asked(month, params, part or part_of(params, None))
        return asked.answer(services.ask_soon if may_begin else services.ask_now)
    except BookError:
        return None


class _Asked:
    """The questions about one month, of the loans that an address keeps."""

    def __init__(self, month: date, params: QueryDict, part: Part) -> None:
        self._month, self._part, self._filters = month, part, part.segments
        where = dict(self._filters)
        if currency := currency_of(params, services.choices(CUT)):
            where["currency"] = currency
        self._where = {name: (value,) for name, value in where.items()}
        query = QueryDict(mutable=True)
        query.update({"as_of": month.isoformat()} | part.address())
        self._poll_url = f"{reverse('workbench:key-figures')}?{query.urlencode()}"

    def answer(self, ask: _Ask) -> KeyFigures:
        name = f"{self._month:%Y-%m}"
        if self._part.organisation is not None:
            why = gettext("of the whole house only: the months are not kept by teams")
            figures = (
                ("flow", Figure.FLOW),
                ("cure", Figure.CURE),
                ("first-payment", Figure.FIRST_PAYMENT),
            )
            told_of = [
                KeyFigure(title_of(key), None, why, self._link(one), told(key, note=why))
                for key, one in figures
            ]
            return KeyFigures(month=name, figures=tuple(told_of))
        questions = [self._question(Figure.FLOW), self._question(Figure.CURE), self._first()]
        tables = []
        for question in questions:
            try:
                table = ask(question)
            except services.NotReadyError:
                how_far = waiting(question, self._poll_url)
                return KeyFigures(month=name, poll_url=self._poll_url, waiting=how_far)
            except services.WorkError:
                return KeyFigures(month=name, failed=True)
            if table is None:
                return KeyFigures(month=name, poll_url=self._poll_url)
            tables.append(table.to_pylist())
        flow, cure, early = tables
        whole = [self._cure(cure), self._early(early)]
        if self._part.bucket is not None:
            whole = [_without(one, gettext("of all buckets only")) for one in whole]
        return KeyFigures(month=name, figures=(*self._rolls(flow), *whole))

    def _question(self, figure: Figure) -> Question:
        return Question(figure, self._month, self._month, where=self._where)

    def _first(self) -> Question:
        cohort = _months_before(self._month, _JUDGED_AFTER)
        return Question(Figure.FIRST_PAYMENT, cohort, self._month, where=self._where, days=_DAYS)

    def _rolls(self, rows: list[Mapping[str, Any]]) -> list[KeyFigure]:
        by_bucket = {row["from_bucket"]: row for row in rows}
        names = load_buckets().names
        begins = range(min(_ROLLS, len(names) - 1))
        if (chosen := self._part.bucket) is not None:
            begins = range(chosen, min(chosen + 1, len(names) - 1))
        return [
            self._roll(bucket, f"{names[bucket]} → {names[bucket + 1]}", by_bucket.get(bucket))
            for bucket in begins
        ]

    def _roll(self, bucket: int, title: str, row: Mapping[str, Any] | None) -> KeyFigure:
        sums = {"above": row["balance_flowed"], "below": row["balance_before"]} if row else {}
        about = self._told("flow", row, sums, title=title, place=str(bucket))
        rate = row["flow_rate_balance"] if row else None
        return KeyFigure(title, rate, gettext("by balance"), self._link(Figure.FLOW), about)

    def _cure(self, rows: list[Mapping[str, Any]]) -> KeyFigure:
        row = next(iter(rows), None)
        hint = gettext("of %(loans)s loans behind") % {"loans": count(row["behind"] if row else 0)}
        about = self._told(
            "cure", None, {"above": row["cured"], "below": row["behind"]} if row else {}
        )
        rate = row["cure_rate"] if row else None
        return KeyFigure(about.title, rate, hint, self._link(Figure.CURE), about)

    def _early(self, rows: list[Mapping[str, Any]]) -> KeyFigure:
        first = _months_before(self._month, _JUDGED_AFTER)
        cohort = f"{first:%Y-%m}"
        row = next((r for r in rows if (r["cohort_month"], r["ordinal"]) == (cohort, 1)), None)
        sums = {"above": row["defaulted"], "below": row["judged"]} if row else {}
        about = self._told("first-payment", None, sums, first=first)
        return KeyFigure(
            about.title,
            row["loan_rate"] if row else None,
            gettext("of the loans lent in %(month)s") % {"month": cohort},
            self._link(Figure.FIRST_PAYMENT),
            about,
        )

    def _told(
        self,
        key: str,
        money: Mapping[str, Any] | None,
        sums: Mapping[str, int],
        *,
        first: date | None = None,
        title: str = "",
        place: str = "",
    ) -> FigureTold:
        """What a figure is, over the month; ``money`` is a row whose sums are of its currency."""
        begins = first or self._month.replace(day=1) - timedelta(days=1)
        currency = money["currency"] if money else ""
        return told(
            key,
            above=sums.get("above"),
            below=sums.get("below"),
            days=(begins, self._month),
            title=title,
            place=place,
            currency=currency,
        )

    def _link(self, figure: Figure) -> str:
        return link_to(figure, self._filters, to=f"{self._month:%Y-%m}")


def _without(one: KeyFigure, why: str) -> KeyFigure:
    """The same figure untold, and why."""
    assert one.told is not None  # noqa: S101  each has its definition
    bare = replace(
        one.told, above=None, below=None, above_text="", below_text="", first=None, last=None,
        note=why,
    )  # fmt: skip
    return replace(one, value=None, hint=why, told=bare)


def _whole_month(day: date) -> date:
    """The last month-end up to ``day``."""
    after = day + timedelta(days=1)
    return after.replace(day=1) - timedelta(days=1)


def _months_before(month_end: date, months: int) -> date:
    place = month_end.year * 12 + month_end.month - 1 - months
    return date(place // 12, place % 12 + 1, 1)
