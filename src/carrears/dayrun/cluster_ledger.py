"""The ledger on a cluster: each worker reckons its share of the loans that need it.

Spark brings the rows of a loan together as lists; the worker lays them out as the book's tables
again and asks the very function that the night asks on one machine.
"""

# ruff: noqa: S608  names come from the layout

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from carrears import layout
from carrears.delinquency.reckoning.schema import RECKONED
from carrears.portfolio.products import Products

_LISTED = ("instalments", "payments", "events")
_SPARK_TYPES = {pa.int64(): "bigint", pa.int32(): "int", pa.date32(): "date"}
RECKONED_IN_SPARK = ", ".join(f"{field.name} {_SPARK_TYPES[field.type]}" for field in RECKONED)


def _fields(name: str) -> list[str]:
    return [column for column in layout.TABLES[name].names if column != "loan_id"]


def _lists() -> str:
    return "\n".join(
        f"left join (select loan_id, collect_list(struct({', '.join(_fields(name))})) as {name}"
        f" from {name} left semi join wanted using (loan_id) group by loan_id) using (loan_id)"
        for name in _LISTED
    )


ACCOUNTS = f"""
with wanted as (select loan_id from screened where by_ledger)
select loan_id, product, annual_rate, originated_on, {", ".join(_LISTED)}
from (select loan_id, product, annual_rate, originated_on
      from loans left semi join wanted using (loan_id))
{_lists()}
"""
"""Spark's SQL over the day's views: a row for each loan that needs the ledger, with its rows."""


class LedgerTask:
    """What a worker does with its share: ``ACCOUNTS`` in, ``RECKONED`` out."""

    def __init__(self, products: Products, as_of: date) -> None:
        self._products, self._as_of = products, as_of

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Reckon the loans of some batches, as many rows out as came in."""
        from carrears.delinquency.reckoning.reckon import reckon  # noqa: PLC0415  workers only

        for batch in batches:
            loans = pa.Table.from_batches([batch])
            rows = {"loans": loans} | {name: _unlisted(loans, name) for name in _LISTED}
            reckoned = reckon(rows, products=self._products, as_of=self._as_of)
            yield from reckoned.to_batches()


def _unlisted(loans: pa.Table, name: str) -> pa.Table:
    """The rows of a table that lie in a list for each loan."""
    lists = loans.column(name).combine_chunks()
    values = pc.list_flatten(lists)
    columns = {"loan_id": loans.column("loan_id").take(pc.list_parent_indices(lists))} | {
        field: pc.struct_field(values, field) for field in _fields(name)
    }
    return pa.table(columns).select(layout.TABLES[name].names).cast(layout.TABLES[name])
