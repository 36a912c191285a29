"""Marks of a book: what tells whether a past month-end must be worked out again.

A month-end's state follows from the facts in effect by then: loans lent, instalments in force,
payments, events, closings. Each fact has a mark, a 64-bit hash of its row; the mark of a day is
the sum of the marks of all facts up to it. So one pass over the book marks every day of it,
whatever the order of rows, and a tape that only adds later facts leaves earlier days alone.
"""

# ruff: noqa: S608  names are the layout's own, no value of a tape gets in

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date

import duckdb

from carrears.layout import EVENTS, INSTALMENTS, LOANS, PAYMENTS

# Known only afterwards, so they have a mark of their own on the day they tell of.
_LATER = {"closed_on", "closed_reason", "superseded_on"}


def day_marks(engine: duckdb.DuckDBPyConnection, days: Sequence[date]) -> Mapping[date, str]:
    """The mark of each of ``days`` (hex), from the engine's tables of a book.

    Equal marks mean equal facts, but for a collision of 64-bit sums.
    """
    sums = engine.execute(_SQL).fetchall()
    marks: dict[date, str] = {}
    for day in days:
        total = {table: 0 for table, _, _ in sums}
        for table, fact_day, mark in sums:
            if fact_day is None or fact_day <= day:
                total[table] += int(mark)
        text = "\n".join(f"{table} {total[table]}" for table in sorted(total))
        marks[day] = hashlib.sha256(f"{duckdb.__version__}\n{text}".encode()).hexdigest()
    return marks


def _row(columns: Sequence[str], table: str) -> str:
    kept = [f"{table}.{name}" for name in columns if name not in _LATER]
    return f"hash({', '.join(kept)})"


_SQL = f"""
with facts as (
    select 'loans' as part, originated_on as day, {_row(LOANS.names, "loans")} as mark from loans
    union all
    select 'closings', closed_on, hash(loan_id, closed_on, closed_reason) from loans
    where closed_on is not null
    union all
    select 'payments', paid_on, {_row(PAYMENTS.names, "payments")} from payments
    union all
    select 'events', happened_on, {_row(EVENTS.names, "events")} from events
    union all
    select 'instalments',
           greatest(coalesce(instalments.effective_on, loans.originated_on), loans.originated_on),
           {_row(INSTALMENTS.names, "instalments")}
    from instalments join loans on loans.loan_id = instalments.loan_id
    union all
    select 'superseded', superseded_on,
           hash({", ".join(INSTALMENTS.names)})
    from instalments where superseded_on is not null
)
select part, day, sum(mark)::hugeint from facts group by all
"""
