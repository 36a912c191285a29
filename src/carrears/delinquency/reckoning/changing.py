"""Loans whose rows say different things of one day, seen from the days after it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from carrears.delinquency.ledger.arrays import Int64, day_number
from carrears.delinquency.reckoning.columns import days, integers
from carrears.delinquency.reckoning.intake import NEVER


def changing_loans(rows: Mapping[str, pa.Table], *, first: date, last: date) -> Int64:
    """The ids of the loans that were not on every day from ``first`` on what ``last`` says of it.

    Money taken back was there on the days before; a schedule issued anew had another before it.
    Payments and events else only add to what was. The tables are those of
    ``columns.with_columns``; the ids are in order.
    """
    begin, end = day_number(first), day_number(last)

    def within(table: pa.Table, name: str) -> Int64:
        on = days(table, name, NEVER)
        return integers(table, "loan_id")[(on > begin) & (on <= end)]

    schedules, payments = rows["instalments"], rows["payments"]
    found = [
        within(schedules, name)
        for name in ("effective_on", "superseded_on")
        if schedules.column(name).null_count < schedules.num_rows
    ]
    is_back = pc.or_(
        pc.less(payments.column("amount"), 0), pc.is_valid(payments.column("reverses_no"))
    )
    found.append(within(payments.filter(is_back), "paid_on"))
    ids: Int64 = np.unique(np.concatenate(found))
    return ids


def rows_of(rows: Mapping[str, pa.Table], loan_ids: Int64) -> dict[str, pa.Table]:
    """The rows of these loans, which are in order, as the tables are."""
    found = {}
    for name, table in rows.items():
        ids = integers(table, "loan_id")
        starts, ends = (np.searchsorted(ids, loan_ids, side=side) for side in ("left", "right"))
        places = [np.arange(start, end) for start, end in zip(starts, ends, strict=True)]
        found[name] = table.take(pa.array(np.concatenate(places)))
    return found
