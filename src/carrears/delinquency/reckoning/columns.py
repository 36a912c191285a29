"""Tables of a book (``carrears.layout``) as the flat columns that the ledger's intake reads."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carrears import layout
from carrears.delinquency.ledger.arrays import Int32, Int64
from carrears.delinquency.ledger.entries import RATE_SCALE

# Of each table the columns that figures follow from.
COLUMNS = {
    "loans": ("loan_id", "product", "originated_on", "annual_rate"),
    "instalments": (
        *("loan_id", "seq", "due_on", "principal", "interest", "fee"),
        *("effective_on", "superseded_on", "known_on", "superseded_known_on"),
    ),
    "payments": ("loan_id", "paid_on", "amount", "kind", "known_on", "reverses_no"),
    "events": (
        *("loan_id", "happened_on", "kind", "amount", "known_on", "part", "seq", "until_on"),
        "annual_rate",
    ),
}
MILLIONTHS = 1_000_000  # of ``layout.RATE``


def with_columns(name: str, table: pa.Table) -> pa.Table:
    """The table in order of loans, with the columns that an older layout lacks, null."""
    for column in COLUMNS[name]:
        if column not in table.column_names:
            kind = layout.TABLES[name].field(column).type
            table = table.append_column(column, pa.nulls(table.num_rows, kind))
    loans = flat(table.column("loan_id"))
    if np.all(loans[1:] >= loans[:-1]):
        return table
    return table.take(pa.array(np.argsort(loans, kind="stable")))


def days(table: pa.Table, name: str, absent: int) -> Int32:
    """Dates as days since 1970-01-01, ``absent`` where null."""
    numbers: Int32 = flat(_filled(table.column(name).cast(pa.int32()), absent))
    return numbers


def days_or(table: pa.Table, name: str, otherwise: Int32) -> Int32:
    """The days of a column, where it has them."""
    column = table.column(name)
    if column.null_count == len(column):
        return otherwise
    return np.where(flat(column.is_null()), otherwise, days(table, name, 0))


def integers(table: pa.Table, name: str) -> Int64:
    """A column of int64, 0 where null."""
    numbers: Int64 = flat(_filled(table.column(name), 0))
    return numbers


def rate_units(table: pa.Table, name: str = "annual_rate") -> Int64:
    """Yearly rates in hundred-millionths; 0 where there is none."""
    millionths = pc.multiply(table.column(name).cast(pa.decimal128(15, 6)), MILLIONTHS)
    units: Int64 = flat(_filled(millionths.cast(pa.int64()), 0)) * (RATE_SCALE // MILLIONTHS)
    return units


def texts(table: pa.Table, name: str) -> tuple[Int32, list[str | None]]:
    """A column of texts as the place of each row's in a list of those that occur."""
    coded = table.column(name).combine_chunks()
    if isinstance(coded, pa.ChunkedArray):  # no row
        return np.zeros(0, np.int32), []
    if not pa.types.is_dictionary(coded.type):
        coded = coded.dictionary_encode()
    return coded.indices.to_numpy(zero_copy_only=False), coded.dictionary.to_pylist()


def flat(column: pa.ChunkedArray) -> Any:
    """The values in one piece; without a copy where they lie in one."""
    return column.to_numpy()


def locked(column: NDArray[Any]) -> NDArray[Any]:
    """Read-only, as Arrow's columns are: each mix of both would have the intake compiled anew."""
    kept = np.ascontiguousarray(column).view()
    kept.flags.writeable = False
    return kept


def _filled(column: pa.ChunkedArray, value: int) -> pa.ChunkedArray:
    """Without nulls; not copied where there are none."""
    return column.fill_null(value) if column.null_count else column
