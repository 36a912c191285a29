"""The rows of some loans as the arrays that the ledger's kernel reads.

The schedule is the one in force on the day, as far as it was known; due dates go where the
product's calendar sends them. What was known later, or counts for a later day, is left out here,
so that the kernel sees what was known and nothing else. ``intake`` has the rules in full.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from carrears.delinquency.ledger.arrays import (
    BookArrays,
    Int8,
    Int32,
    Int64,
    TermsArrays,
    day_number,
    pack_terms,
)
from carrears.delinquency.ledger.entries import Kind
from carrears.delinquency.reckoning.columns import (
    days,
    days_or,
    flat,
    integers,
    locked,
    rate_units,
    texts,
    with_columns,
)
from carrears.delinquency.reckoning.intake import (
    COUNTS,
    EVER,
    NAMES_DAY,
    NEVER,
    SKIPPED,
    UNNAMED,
    Dues,
    Entries,
    Rows,
    Starts,
    empty_dues,
    empty_entries,
    empty_starts,
    fill,
)
from carrears.delinquency.reckoning.totals import Receipts, Schedule
from carrears.delinquency.terms import COMPONENT, ledger_terms, penalty_rates
from carrears.portfolio.products import Part, Product, Products

_KINDS = {
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


@dataclass(frozen=True, slots=True)
class Accounts:
    """Loans in order of their ids, with the kernel's arrays.

    ``seq`` tells of each instalment its number, ``schedule`` what the kernel reads of it and
    its date before the calendar moved it; ``source`` of each entry the row of ``payments`` or,
    as -1 less it, of ``events`` that it comes from.
    """

    loan_ids: Int64
    book: BookArrays
    terms: TermsArrays
    seq: Int32
    source: Int64
    payments: pa.Table
    events: pa.Table
    receipts: Receipts
    schedule: Schedule


def make_accounts(
    rows: Mapping[str, pa.Table],
    *,
    products: Products,
    as_of: date,
    known_on: date | None = None,
) -> Accounts:
    """The accounts of all ``rows['loans']``; rows of other loans are left out.

    ``rows`` are tables of ``carrears.layout`` by name: loans, instalments, payments, events;
    columns that an older layout lacks are taken as null. A table that is not in order of loans
    is put in order.
    """
    loans, dues, paid, events = (
        with_columns(name, rows[name]) for name in ("loans", "instalments", "payments", "events")
    )
    day, known = day_number(as_of), NEVER if known_on is None else day_number(known_on)
    events = events.filter(_counting_events(events, day=day, known=known))
    ids = integers(loans, "loan_id")
    places, names = texts(loans, "product")
    shifts = _Shifts(products, names, places, as_of=as_of)
    given = _locked(
        loan_id=ids,
        originated=days(loans, "originated_on", EVER),
        due_loan=integers(dues, "loan_id"),
        due_seq=flat(dues.column("seq")),
        due_on=days(dues, "due_on", NEVER),
        due_principal=integers(dues, "principal"),
        due_interest=integers(dues, "interest"),
        due_fee=integers(dues, "fee"),
        due_live=_live(dues, day=day, known=known),
        paid_loan=integers(paid, "loan_id"),
        paid_on=days(paid, "paid_on", NEVER),
        paid_amount=integers(paid, "amount"),
        paid_role=_roles(paid, day=day, known=known),
        paid_target=_targets(paid),
        **_event_columns(events, ids, shifts),
    )
    terms_of = [products[str(name)] for name in names]
    rates, terms = _terms(loans, shifts.product, terms_of)
    dues, entries, starts = _filled(given)
    return Accounts(
        loan_ids=ids,
        book=_book(dues, entries, starts, shifts, penalty_rate=rates),
        terms=terms,
        seq=dues.seq,
        source=entries.source,
        payments=paid,
        events=events,
        receipts=_receipts(given),
        schedule=Schedule(starts.due, dues.due_on, dues.principal, dues.interest, dues.fee),
    )


def _receipts(given: Rows) -> Receipts:
    start, end = (
        np.searchsorted(given.paid_loan, given.loan_id, side=side) for side in ("left", "right")
    )
    return Receipts(start, end, given.paid_on, given.paid_amount, given.paid_role)


def _book(
    dues: Dues, entries: Entries, starts: Starts, shifts: _Shifts, *, penalty_rate: Int64
) -> BookArrays:
    """What the kernel reads, with due dates where the calendars send them."""
    return BookArrays(
        terms_no=shifts.product,
        penalty_rate=penalty_rate,
        due_start=starts.due,
        due_from=dues.starts_on,
        due_on=shifts.of_all(dues.due_on, starts=starts.due),
        due_principal=dues.principal,
        due_interest=dues.interest,
        due_fee=dues.fee,
        event_start=starts.entry,
        event_day=entries.day,
        event_known=entries.day,
        event_kind=entries.kind,
        event_amount=entries.amount,
        event_interest=np.zeros(len(entries.day), np.int64),
        event_ref=entries.ref,
        event_until=entries.until,
    )


def _locked(**columns: NDArray[Any]) -> Rows:
    return Rows(**{name: locked(column) for name, column in columns.items()})


def _filled(given: Rows) -> tuple[Dues, Entries, Starts]:
    dues = empty_dues(len(given.due_loan))
    entries = empty_entries(len(given.paid_loan) + len(given.event_loan))
    starts = empty_starts(len(given.loan_id))
    fill(given, dues, entries, starts)
    dues = Dues._make(column[: starts.due[-1]] for column in dues)
    entries = Entries._make(column[: starts.entry[-1]] for column in entries)
    return dues, entries, starts


class _Shifts:
    """Where each loan's due dates go by its product's calendar."""

    def __init__(
        self, products: Products, names: Sequence[str | None], places: Int32, *, as_of: date
    ) -> None:
        self.product = places.astype(np.int32)
        self._tables = {
            no: table
            for no, name in enumerate(names)
            if (table := products.shifted_days(str(name), as_of=as_of)) is not None
        }

    def of_all(self, due_on: Int32, *, starts: Int64) -> Int32:
        """Where all instalments go; loan i's lie from ``starts[i]``."""
        if not self._tables:
            return due_on
        return self(np.repeat(np.arange(len(starts) - 1), np.diff(starts)), due_on)

    def __call__(self, loan: Int64, on: Int32) -> Int32:
        """Where the days ``on`` of the loans at the places ``loan`` go."""
        if not self._tables:
            return on
        shifted = on.copy()
        product = self.product[loan]
        for no, (first, table) in self._tables.items():
            place = on - first
            is_known = (product == no) & (place >= 0) & (place < len(table))
            shifted[is_known] = table[place[is_known]]
        return shifted


