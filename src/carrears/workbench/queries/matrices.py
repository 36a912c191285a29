"""Roll-rate matrices as heat tables, and concentration as a ranking."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext

from carrears.delinquency.buckets import load_buckets
from carrears.workbench.queries.figure_table import segment_title, segment_value
from carrears.workbench.queries.formats import count, drawn_note, money, percent
from carrears.workbench.view_models.drawing import HeatCell, HeatTable, Ranking, RankRow

Row = Mapping[str, Any]
_LEVELS = 10


def matrices(rows: Sequence[Row], *, by: str, by_balance: bool, most: int) -> Iterable[HeatTable]:
    """A matrix for each month and segment in the rows: the newest, then the largest, first."""
    groups: dict[tuple[Any, str], list[Row]] = {}
    for row in rows:
        groups.setdefault((row.get("month"), row[by] if by else ""), []).append(row)
    ordered = sorted(groups, key=lambda key: (_newness(key[0]), -_size(groups[key]), key[1]))
    note = drawn_note(min(most, len(ordered)), len(ordered))
    for place, (month, value) in enumerate(ordered[:most]):
        parts = [f"{month:%Y-%m}"] if month else []
        parts += [segment_value(by, value)] if by else []
        title = " · ".join(parts) or gettext("All months together")
        yield _matrix(
            groups[month, value], f"matrix-{place}", title, by_balance=by_balance, note=note
        )


def _newness(month: Any) -> int:
    return -month.toordinal() if month else 0


def _size(rows: Sequence[Row]) -> int:
    return sum(row["loans"] for row in rows)


def _matrix(
    rows: Sequence[Row],
    identity: str,
    title: str,
    *,
    by_balance: bool,
    note: str,
) -> HeatTable:
    buckets = range(len(load_buckets().names))
    rates = {
        (row["from_bucket"], row["to_bucket"]): row["balance_rate" if by_balance else "loan_rate"]
        for row in rows
    }
    # What left carries no balance any more, so its column is by loans in either matrix.
    left = {row["from_bucket"]: row["loan_rate"] for row in rows if row["to_bucket"] is None}
    shown = []
    for source in buckets:
        loans = sum(row["loans"] for row in rows if row["from_bucket"] == source)
        if not loans:
            continue
        cells = [_cell(rates.get((source, target)), source, target) for target in buckets]
        gone = left.get(source)
        cells.append(HeatCell(percent(gone) if gone else "", _level(gone), "same"))
        shown.append((source, count(loans), tuple(cells)))
    return HeatTable(id=identity, title=title, columns=tuple(buckets), rows=tuple(shown), note=note)


def _cell(rate: float | None, source: int, target: int) -> HeatCell:
    tone = "same" if source == target else "worse" if target > source else "better"
    return HeatCell(percent(rate) if rate else "", _level(rate), tone)


def _level(rate: float | None) -> int:
    """How strong a cell is: every rate above zero is seen."""
    if not rate:
        return 0
    return min(_LEVELS, max(1, round(rate * _LEVELS)))


def ranking(rows: Sequence[Row], segment: str, *, by_balance: bool) -> Ranking:
    """The segments of one month, the largest first, with their share and what of them is late."""
    share = "balance_share" if by_balance else "loan_share"
    ordered = sorted(rows, key=lambda row: row["rank"])
    largest = max((row[share] or 0 for row in ordered), default=0) or 1
    named = segment_title(segment)
    return Ranking(
        id="ranking",
        title=f"{named} · {ordered[0]['month']:%Y-%m}",
        name=named,
        columns=(
            gettext("Loans"),
            gettext("Balance"),
            gettext("Cumulative"),
            gettext("30+ days"),
        ),
        rows=tuple(
            RankRow(
                segment_value(segment, row["segment"]),
                f"{100 * (row[share] or 0) / largest:.1f}%",
                percent(row[share] or 0),
                (
                    count(row["loans"]),
                    money(row["balance"], row["currency"]),
                    percent(row["cumulative_share"] or 0),
                    "–" if row["late_rate"] is None else percent(row["late_rate"]),
                ),
            )
            for row in ordered
        ),
    )
