"""Read a written book back and measure it as the real tapes were measured."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from carrears.samplebook.calibration import SEGMENTS
from carrears.samplebook.market import load_market
from carrears.samplebook.measure import (
    CHARGED_OFF,
    GONE,
    PAID_OFF,
    Counts,
    Flags,
    Floats,
    Ints,
    count_moves,
    state_of,
)

_NO_MONTH = 1 << 20


def measure_book(folder: Path, *, locale: str = "zh-CN") -> dict[str, Counts]:
    """Month-end to month-end counts of a Parquet book by segment, from its files alone."""
    loans = pq.read_table(folder / "loans.parquet")
    schedule, payments, events = (
        _by_loan(folder / f"{name}.parquet", loans) for name in ("schedule", "payments", "events")
    )
    first = int(_months(loans["originated_on"]).min())
    last = int(max(payments["paid_on"].max(), schedule["effective_on"][_dated(schedule)].max()))
    size = (loans.num_rows, last - first + 1)
    due = _due_by_month(schedule, first, size)
    money = payments["kind"] != "recovery"
    paid = _spread(
        size, payments["loan"][money], payments["paid_on"][money] - first, payments["amount"][money]
    )
    deferred = np.zeros(size, bool)
    granted = events["kind"] == "deferral"
    deferred[events["loan"][granted], events["happened_on"][granted] - first] = True
    states = _states(loans, due - np.cumsum(paid, axis=1), first)
    segment = pc.index_in(loans["product"], pa.array(load_market(locale).products)).to_numpy()
    return {
        name: _count(states, deferred, paid, segment == place)
        for place, name in enumerate(SEGMENTS)
    }


def _count(states: Ints, deferred: Flags, paid: Floats, chosen: Flags) -> Counts:
    return count_moves(states[chosen], deferred[chosen][:, 1:], paid[chosen][:, 1:])


def _months(column: Any) -> Ints:
    """Months since 1970; _NO_MONTH for null."""
    days = column.cast("int32").fill_null(_NO_MONTH * 31).to_numpy().astype("datetime64[D]")
    months: Ints = days.astype("datetime64[M]").astype(np.int64)
    return months


def _by_loan(path: Path, loans: Any) -> dict[str, Any]:
    """A table's columns as arrays: loans by place, dates as months."""
    table = pq.read_table(path)
    columns: dict[str, Any] = {"loan": pc.index_in(table["loan_no"], loans["loan_no"]).to_numpy()}
    for name in table.column_names[1:]:
        column = table[name]
        if name.endswith("_on"):
            columns[name] = _months(column)
        else:
            columns[name.removesuffix("_minor")] = column.to_numpy()
    return columns


def _dated(schedule: dict[str, Any]) -> Flags:
    dated: Flags = schedule["effective_on"] < _NO_MONTH // 2
    return dated


def _due_by_month(schedule: dict[str, Any], first: int, size: tuple[int, int]) -> Floats:
    """What had fallen due by each month-end, by the schedule as it stood then."""
    loan, place = schedule["loan"], schedule["seq"]
    amount = schedule["principal"] + schedule["interest"] + schedule["fee"]
    effective = np.where(_dated(schedule), schedule["effective_on"], 0)
    start = np.maximum(schedule["due_on"], effective)
    replaced = (loan[1:] == loan[:-1]) & (place[1:] == place[:-1])
    end = np.append(np.where(replaced, effective[1:], _NO_MONTH), _NO_MONTH)
    counts = start < end
    loan, start, end, amount = loan[counts], start[counts], end[counts], amount[counts]
    change = _spread(size, loan, start - first, amount) - _spread(size, loan, end - first, amount)
    due: Floats = np.cumsum(change, axis=1)
    return due


def _spread(size: tuple[int, int], loan: Ints, month: Ints, amount: Ints) -> Floats:
    """Sums of amounts by loan and month; what lies past the last month is left out."""
    inside = month < size[1]
    sums = np.zeros(size)
    np.add.at(sums, (loan[inside], month[inside]), amount[inside])
    return sums


def _states(loans: Any, shortfall: Floats, first: int) -> Ints:
    """Month-end states, from a loan's origination to its end.

    Its last two months are left out: the loans of the tapes have years to run, so what ends
    there by its term is no early payoff.
    """
    states = state_of(shortfall, loans["instalment_minor"].to_numpy()[:, None])
    month = np.arange(states.shape[1]) + first
    states[month < _months(loans["originated_on"])[:, None]] = GONE
    closed = _months(loans["closed_on"])[:, None]
    lost = pc.equal(loans["closed_reason"], "charged_off").fill_null(False).to_numpy()
    ended = np.where(lost, CHARGED_OFF, PAID_OFF)[:, None]
    states = np.where(month == closed, ended, states)
    last = _months(loans["first_due_on"]) + loans["term_months"].to_numpy() - 2
    return np.where((month > closed) | (month >= last[:, None]), GONE, states)
