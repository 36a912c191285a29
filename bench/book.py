"""A seeded book for the benchmarks, written once: plain in its people, honest in its sizes.

Terms of 24, 36 and 48 months (36 on average), level instalments, about eight loans in a
hundred behind, one in a hundred deferred, a few partial, reversed and early payments. Sorted
by loan, as a snapshot is.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from carrears import layout

AS_OF = date(2026, 6, 30)
ROW_GROUP = 122_880
CHUNK = 50_000
MAX_TERM = 48
VERSION = 6

Ints = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]


@dataclass(frozen=True)
class Contracts:
    """One chunk's loans as arrays; money in minor units."""

    loan_id: Ints
    term: Ints
    months_due: Ints
    day: Ints
    first_month: Days
    rate: npt.NDArray[np.float64]
    principal: Ints
    instalment: Ints
    closed_on: Days


def ensure_book(folder: Path, *, loans: int, seed: int) -> Path:
    """Write the book unless the folder already has this very one; return the folder."""
    stamp = folder / "book.json"
    wanted = {"loans": loans, "seed": seed, "version": VERSION}
    if stamp.exists() and json.loads(stamp.read_text()) == wanted:
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    write_book(folder, loans=loans, seed=seed)
    stamp.write_text(json.dumps(wanted))
    return folder


