"""Rows of a book (``carrears.layout``) as the flat columns that the kernel's intake reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carrears import layout
from carrears.delinquency.ledger.arrays import Int8, Int32, Int64
from carrears.delinquency.ledger.entries import RATE_SCALE, Kind
from carrears.delinquency.ledger.figures import PARTS
from carrears.delinquency.ledger.kernel_intake import EVER, IGNORED, MONEY, NAMED, NEVER, Rows

# Of each table the columns that the ledger reads.
COLUMNS = {
    "loans": ("loan_id", "product", "originated_on", "annual_rate", "closed_on"),
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
KINDS = {
    "fee": Kind.FEE,
    "penalty": Kind.PENALTY_CHARGE,
    "waiver": Kind.WAIVER,
    "refund": Kind.REFUND,
    "pause": Kind.PAUSE,
    "resume": Kind.RESUME,
    "deferral": Kind.MOVE_DUE,
    "extension": Kind.MOVE_DUE,
    "reage": Kind.MOVE_DUE,
    "penalty_rate": Kind.PENALTY_RATE,
    "charge_off": Kind.CHARGE_OFF,
}
MOVES = [name for name, kind in KINDS.items() if kind is Kind.MOVE_DUE]
MILLIONTHS = 1_000_000  # of ``layout.RATE``


def rows_of(tables: Mapping[str, pa.Table]) -> Rows:
    """The tables' columns, flat; each table sorted by loan.

    Events that are only told, and those of a deferral, extension or re-age that name no
    instalment (the schedule itself was issued anew), are left out.
    """
    loans, rows, paid, events = (with_columns(name, tables[name]) for name in COLUMNS)
    begins = days(rows, "effective_on", EVER)
    ends = days(rows, "superseded_on", NEVER)
    paid_on = days(paid, "paid_on", NEVER)
    columns = Rows(
        loan_id=integers(loans, "loan_id"),
        originated=days(loans, "originated_on", EVER),
        row_loan=integers(rows, "loan_id"),
        row_seq=_flat(rows.column("seq")),
        row_due=days(rows, "due_on", NEVER),
        row_principal=integers(rows, "principal"),
        row_interest=integers(rows, "interest"),
        row_fee=integers(rows, "fee"),
        row_from=begins,
        row_from_known=days_or(rows, "known_on", begins),
        row_until=ends,
        row_until_known=days_or(rows, "superseded_known_on", ends),
        paid_loan=integers(paid, "loan_id"),
        paid_day=paid_on,
        paid_known=days_or(paid, "known_on", paid_on),
        paid_amount=integers(paid, "amount"),
        paid_role=_roles(paid),
        **_event_columns(events),
    )
    return Rows._make(_locked(column) for column in columns)


def _locked(column: NDArray[Any]) -> NDArray[Any]:
    """Read-only, as Arrow's columns are: each mix of both would have the kernel compiled anew."""
    locked = np.ascontiguousarray(column).view()
    locked.flags.writeable = False
    return locked


def with_columns(name: str, table: pa.Table) -> pa.Table:
    """The table with the columns that the ledger reads and an older layout lacks, null."""
    for column in COLUMNS[name]:
        if column not in table.column_names:
            kind = layout.TABLES[name].field(column).type
            table = table.append_column(column, pa.nulls(table.num_rows, kind))
    return table


def _roles(paid: pa.Table) -> Int8:
    """Whether each payment is instalment money, and whether it names one that it takes back."""
    is_other = pc.equal(paid.column("kind"), "recovery")
    role = np.where(_flat(is_other), np.int8(IGNORED), np.int8(MONEY))
    names = paid.column("reverses_no")
    if names.null_count < len(names):
        role[_flat(names.is_valid()) & (role == MONEY)] = NAMED
    return role


def _event_columns(table: pa.Table) -> dict[str, NDArray[np.signedinteger]]:
    places = pc.index_in(table.column("kind"), pa.array(list(KINDS))).fill_null(-1)
    is_move = pc.is_in(table.column("kind"), pa.array(MOVES))
    names_one = pc.and_(table.column("seq").is_valid(), table.column("until_on").is_valid())
    wanted = pc.and_(pc.greater_equal(places, 0), pc.or_(pc.invert(is_move), names_one))
    kept = table.filter(wanted)
    kind = np.array([*KINDS.values()], np.int8)[_flat(places.filter(wanted))]
    happened = days(kept, "happened_on", NEVER)
    amount = integers(kept, "amount")
    if len(kept):
        amount = np.where(kind == Kind.PENALTY_RATE, rate_units(kept), amount)
    part = pc.index_in(kept.column("part"), pa.array(PARTS)).fill_null(PARTS.index("penalty"))
    return {
        "event_loan": integers(kept, "loan_id"),
        "event_day": happened,
        "event_known": days_or(kept, "known_on", happened),
        "event_kind": kind,
        "event_amount": amount,
        "event_ref": np.where(
            kind == Kind.WAIVER, _flat(part), _flat(kept.column("seq").fill_null(-1))
        ).astype(np.int32),
        "event_until": days(kept, "until_on", -1),
    }


def rate_units(table: pa.Table) -> Int64:
    """Yearly rates in hundred-millionths; 0 where there is none."""
    millionths = pc.multiply(table.column("annual_rate").cast(pa.decimal128(15, 6)), MILLIONTHS)
    units: Int64 = _flat(_filled(millionths.cast(pa.int64()), 0)) * (RATE_SCALE // MILLIONTHS)
    return units


def days(table: pa.Table, name: str, absent: int) -> Int32:
    """Dates as days since 1970-01-01, ``absent`` where null."""
    numbers: Int32 = _flat(_filled(table.column(name).cast(pa.int32()), absent))
    return numbers


def days_or(table: pa.Table, name: str, otherwise: Int32) -> Int32:
    """The days of a column, where it has them."""
    column = table.column(name)
    if column.null_count == len(column):
        return otherwise
    return np.where(_flat(column.is_null()), otherwise, days(table, name, 0))


def integers(table: pa.Table, name: str) -> Int64:
    """A column of int64, 0 where null."""
    numbers: Int64 = _flat(_filled(table.column(name), 0))
    return numbers


def _filled(column: pa.ChunkedArray, value: int) -> pa.ChunkedArray:
    """Without nulls; not copied where there are none."""
    return column.fill_null(value) if column.null_count else column


def _flat(column: pa.ChunkedArray) -> Any:
    """The values in one piece; without a copy where they lie in one."""
    return column.to_numpy()
