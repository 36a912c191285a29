"""What may be expected to be paid, by rates of the book's own history.

A loan's rate is that of its currency, bucket, risk band and treatment where enough loans were
really treated so, else that of bucket and band, else that of the bucket. The treatments of the
past were not drawn by lot: rates of different treatments differ by whom they were given to as
well. What a strategy causes, only an experiment tells.
"""

# ruff: noqa: S608  column names are constants of this module

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa

from carrears.simulation.rates import Ratio, Sums, normal_interval, paid_share, wilson_interval

Key = tuple[Any, ...]
# From the finest to the coarsest.
LEVELS: tuple[tuple[str, ...], ...] = (
    ("currency", "bucket", "band", "treatment"),
    ("currency", "bucket", "band"),
    ("currency", "bucket"),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A rate of history: loans, months of loans, how many paid all, and the share paid."""

    loans: int
    months: int
    whole: int
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class History:
    """The cells of each level that have enough loans."""

    cells: tuple[Mapping[Key, Cell], ...]

    def find(self, row: Mapping[str, Any]) -> tuple[int, Key, Cell] | None:
        """The finest level that speaks of a row, its key and its cell."""
        for level, names in enumerate(LEVELS):
            key = tuple(row[name] for name in names)
            if (cell := self.cells[level].get(key)) is not None:
                return level, key, cell
        return None


def learn(outcomes: Sequence[pa.Table], *, least_loans: int) -> History:
    """The rates of these days' outcomes (columns of ``deciding.read_outcomes``)."""
    if not outcomes:
        return History(({}, {}, {}))
    with duckdb.connect(config={"threads": 2}) as engine:
        engine.register("outcomes", pa.concat_tables(outcomes, promote_options="permissive"))
        return History(tuple(_cells(engine, names, least_loans) for names in LEVELS))


def _cells(engine: duckdb.DuckDBPyConnection, names: Sequence[str], least: int) -> dict[Key, Cell]:
    keys = ", ".join(names)
    known = "where treatment is not null" if "treatment" in names else ""
    rows = engine.execute(
        f"""
        with clusters as (
          select {keys}, loan_id, count(*) as months, count(*) filter (where whole) as whole,
                 sum(arrears)::double as x, sum(paid)::double as y
          from outcomes {known} group by {keys}, loan_id
        )
        select {keys}, count(*), sum(months)::bigint, sum(whole)::bigint,
               sum(x), sum(y), sum(x * x), sum(y * y), sum(x * y)
        from clusters group by {keys} having count(*) >= ?
        """,
        [least],
    ).fetchall()
    found = {}
    width = len(names)
    for row in rows:
        loans, months, whole, *sums = row[width:]
        ratio = paid_share(Sums(loans, *sums))
        if ratio is not None:
            found[tuple(row[:width])] = Cell(loans, months, whole, ratio)
    return found


def expect(exposure: Iterable[Mapping[str, Any]], history: History) -> list[dict[str, Any]]:
    """By currency: arrears, what is expected of them with its 95 % interval, and on what it rests.

    ``rests_on`` gives the arrears by level (treatment, band, bucket, nothing). Arrears of which
    history says nothing are left out of the expectation. Cells are taken as independent; the
    interval covers the uncertainty of the rates, not a change of the times.
    """
    by_currency: dict[str, dict[str, Any]] = {}
    weights: dict[str, dict[tuple[int, Key], tuple[int, Cell]]] = {}
    names = ("treatment", "band", "bucket", "nothing")
    for row in exposure:
        currency = row["currency"]
        sums = by_currency.setdefault(
            currency, {"currency": currency, "arrears": 0, "rests_on": dict.fromkeys(names, 0)}
        )
        sums["arrears"] += row["arrears"]
        found = history.find(row)
        sums["rests_on"][names[found[0] if found else -1]] += row["arrears"]
        if found is not None:
            level, key, cell = found
            cells = weights.setdefault(currency, {})
            before = cells.get((level, key), (0, cell))[0]
            cells[level, key] = before + row["arrears"], cell
    for currency, sums in sorted(by_currency.items()):
        cells = weights.get(currency, {})
        value = sum(amount * cell.ratio.rate for amount, cell in cells.values())
        variance = sum(float(amount) ** 2 * cell.ratio.variance for amount, cell in cells.values())
        low, high = normal_interval(value, variance)
        sums |= {"expected": round(value), "low": round(low), "high": round(high)}
    return [by_currency[name] for name in sorted(by_currency)]


def history_rows(history: History) -> list[dict[str, Any]]:
    """The rates used, with their intervals: share of arrears paid, and share of loans whole."""
    rows = []
    for names, cells in zip(LEVELS, history.cells, strict=True):
        for key, cell in sorted(cells.items(), key=lambda item: tuple(map(str, item[0]))):
            low, high = normal_interval(cell.ratio.rate, cell.ratio.variance)
            whole = wilson_interval(cell.whole, cell.months)
            about = dict.fromkeys(LEVELS[0], None) | dict(zip(names, key, strict=True))
            rows.append(
                about
                | {
                    "loans": cell.loans,
                    "months": cell.months,
                    "paid_share": cell.ratio.rate,
                    "paid_low": low,
                    "paid_high": high,
                    "whole_share": cell.whole / cell.months,
                    "whole_low": whole[0],
                    "whole_high": whole[1],
                }
            )
    return rows