def write_book(folder: Path, *, loans: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    with contextlib.ExitStack() as stack:
        writers = {
            name: stack.enter_context(_Writer(folder / f"{name}.parquet", schema))
            for name, schema in layout.TABLES.items()
        }
        for ids in _chunks(loans):
            contracts = draw_contracts(rng, ids)
            due, deferral = _due_dates(rng, contracts)
            writers["loans"].add(_loan_rows(rng, contracts))
            writers["instalments"].add(_instalment_rows(contracts, due, deferral))
            writers["payments"].add(_payment_rows(rng, contracts, due))
            writers["events"].add(_event_rows(contracts, deferral))


class _Writer:
    """Gathers rows and writes row groups of one size."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pq.ParquetWriter(path, schema, compression="snappy")
        self._kept = schema.empty_table()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.write_table(self._kept)
        self._writer.close()

    def add(self, table: pa.Table) -> None:
        self._kept = pa.concat_tables([self._kept, table])
        whole = self._kept.num_rows // ROW_GROUP * ROW_GROUP
        if whole:
            self._writer.write_table(self._kept.slice(0, whole), row_group_size=ROW_GROUP)
            self._kept = self._kept.slice(whole).combine_chunks()


def _chunks(loans: int) -> Iterator[Ints]:
    for start in range(1, loans + 1, CHUNK):
        yield np.arange(start, min(start + CHUNK, loans + 1), dtype=np.int64)


def draw_contracts(rng: np.random.Generator, ids: Ints) -> Contracts:
    n = len(ids)
    term = rng.choice([24, 36, 48], n, p=[0.25, 0.5, 0.25])
    months_due = rng.integers(4, term + 1)
    rate = np.round(rng.uniform(0.04, 0.16, n), 4)
    principal = rng.integers(40_000, 300_000, n) * 100
    monthly = rate / 12
    level = principal * monthly * (1 + monthly) ** term / ((1 + monthly) ** term - 1)
    this_month = np.datetime64(AS_OF, "M")
    closed = np.where(rng.random(n) < 0.02, np.datetime64(AS_OF, "D") - 5, np.datetime64("NaT"))
    return Contracts(
        loan_id=ids,
        term=term,
        months_due=months_due,
        day=rng.integers(1, 29, n),
        first_month=this_month - (months_due - 1),
        rate=rate,
        principal=principal,
        instalment=np.rint(level).astype(np.int64),
        closed_on=closed.astype("datetime64[D]"),
    )


def _due_dates(rng: np.random.Generator, c: Contracts) -> tuple[Days, Ints]:
    """Due dates by loan and month, and the month a deferral begins at (-1: none)."""
    months = c.first_month[:, None] + np.arange(MAX_TERM)
    due = months.astype("datetime64[D]") + (c.day[:, None] - 1)
    deferral = np.where(rng.random(len(c.term)) < 0.01, c.months_due // 2, -1)
    return due, deferral


def _loan_rows(rng: np.random.Generator, c: Contracts) -> pa.Table:
    n = len(c.loan_id)
    value = (c.principal * rng.uniform(1.0, 1.6, n)).astype(np.int64)
    numbers = pa.array(c.loan_id).cast(pa.string())
    filled = {
        "loan_id": c.loan_id,
        "loan_no": numbers,
        "product": _pick(rng, n, ["standard", "used", "balloon"]),
        "currency": pa.repeat("CNY", n),
        "obligor_no": numbers,
        "originated_on": (c.first_month - 1).astype("datetime64[D]") + (c.day - 1),
        "first_due_on": c.first_month.astype("datetime64[D]") + (c.day - 1),
        "term_months": c.term,
        "annual_rate": pa.array(c.rate).cast(layout.RATE),
        "principal": c.principal,
        "instalment": c.instalment,
        "closed_on": c.closed_on,
        "closed_reason": pa.array(np.where(np.isnat(c.closed_on), None, "paid_off"), pa.string()),
        "vehicle_value": value,
        "bureau_score": rng.integers(420, 850, n),
        "payment_to_income": pa.array(np.round(rng.uniform(0.03, 0.4, n), 4)).cast(layout.RATE),
    }
    return _table(layout.LOANS, filled, n)


def _pick(rng: np.random.Generator, n: int, names: list[str]) -> pa.Array:
    return pa.DictionaryArray.from_arrays(
        pa.array(rng.integers(0, len(names), n), pa.int32()), names
    ).cast(pa.string())


def _instalment_rows(c: Contracts, due: Days, deferral: Ints) -> pa.Table:
    """The schedule; a deferred loan's later rows twice, as they were and a month later."""
    month = np.arange(MAX_TERM)
    interest, principal = _amortise(c)
    is_moved = (deferral[:, None] >= 0) & (month >= deferral[:, None])
    in_term = month < c.term[:, None]
    from_day = np.where(
        deferral >= 0, due[np.arange(len(deferral)), deferral], np.datetime64("NaT")
    )
    copies = in_term * (1 + is_moved)
    at = np.repeat(np.arange(copies.size), copies.ravel())
    is_second = np.concatenate([[False], at[1:] == at[:-1]])
    row, col = np.divmod(at, MAX_TERM)
    moved = is_moved.ravel()[at]
    day = np.where(moved, from_day[row], np.datetime64("NaT"))
    months_later = due.ravel()[at] + np.where(is_second, 30, 0)
    filled = {
        "loan_id": c.loan_id[row],
        "seq": col + 1,
        "due_on": months_later,
        "principal": principal.ravel()[at],
        "interest": interest.ravel()[at],
        "fee": np.full(len(at), 500),
        "effective_on": np.where(is_second, day, np.datetime64("NaT")).astype("datetime64[D]"),
        "superseded_on": np.where(is_second, np.datetime64("NaT"), day).astype("datetime64[D]"),
    }
    return _table(layout.INSTALMENTS, filled, len(at))


def _amortise(c: Contracts) -> tuple[Ints, Ints]:
    """Level instalments (等额本息), rounded by month; the last takes what is left."""
    balance = c.principal.copy()
    interest = np.zeros((len(balance), MAX_TERM), dtype=np.int64)
    principal = np.zeros_like(interest)
    for month in range(MAX_TERM):
        interest[:, month] = np.rint(balance * c.rate / 12)
        part = np.minimum(c.instalment - interest[:, month], balance)
        part = np.where(month == c.term - 1, balance, part)
        principal[:, month] = np.where(month < c.term, part, 0)
        balance = balance - principal[:, month]
    return interest, principal


def _payment_rows(rng: np.random.Generator, c: Contracts, due: Days) -> pa.Table:
    """A month's payment depends on how many are missing: few begin to miss, many go on."""
    n = len(c.loan_id)
    paid = np.zeros((n, MAX_TERM), dtype=np.int64)
    missing = np.zeros(n, dtype=np.int64)
    owed = c.instalment + 500
    go_on = np.array([0.0075, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.8])
    for month in range(MAX_TERM):
        misses = rng.random(n) < go_on[np.minimum(missing, 7)]
        catches_up = rng.random(n) < 0.5
        count = np.where(misses, 0, 1 + np.where(catches_up, missing, 0))
        paid[:, month] = count * owed
        missing = missing + 1 - count
    is_partial = rng.random(paid.shape) < 0.0005
    paid = np.where(is_partial, paid // 2, paid)
    due_so_far = np.arange(MAX_TERM) < c.months_due[:, None]
    late = rng.choice([-2, -1, 0, 0, 0, 0, 0, 0, 1, 3], paid.shape)
    paid_on = due + late
    return _pay_table(rng, c, paid, paid_on, due_so_far)


def _pay_table(
    rng: np.random.Generator,
    c: Contracts,
    paid: Ints,
    paid_on: Days,
    due_so_far: npt.NDArray[np.bool_],
) -> pa.Table:
    happened = due_so_far & (paid > 0) & (paid_on <= np.datetime64(AS_OF, "D"))
    is_taken_back = happened & (rng.random(paid.shape) < 0.0012)
    copies = happened.astype(np.int64) + is_taken_back
    at = np.repeat(np.arange(copies.size), copies.ravel())
    is_second = np.concatenate([[False], at[1:] == at[:-1]])
    row = at // MAX_TERM
    amount = paid.ravel()[at]
    kinds = pa.array(["payment", "reversal"])
    number = (c.loan_id[row] * MAX_TERM + at % MAX_TERM) * 2 + is_second
    filled = {
        "loan_id": c.loan_id[row],
        "payment_no": pa.array(number).cast(pa.string()),
        "paid_on": paid_on.ravel()[at] + np.where(is_second, 2, 0),
        "amount": np.where(is_second, -amount, amount),
        "kind": kinds.take(pa.array(is_second.astype(np.int64))),
    }
    return _table(layout.PAYMENTS, filled, len(at))


def _event_rows(c: Contracts, deferral: Ints) -> pa.Table:
    where = np.flatnonzero(deferral >= 0)
    happened = (c.first_month[where] + deferral[where]).astype("datetime64[D]") + (c.day[where] - 1)
    filled = {
        "loan_id": c.loan_id[where],
        "event_no": pa.array(c.loan_id[where]).cast(pa.string()),
        "happened_on": happened,
        "kind": pa.repeat("deferral", len(where)),
        "months": np.ones(len(where), dtype=np.int64),
    }
    return _table(layout.EVENTS, filled, len(where))


def _table(schema: pa.Schema, filled: dict[str, object], rows: int) -> pa.Table:
    columns = []
    for field in schema:
        values = filled.get(field.name)
        if values is None:
            columns.append(pa.nulls(rows, field.type))
        elif isinstance(values, np.ndarray):
            columns.append(pa.array(values).cast(field.type))
        else:
            columns.append(values)
    return pa.Table.from_arrays(columns, schema=schema)