def _live(table: pa.Table, *, day: int, known: int) -> Int8:
    """Which rows are of the schedule in force; empty where all are."""
    versions = ("effective_on", "superseded_on")
    if all(table.column(name).null_count == table.num_rows for name in versions):
        return np.zeros(0, np.int8)
    effective, ended = days(table, "effective_on", EVER), days(table, "superseded_on", NEVER)
    told = days_or(table, "known_on", effective)
    told_ended = days_or(table, "superseded_known_on", ended)
    is_live = (effective <= day) & (told <= known) & ~((ended <= day) & (told_ended <= known))
    return is_live.astype(np.int8)


def _roles(table: pa.Table, *, day: int, known: int) -> Int8:
    """Whether each payment counts, and whether it names one that it takes back."""
    kinds, names = texts(table, "kind")
    is_money = np.array([name != "recovery" for name in names], np.bool_)
    paid_on = days(table, "paid_on", NEVER)
    counts = is_money[kinds] & (paid_on <= day)
    if known != NEVER:
        counts &= days_or(table, "known_on", paid_on) <= known
    role = np.where(counts, np.int8(COUNTS), np.int8(SKIPPED))
    named = table.column("reverses_no")
    if named.null_count < len(named):
        role[flat(named.is_valid()) & counts] = NAMES_DAY
    return role


def _targets(table: pa.Table) -> Int64:
    """The row of the payment that each row names; empty where none does, or rows have no number."""
    named = table.column("reverses_no")
    if named.null_count == len(named) or "payment_no" not in table.column_names:
        return np.zeros(0, np.int64)
    targets = np.full(len(named), UNNAMED, np.int64)
    backs = np.flatnonzero(flat(named.is_valid()))
    loan, amount = integers(table, "loan_id"), integers(table, "amount")
    numbers = table.column("payment_no")
    for back, name in zip(backs.tolist(), named.take(pa.array(backs)).to_pylist(), strict=True):
        first, end = np.searchsorted(loan, [loan[back], loan[back] + 1])
        for row in range(int(first), int(end)):
            if amount[row] > 0 and numbers[row].as_py() == name:
                targets[back] = row
    return targets


def _counting_events(table: pa.Table, *, day: int, known: int) -> pa.Array:
    """Those that the ledger reckons with, as far as they happened and were known."""
    happened = days(table, "happened_on", NEVER)
    kinds, names = texts(table, "kind")
    counts = np.array([name in _KINDS for name in names], np.bool_)[kinds]
    counts &= (happened <= day) & (days_or(table, "known_on", happened) <= known)
    return pa.array(counts)


def _event_columns(table: pa.Table, ids: Int64, shifts: _Shifts) -> dict[str, NDArray[Any]]:
    kinds, names = texts(table, "kind")
    kind = np.array([_KINDS.get(str(name), 0) for name in names], np.int8)[kinds]
    loan = integers(table, "loan_id")
    amount = np.where(kind == Kind.PENALTY_RATE, rate_units(table), integers(table, "amount"))
    parts = pc.index_in(table.column("part"), pa.array([part.value for part in COMPONENT]))
    component = np.array([*COMPONENT.values(), COMPONENT[Part.PENALTY]], np.int32)
    seq = flat(table.column("seq").fill_null(-1)).astype(np.int32)
    ref = np.where(kind == Kind.WAIVER, component[flat(parts.fill_null(-1))], -1)
    is_move, until = kind == Kind.MOVE_DUE, days(table, "until_on", -1)
    place = np.minimum(np.searchsorted(ids, loan), len(ids) - 1)  # rows of other loans fall away
    return {
        "event_loan": loan,
        "event_day": days(table, "happened_on", NEVER),
        "event_kind": kind,
        "event_amount": amount,
        "event_ref": np.where(is_move, seq, ref).astype(np.int32),
        "event_until": np.where(is_move & (until >= 0), shifts(place, until), until).astype(
            np.int32
        ),
    }


def _terms(
    loans: pa.Table, terms_no: Int32, products: Sequence[Product]
) -> tuple[Int64, TermsArrays]:
    """Each loan's yearly penalty rate, and the table of terms."""
    contract = rate_units(loans)
    rates = np.zeros(len(terms_no), np.int64)
    for no, product in enumerate(products):
        own = terms_no == no
        rates[own] = penalty_rates(product, contract_rates=contract[own])
    # The rate is each loan's own, whatever the terms of its product say of one contract rate.
    return rates, pack_terms([ledger_terms(p, contract_rate=Decimal(0)) for p in products])
