"""The charts of a figure, from its rows. Of many groups the largest are drawn, and it says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext

from carrears.analytics.figures import Figure, Question
from carrears.analytics.vintage import CURVES, LOST
from carrears.delinquency.buckets import load_buckets
from carrears.workbench.queries.figure_table import curve_name, segment_title, segment_value
from carrears.workbench.queries.formats import drawn_note
from carrears.workbench.queries.matrices import matrices, ranking
from carrears.workbench.queries.plots import columns_plot, lines_plot
from carrears.workbench.view_models.chart import Series
from carrears.workbench.view_models.drawing import Drawing, Plot

Row = Mapping[str, Any]
_LINES: Final = 6
_PANELS: Final = 4
_COHORTS: Final = 12  # as many shades as the style sheet has
_BY_LOANS = {
    Figure.FLOW: "flow_rate",
    Figure.CURE: "cure_rate",
    Figure.REDEFAULT: "redefault_rate",
    Figure.VINTAGE: "loan_rate",
    Figure.FIRST_PAYMENT: "loan_rate",
    Figure.STOCK: "loan_share",
}
_BY_BALANCE = {
    Figure.FLOW: "flow_rate_balance",
    Figure.CURE: "cure_rate_balance",
    Figure.REDEFAULT: "redefault_rate_balance",
    Figure.VINTAGE: "balance_rate",
    Figure.FIRST_PAYMENT: "balance_rate",
    Figure.STOCK: "balance_share",
}
# By what the size of a group is told.
_SIZE = {
    Figure.FLOW: "loans",
    Figure.CURE: "behind",
    Figure.REDEFAULT: "cured",
    Figure.VINTAGE: "loans",
    Figure.FIRST_PAYMENT: "judged",
    Figure.STOCK: "loans",
}


@dataclass(frozen=True, slots=True)
class Sheet:
    """The rows of a question, and how they are to be drawn."""

    question: Question
    rows: Sequence[Row]
    by_balance: bool

    @property
    def by(self) -> str:
        """The segment that the rows are cut by; "" where they are not."""
        return next(iter(self.question.by), "")

    @property
    def rate(self) -> str:
        """The column drawn."""
        return (_BY_BALANCE if self.by_balance else _BY_LOANS)[self.question.figure]

    def groups(self) -> list[str]:
        """The values of the segment, the largest first."""
        sizes: dict[str, int] = {}
        for row in self.rows:
            sizes[row[self.by]] = sizes.get(row[self.by], 0) + row[_SIZE[self.question.figure]]
        return sorted(sizes, key=lambda value: (-sizes[value], value))


def drawings(sheet: Sheet) -> tuple[Drawing, ...]:
    """The charts; none where there are no rows."""
    if not sheet.rows:
        return ()
    return tuple(_DRAWN[sheet.question.figure](sheet))


def _flow(sheet: Sheet) -> Iterable[Drawing]:
    names = load_buckets().names
    months = _months(sheet.rows)
    if sheet.by:
        for bucket in sorted({row["from_bucket"] for row in sheet.rows})[:_PANELS]:
            rows = [row for row in sheet.rows if row["from_bucket"] == bucket]
            yield _by_segment(sheet, rows, f"flow-{bucket}", _step(bucket))
        return
    behind = range(1, len(names))
    for title, buckets in ((_step(0), (0,)), (gettext("From M1 on"), behind)):
        series = [
            Series(_step(bucket), _values(sheet, months, from_bucket=bucket), f"bucket-{bucket}")
            for bucket in buckets
        ]
        series = [one for one in series if any(value is not None for value in one.values)]
        if len(buckets) == 1:
            series = [Series(one.name, one.values, "series-0") for one in series]
        if series:
            yield lines_plot(f"flow-{buckets[0]}", title, categories=_names(months), series=series)


def _step(bucket: int) -> str:
    names = load_buckets().names
    after = names[bucket + 1] if bucket + 1 < len(names) else curve_name(LOST)
    return f"{names[bucket]} → {after}"


def _cure(sheet: Sheet) -> Iterable[Drawing]:
    title = gettext("Cure rate")
    if sheet.by:
        yield _by_segment(sheet, sheet.rows, "cure", title)
        return
    months = _months(sheet.rows)
    series = [Series(title, _values(sheet, months), "good")]
    yield lines_plot("cure", title, categories=_names(months), series=series)


def _redefault(sheet: Sheet) -> Iterable[Drawing]:
    title = gettext("Behind again, by month of the cure")
    if sheet.by:
        last = max(row["k"] for row in sheet.rows)
        rows = [row for row in sheet.rows if row["k"] == last]
        yield _by_segment(sheet, rows, "redefault", _within(last))
        return
    months = _months(sheet.rows)
    known = sorted({row["k"] for row in sheet.rows})
    drawn = known if len(known) <= _LINES else [*known[: _LINES - 1], known[-1]]
    series = [
        Series(_within(k), _values(sheet, months, k=k), f"series-{place}")
        for place, k in enumerate(drawn)
    ]
    note = drawn_note(len(drawn), len(known))
    yield lines_plot("redefault", title, categories=_names(months), series=series, note=note)


def _within(months: int) -> str:
    return gettext("within %(months)s months") % {"months": months}


def _vintage(sheet: Sheet) -> Iterable[Drawing]:
    if not sheet.by:
        for curve in (*CURVES, LOST):
            rows = [row for row in sheet.rows if row["curve"] == curve]
            yield _curves(sheet, rows, f"vintage-{curve.rstrip('+')}", _ever(curve))
        return
    groups = sheet.groups()
    curve = next(iter(CURVES))
    note = drawn_note(min(_PANELS, len(groups)), len(groups))
    for place, value in enumerate(groups[:_PANELS]):
        rows = [r for r in sheet.rows if r["curve"] == curve and r[sheet.by] == value]
        title = f"{_ever(curve)} · {segment_value(sheet.by, value)}"
        yield _curves(sheet, rows, f"vintage-{place}", title, note)


def _ever(curve: str) -> str:
    return curve_name(LOST) if curve == LOST else gettext("Ever %(days)s") % {"days": curve}


def _curves(sheet: Sheet, rows: Sequence[Row], identity: str, title: str, note: str = "") -> Plot:
    """A line for each cohort over the months on book, the newest cohorts where they are many."""
    cohorts = sorted({row["cohort"] for row in rows})
    ages = range(max(row["mob"] for row in rows) + 1)
    values = {(row["cohort"], row["mob"]): row[sheet.rate] for row in rows}
    drawn = cohorts[-_COHORTS:]
    first_shade = _COHORTS - len(drawn)
    return lines_plot(
        identity,
        title,
        categories=[str(age) for age in ages],
        series=[
            Series(cohort, tuple(values.get((cohort, age)) for age in ages), f"step-{shade}")
            for shade, cohort in enumerate(drawn, first_shade)
        ],
        x_title=gettext("months on book"),
        note=note or drawn_note(len(drawn), len(cohorts)),
    )


def _first_payment(sheet: Sheet) -> Iterable[Drawing]:
    months = sorted({row["cohort_month"] for row in sheet.rows})
    if sheet.by:
        rows = [row for row in sheet.rows if row["ordinal"] == 1]
        yield _by_segment(sheet, rows, "first-payment", _ordinal(1), over="cohort_month")
        return
    series = [
        Series(
            _ordinal(ordinal),
            _values(sheet, months, over="cohort_month", ordinal=ordinal),
            f"series-{ordinal - 1}",
        )
        for ordinal in sorted({row["ordinal"] for row in sheet.rows})
    ]
    title = gettext("By month of origination")
    yield lines_plot("first-payment", title, categories=months, series=series)


def _ordinal(ordinal: int) -> str:
    names = {
        1: gettext("First payment"),
        2: gettext("Second payment"),
        3: gettext("Third payment"),
    }
    return names[ordinal]


def _stock(sheet: Sheet) -> Iterable[Drawing]:
    title = gettext("Behind, by bucket")
    if not sheet.by:
        yield _columns(sheet, sheet.rows, "stock", title)
        return
    groups = sheet.groups()
    for place, value in enumerate(groups[:_PANELS]):
        rows = [row for row in sheet.rows if row[sheet.by] == value]
        named = f"{title} · {segment_value(sheet.by, value)}"
        note = drawn_note(min(_PANELS, len(groups)), len(groups))
        yield _columns(sheet, rows, f"stock-{place}", named, note=note)


def _columns(sheet: Sheet, rows: Sequence[Row], identity: str, title: str, note: str = "") -> Plot:
    months = _months(rows)
    values = {(row["month"], row["bucket"]): row[sheet.rate] for row in rows}
    names = load_buckets().names
    return columns_plot(
        identity,
        title,
        categories=_names(months),
        series=[
            Series(names[b], tuple(values.get((m, b)) for m in months), f"bucket-{b}")
            for b in range(1, len(names))
        ],
        note=note,
    )


def _concentration(sheet: Sheet) -> Iterable[Drawing]:
    newest = max(row["month"] for row in sheet.rows)
    rows = [row for row in sheet.rows if row["month"] == newest]
    yield ranking(rows, sheet.question.segment, by_balance=sheet.by_balance)
    months = _months(sheet.rows)
    column = "hhi_balance" if sheet.by_balance else "hhi_loans"
    by_month = {row["month"]: row[column] for row in sheet.rows}
    named = segment_title(sheet.question.segment)
    title = gettext("Herfindahl index of %(segment)s") % {"segment": named}
    series = [Series("HHI", tuple(by_month[month] for month in months), "series-0")]
    yield lines_plot("hhi", title, categories=_names(months), series=series)


def _by_segment(
    sheet: Sheet, rows: Sequence[Row], identity: str, title: str, *, over: str = "month"
) -> Plot:
    """A line for each of the largest segments."""
    groups = sheet.groups()
    places = sorted({row[over] for row in rows})
    series = [
        Series(
            segment_value(sheet.by, value),
            tuple(_values(sheet, places, rows=rows, over=over, **{sheet.by: value})),
            f"series-{place}",
        )
        for place, value in enumerate(groups[:_LINES])
    ]
    names = places if over != "month" else _names(places)
    note = drawn_note(len(series), len(groups))
    return lines_plot(identity, title, categories=names, series=series, note=note)


def _values(
    sheet: Sheet,
    places: Sequence[Any],
    *,
    rows: Sequence[Row] = (),
    over: str = "month",
    **only: Any,
) -> tuple[float | None, ...]:
    """The drawn column over ``places``, of the rows that have the values ``only``."""
    found = {
        row[over]: row[sheet.rate]
        for row in rows or sheet.rows
        if all(row[name] == value for name, value in only.items())
    }
    return tuple(found.get(place) for place in places)


def _months(rows: Sequence[Row]) -> list[Any]:
    return sorted({row["month"] for row in rows})


def _names(months: Sequence[Any]) -> list[str]:
    return [f"{month:%Y-%m}" for month in months]


def _matrices(sheet: Sheet) -> Iterable[Drawing]:
    return matrices(sheet.rows, by=sheet.by, by_balance=sheet.by_balance, most=_PANELS)


_DRAWN: Mapping[Figure, Callable[[Sheet], Iterable[Drawing]]] = {
    Figure.ROLL: _matrices,
    Figure.ROLL_AVERAGE: _matrices,
    Figure.FLOW: _flow,
    Figure.CURE: _cure,
    Figure.REDEFAULT: _redefault,
    Figure.VINTAGE: _vintage,
    Figure.FIRST_PAYMENT: _first_payment,
    Figure.CONCENTRATION: _concentration,
    Figure.STOCK: _stock,
}
