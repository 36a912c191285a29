"""Small books as month-end states, laid out by hand or by Hypothesis."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from hypothesis import strategies as st

from carrears import layout
from carrears.analytics.moves import month_moves
from carrears.analytics.segments import segmented
from carrears.delinquency.engine import compile_sql

STATE = pa.schema(
    [
        pa.field("loan_id", pa.int64()),
        pa.field("bucket", pa.int32()),
        pa.field("principal_outstanding", pa.int64()),
        pa.field("arrears", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Loan:
    """A loan and where it stood: ``path`` gives ``(bucket, balance)`` by month-end."""

    number: int
    originated: date
    path: Mapping[date, tuple[int, int]]
    principal: int = 1000
    dealer: str | None = "A"
    currency: str = "CNY"
    closed_on: date | None = None
    closed_reason: str | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def month_end(day: date, months: int = 0) -> date:
    """The last day of the month that lies ``months`` after that of ``day``."""
    place = day.year * 12 + day.month - 1 + months + 1
    return date(place // 12, place % 12 + 1, 1) - timedelta(days=1)


def months_between(start: date, end: date) -> int:
    """Whole calendar months."""
    return (end.year - start.year) * 12 + end.month - start.month


def loan_table(loans: Sequence[Loan]) -> pa.Table:
    """The loans in the book's layout."""
    rows = [
        {
            "loan_id": loan.number,
            "loan_no": str(loan.number),
            "product": "standard",
            "currency": loan.currency,
            "obligor_no": str(loan.number),
            "originated_on": loan.originated,
            "principal": loan.principal,
            "closed_on": loan.closed_on,
            "closed_reason": loan.closed_reason,
            "dealer": loan.dealer,
            **loan.more,
        }
        for loan in loans
    ]
    return pa.Table.from_pylist(rows, schema=layout.LOANS)


def state_table(loans: Sequence[Loan], day: date) -> pa.Table:
    """Where the loans stood on ``day``; arrears are a tenth of the balance of a loan behind."""
    rows = [
        {
            "loan_id": loan.number,
            "bucket": loan.path[day][0],
            "principal_outstanding": loan.path[day][1],
            "arrears": loan.path[day][1] // 10 if loan.path[day][0] else 0,
        }
        for loan in loans
        if day in loan.path
    ]
    return pa.Table.from_pylist(rows, schema=STATE)


@cache
def _moves_sql(day: date) -> str:
    """The month's rows as SQL; turning the expression takes longer than the answer."""
    state = ibis.Schema.from_pyarrow(STATE)
    before, after = (ibis.table(state, name=name) for name in ("before", "after"))
    return compile_sql(month_moves(before, after, LENT, month_end=day))


BOOK = ibis.table(ibis.Schema.from_pyarrow(layout.LOANS), name="loans")
LENT = ibis.table(segmented(BOOK).schema(), name="lent")
MOVES = month_moves(
    *(ibis.table(ibis.Schema.from_pyarrow(STATE), name=name) for name in ("before", "after")),
    LENT,
    month_end=date(2026, 1, 31),
)
MOVES = ibis.table(MOVES.schema(), name="moves")


@cache
def asked(figure: Callable[..., ir.Table], *tables: ir.Table, **choices: Any) -> str:
    """A figure as SQL."""
    return compile_sql(figure(*tables, **choices))


class Panel:
    """A small book whose months can be asked; its rows are the tables LENT and MOVES."""

    def __init__(self, loans: Sequence[Loan], *, first: date, last: date) -> None:
        self.loans, self.first, self.last = loans, first, last
        self.months = [month_end(first, n) for n in range(months_between(first, last) + 1)]
        self._engine = duckdb.connect(config={"threads": 1})
        self._engine.register("loans", loan_table(loans))
        self._engine.execute(f"create table lent as {asked(segmented, BOOK)}")
        parts = []
        for day in self.months:
            self._engine.register("before", state_table(loans, month_end(day, -1)))
            self._engine.register("after", state_table(loans, day))
            parts.append(self._engine.sql(_moves_sql(day)).to_arrow_table())
        self._engine.register("moves", pa.concat_tables(parts))

    def ask(self, sql: str) -> list[dict[str, Any]]:
        """The rows of an expression turned by ``asked``."""
        rows: list[dict[str, Any]] = self._engine.sql(sql).to_arrow_table().to_pylist()
        return rows


FIRST, LAST = date(2026, 1, 31), date(2026, 5, 31)


@st.composite
def loans(draw: st.DrawFn, number: int) -> Loan:
    """A loan lent before or within the months, that walks the buckets and may leave."""
    originated = month_end(FIRST, draw(st.integers(-3, 5))) - timedelta(
        days=draw(st.integers(0, 9))
    )
    start = max(month_end(FIRST, -1), month_end(originated))
    stays = draw(st.integers(0, 7))
    count = months_between(start, LAST) + 1
    path, bucket, balance = {}, 0, draw(st.integers(0, 900))
    for n in range(min(stays, count)):
        path[month_end(start, n)] = (bucket, balance)
        bucket = max(0, min(7, bucket + draw(st.sampled_from([-9, -1, 0, 1, 1, 1]))))
        balance = max(0, balance - draw(st.integers(0, 100)))
    closed, reason = None, None
    if stays < count:
        closed = month_end(start, stays) - timedelta(days=draw(st.integers(0, 9)))
        closed = max(closed, originated)
        reason = draw(st.sampled_from(["paid_off", "charged_off", "repossessed", "other", None]))
    return Loan(
        number,
        originated,
        path,
        dealer=draw(st.sampled_from(["A", "B", None])),
        currency=draw(st.sampled_from(["CNY", "CNY", "USD"])),
        closed_on=closed,
        closed_reason=reason,
    )


@st.composite
def panels(draw: st.DrawFn) -> Panel:
    """A small random book over six months."""
    size = draw(st.integers(1, 30))
    return Panel([draw(loans(number)) for number in range(size)], first=FIRST, last=LAST)
