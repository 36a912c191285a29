"""The dashboard's charts, from figures of the book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext

from carrears.delinquency.buckets import load_buckets
from carrears.workbench.queries.book import BookFigures, Moves
from carrears.workbench.view_models.chart import (
    AxisChart,
    HeatmapChart,
    Link,
    Node,
    SankeyChart,
    Series,
)

_LEFT = "left"
# From which bucket on a share is drawn, and how the trade calls it.
_LINES = ((2, "30+"), (3, "60+"), (4, "90+"))


def balance_by_bucket(figures: BookFigures) -> AxisChart:
    """What is behind, by bucket."""
    names = load_buckets().names
    balances = {one.bucket: one.balance for one in figures.buckets}
    late = range(1, len(names))
    return AxisChart(
        id="balance-by-bucket",
        title=gettext("Balance behind, by bucket"),
        unit="money",
        currency=figures.currency,
        kind="bars",
        categories=names[1:],
        tones=tuple(f"bucket-{number}" for number in late),
        series=(Series(gettext("Balance"), tuple(balances.get(number, 0) for number in late)),),
    )


def roll_rates(moves: Moves) -> HeatmapChart:
    """Of a bucket's balance, the share that the same loans carry in each bucket now."""
    names = load_buckets().names
    rates = {(one.source, one.target): one.balance_rate for one in moves.moves}
    begun = {one.source for one in moves.moves if one.balance_before}
    columns = range(len(names))
    return HeatmapChart(
        id="roll-rates",
        title=gettext("Roll rates"),
        unit="percent",
        scale="roll",
        rows=names,
        columns=names,
        cells=tuple(
            tuple(rates.get((row, column), 0.0) if row in begun else None for column in columns)
            for row in columns
        ),
    )


def flows(moves: Moves, currency: str) -> SankeyChart | None:
    """Where the balances went of loans that are or were behind."""
    names = load_buckets().names
    moved = [
        one for one in moves.moves if (one.source, one.target) != (0, 0) and one.balance_before
    ]
    moved = [one for one in moved if one.source or one.target is not None]
    if not moved:
        return None
    sources = sorted({one.source for one in moved})
    targets = sorted({one.target for one in moved if one.target is not None})
    nodes = [Node(f"from-{n}", names[n], f"bucket-{n}") for n in sources]
    nodes += [Node(f"to-{n}", names[n], f"bucket-{n}") for n in targets]
    if any(one.target is None for one in moved):
        nodes.append(Node(f"to-{_LEFT}", gettext("left")))
    links = tuple(
        Link(
            f"from-{one.source}",
            f"to-{_LEFT if one.target is None else one.target}",
            one.balance_before,
        )
        for one in moved
    )
    return SankeyChart(
        id="flows",
        title=gettext("Where balances went"),
        unit="money",
        currency=currency,
        nodes=tuple(nodes),
        links=links,
    )


def trend(months: Sequence[tuple[date, BookFigures]]) -> AxisChart | None:
    """The share of the balance past 30, 60 and 90 days."""
    if len(months) < 2:  # noqa: PLR2004  one point is no line
        return None
    return AxisChart(
        id="trend",
        title=gettext("Delinquency over time"),
        unit="percent",
        kind="lines",
        categories=_month_names(day for day, _ in months),
        series=tuple(
            Series(
                gettext("%(days)s days") % {"days": days},
                tuple(figures.share_from(bucket) for _, figures in months),
                f"bucket-{bucket}",
            )
            for bucket, days in _LINES
        ),
    )


def cure_rate(months: Sequence[tuple[date, float | None]]) -> AxisChart | None:
    """Of the loans behind a month before, the share that is current now."""
    if all(rate is None for _, rate in months):
        return None
    return AxisChart(
        id="cure-rate",
        title=gettext("Cure rate"),
        unit="percent",
        kind="lines",
        categories=_month_names(day for day, _ in months),
        series=(Series(gettext("Cure rate"), tuple(rate for _, rate in months), "good"),),
    )


def actions(runs: Sequence[tuple[date, Mapping[str, Any]]]) -> AxisChart | None:
    """What was sent and what was stopped, by day run."""
    kinds = (
        ("actions_sent", gettext("Sent"), "series-0"),
        ("actions_blocked", gettext("Blocked"), "bad"),
        ("actions_failed", gettext("Failed"), "warn"),
    )
    shown = [
        Series(name, tuple(int(summary.get(key) or 0) for _, summary in runs), tone)
        for key, name, tone in kinds
    ]
    if not any(any(one.values) for one in shown):
        return None
    return AxisChart(
        id="actions",
        title=gettext("Contacts and blocks"),
        unit="count",
        kind="stacked",
        categories=tuple(day.isoformat() for day, _ in runs),
        series=tuple(one for one in shown if any(one.values)),
    )


def _month_names(days: Any) -> tuple[str, ...]:
    return tuple(day.isoformat()[:7] for day in days)
